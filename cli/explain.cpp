#include <cstdio>

#include "chain/address.h"
#include "cli/command.h"
#include "cli/services.h"
#include "cli/view.h"
#include "stages/follow.h"

namespace cairn::cli {
namespace {

struct Options {
  std::string state = ".cairn";
  bool json = false;
  std::uint64_t height = 0;
};

/// The sequences whose range holds `height`. Ranges are short: a look a little way back finds them.
Result<std::vector<pipeline::GroupRecord>> find_sequences(pipeline::Store& store, std::uint64_t height) {
  const std::uint64_t from = height >= limits::batches_max ? height - limits::batches_max + 1 : 0;
  CAIRN_ASSIGN(const auto groups, store.groups(from, height, 1000));
  std::vector<pipeline::GroupRecord> out;
  for (const pipeline::GroupRecord& group : groups) {
    const auto end = group.facts.find("end_height");
    const std::uint64_t last =
        end == group.facts.end() ? group.height : std::strtoull(end->second.c_str(), nullptr, 10);
    if (height <= last) out.push_back(group);
  }
  return out;
}

/// Sequences opened on the contract that hold `height` and were not taken, as groups without tasks.
Result<std::vector<pipeline::GroupRecord>> find_skipped(pipeline::Store& store, const Pool& pool,
                                                        std::uint64_t height) {
  std::vector<pipeline::GroupRecord> out;
  const auto contract = chain::parse_address(pool.contract);
  if (!contract.ok()) return out;
  const auto follower = store.group(stages::follow_task(*contract, 0).group);
  if (!follower.ok()) {
    if (follower.error().code == Code::not_found) return out;
    return follower.error();
  }
  for (const auto& [name, value] : follower->facts) {
    const auto skip = stages::read_skip(name, value);
    if (!skip || height < skip->start_height || height > skip->end_height) continue;
    pipeline::GroupRecord group;
    group.id = skip->sequence_id;
    group.height = skip->start_height;
    group.state = "not_taken";
    group.facts = {{"end_height", std::to_string(skip->end_height)},
                   {"sequence_id", skip->sequence_id},
                   {"why", skip->why}};
    out.push_back(std::move(group));
  }
  return out;
}

void print(const pipeline::GroupRecord& group, const std::vector<pipeline::TaskRecord>& tasks) {
  std::printf("sequence %s\n  state    %s\n", group.id.c_str(), group.state.c_str());
  for (const auto& [name, value] : group.facts) std::printf("  %-16s %s\n", name.c_str(), value.c_str());
  if (const auto times = stage_times(group, tasks); !times.empty())
    std::printf("  %-16s %s\n", "time of stages", to_text(times).c_str());
  if (!tasks.empty()) std::printf("  tasks\n");
  for (const pipeline::TaskRecord& task : tasks) {
    const Json json = to_json(task);
    std::printf("    %-12s %-9s %-40s", task.stage.c_str(), json["state"].get<std::string>().c_str(),
                task.id.substr(task.id.find('/') == std::string::npos ? 0 : task.id.find('/') + 1).c_str());
    if (task.waits_on) std::printf(" waits on %u", task.waits_on);
    if (task.state == pipeline::TaskState::ready && !task.needs.empty()) {
      std::printf(" needs a worker with %s", task.needs.c_str());
    }
    if (task.attempts) std::printf(" failures %u", task.attempts);
    if (task.deaths) std::printf(" lost leases %u", task.deaths);
    if (task.state == pipeline::TaskState::leased) std::printf(" at %s", task.worker.c_str());
    std::printf("\n");
    if (!task.reason.empty()) std::printf("      reason: %s\n", task.reason.c_str());
  }
}

Status explain(const Options& options) {
  CAIRN_ASSIGN(const Pool pool, find_pool(options.state));
  CAIRN_ASSIGN(const PoolConfig config, load_config(pool.config, process_environment()));
  CAIRN_ASSIGN(const auto store, open_store(pool, config));
  CAIRN_ASSIGN(const auto sequences, find_sequences(*store, options.height));
  CAIRN_ASSIGN(const auto skipped, find_skipped(*store, pool, options.height));
  if (sequences.empty() && skipped.empty()) {
    return Error{Code::not_found, "no sequence holds height " + std::to_string(options.height) +
                                      ": it was never submitted, or it ended longer ago than store.done_ms"};
  }
  Json out = Json::array();
  for (const pipeline::GroupRecord& group : skipped) {
    if (!options.json) {
      print(group, {});
      continue;
    }
    Json one = to_json(group);
    one["tasks"] = Json::array();
    out.push_back(std::move(one));
  }
  for (const pipeline::GroupRecord& group : sequences) {
    CAIRN_ASSIGN(const auto tasks, store->group_tasks(group.id, 4096));
    if (!options.json) {
      print(group, tasks);
      continue;
    }
    Json one = to_json(group);
    one["stage_times"] = to_json(stage_times(group, tasks));
    one["tasks"] = Json::array();
    for (const pipeline::TaskRecord& task : tasks) one["tasks"].push_back(to_json(task));
    out.push_back(std::move(one));
  }
  if (options.json) std::printf("%s\n", out.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  return {};
}

}  // namespace

void add_explain(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command =
      app.add("explain", "Tells where the sequence at a height is, and why.", "cairn explain 100");
  command.state(options->state);
  command.height(options->height, "Any height of the sequence");
  command.flag("--json", options->json, "One JSON array");
  command.run([options, &exit] {
    const Status status = explain(*options);
    if (!status.ok()) exit = fail(status.error(), options->json);
  });
}

}  // namespace cairn::cli
