#include <cstdio>

#include "cli/command.h"
#include "cli/services.h"
#include "cli/view.h"
#include "stages/task_ids.h"

namespace cairn::cli {
namespace {

struct Options {
  std::string state = ".cairn";
  bool json = false;
  std::uint64_t height = 0;
};

Status cancel(const Options& options, int& exit) {
  CAIRN_ASSIGN(const Pool pool, find_pool(options.state));
  CAIRN_ASSIGN(const PoolConfig config, load_config(pool.config, process_environment()));
  CAIRN_ASSIGN(const auto store, open_store(pool, config));
  CAIRN_ASSIGN(auto groups, store->groups(options.height, options.height, 1000));
  std::erase_if(groups, [](const pipeline::GroupRecord& group) { return stages::is_follower(group.id); });
  if (groups.empty()) {
    return Error{Code::not_found, "no sequence starts at height " + std::to_string(options.height)};
  }
  Json out = Json::array();
  std::size_t cancelled = 0;
  for (const pipeline::GroupRecord& group : groups) {
    const Status status = store->cancel(group.id);
    if (status.ok()) ++cancelled;
    out.push_back(
        {{"group", group.id}, {"cancelled", status.ok()}, {"why", status.ok() ? "" : status.error().what}});
    if (!options.json) {
      std::printf("%s %s\n", group.id.c_str(), status.ok() ? "cancelled" : status.error().what.c_str());
    }
  }
  if (options.json) std::printf("%s\n", out.dump().c_str());
  if (cancelled == 0) exit = exit_failure;
  return {};
}

}  // namespace

void add_cancel(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command =
      app.add("cancel",
              "Ends the sequences that start at a height: pending work vanishes, running work is stopped.\n"
              "A commitment that is already on chain stays there and may be slashed.",
              "cairn cancel 100");
  command.state(options->state);
  command.height(options->height, "Start height");
  command.flag("--json", options->json, "One JSON array");
  command.run([options, &exit] {
    const Status status = cancel(*options, exit);
    if (!status.ok()) exit = fail(status.error(), options->json);
  });
}

}  // namespace cairn::cli
