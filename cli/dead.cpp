#include <cstdio>
#include <set>

#include "cli/command.h"
#include "cli/services.h"
#include "cli/view.h"

namespace cairn::cli {
namespace {

struct Options {
  std::string state = ".cairn";
  bool json = false;
  bool all = false;
  std::string stage;
  std::vector<std::string> tasks;
};

constexpr std::size_t kListed = 10'000;
constexpr std::size_t kPage = 1'000;

Result<std::unique_ptr<pipeline::Store>> open_pool_store(const Options& options) {
  CAIRN_ASSIGN(const Pool pool, find_pool(options.state));
  CAIRN_ASSIGN(const PoolConfig config, load_config(pool.config, process_environment()));
  return open_store(pool, config);
}

Status list(const Options& options) {
  CAIRN_ASSIGN(const auto store, open_pool_store(options));
  CAIRN_ASSIGN(const auto dead, store->dead(options.stage, kListed));
  Json out = Json::array();
  for (const pipeline::TaskRecord& task : dead) {
    if (options.json) {
      out.push_back(to_json(task));
      continue;
    }
    std::printf("%s\n  stage %s  height %llu  failures %u  lost leases %u  last worker %s\n  %s\n",
                task.id.c_str(), task.stage.c_str(), static_cast<unsigned long long>(task.height),
                task.attempts, task.deaths, task.worker.c_str(), task.reason.c_str());
  }
  if (dead.size() == kListed) std::fprintf(stderr, "cairn: there may be more: these are the oldest\n");
  if (options.json) {
    std::printf("%s\n", out.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  } else if (dead.empty()) {
    std::printf("no dead tasks\n");
  }
  return {};
}

/// Applies `act` to the named tasks, or to all dead ones with --all.
Status apply(const Options& options, const char* word,
             Status (pipeline::Store::*act)(const pipeline::TaskId&), int& exit) {
  if (!options.all && options.tasks.empty()) wrong_usage("tasks", "name tasks, or say --all");
  CAIRN_ASSIGN(const auto store, open_pool_store(options));
  std::size_t done = 0;
  std::set<std::string> seen;
  Json out = Json::array();
  const auto act_once = [&](const std::string& id) {
    if (!seen.insert(id).second) return;
    Status status = ((*store).*act)(id);
    // Of all, some go with others: a sequence that ends takes all its dead tasks along.
    if (options.all && !status.ok() && status.error().code == Code::not_found) status = {};
    if (status.ok())
      ++done;
    else
      std::fprintf(stderr, "cairn: %s: %s\n", id.c_str(), status.error().what.c_str());
    out.push_back({{"task", id}, {"ok", status.ok()}});
  };
  for (const std::string& id : options.tasks) act_once(id);
  // Page by page, until one brings nothing new: what runs again may die again meanwhile.
  for (bool more = options.all; more;) {
    CAIRN_ASSIGN(const auto dead, store->dead(options.stage, kPage));
    const std::size_t before = seen.size();
    for (const pipeline::TaskRecord& task : dead) act_once(task.id);
    more = seen.size() > before;
  }
  if (options.json)
    std::printf("%s\n", out.dump().c_str());
  else
    std::printf("%s %zu of %zu\n", word, done, seen.size());
  if (done != seen.size()) exit = done ? exit_partial : exit_not_found;
  return {};
}

}  // namespace

void add_dead(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command = app.add("dead", "Tasks that ran out of attempts: look, run again, or forget.",
                            "cairn dead list && cairn dead replay --all");
  command.require_one();
  const auto common = [options](Command one) {
    one.state(options->state);
    one.option("--stage", options->stage, "Only this stage");
    one.flag("--json", options->json, "One JSON array");
    return one;
  };
  Command listing = common(command.add("list", "Dead tasks with their reasons.", "cairn dead list --json"));
  listing.run([options, &exit] {
    const Status status = list(*options);
    if (!status.ok()) exit = fail(status.error(), options->json);
  });
  Command replay =
      common(command.add("replay", "Run dead tasks again, with fresh budgets.", "cairn dead replay --all"));
  Command drop = common(
      command.add("drop", "Forget dead tasks; their sequences end as failed.", "cairn dead drop TASK"));
  for (Command one : {replay, drop}) {
    one.option("tasks", options->tasks, "Ids of dead tasks");
    one.flag("--all", options->all, "All dead tasks");
  }
  replay.run([options, &exit] {
    const Status status = apply(*options, "replayed", &pipeline::Store::replay, exit);
    if (!status.ok()) exit = fail(status.error(), options->json);
  });
  drop.run([options, &exit] {
    const Status status = apply(*options, "dropped", &pipeline::Store::drop, exit);
    if (!status.ok()) exit = fail(status.error(), options->json);
  });
}

}  // namespace cairn::cli
