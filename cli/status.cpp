#include <cstdio>
#include <optional>
#include <thread>

#include "cli/command.h"
#include "cli/process.h"
#include "cli/services.h"
#include "cli/terminal.h"
#include "cli/view.h"

namespace cairn::cli {
namespace {

struct Options {
  std::string state = ".cairn";
  bool json = false;
  bool watch = false;
  std::uint64_t from = 0;
  std::uint64_t to = limits::height_max;
  std::size_t max = 50;
};

Status show(const Options& options) {
  CAIRN_ASSIGN(const Pool pool, find_pool(options.state));
  CAIRN_ASSIGN(const PoolConfig config, load_config(pool.config, process_environment()));
  CAIRN_ASSIGN(const auto store, open_store(pool, config));
  std::atomic<bool>& stop = stop_on_signals();
  const Style style = style_of(stdout);
  std::optional<FullScreen> full;
  if (options.watch && style.terminal && !options.json) full.emplace(stdout);
  Screen screen(stdout);
  do {
    CAIRN_ASSIGN(const PoolView view, read_view(*store, options.from, options.to, options.max));
    if (options.json) {
      std::printf("%s\n", to_json(view).dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
      std::fflush(stdout);
    } else if (full) {
      full->draw(to_text(view, style));
    } else if (options.watch) {
      screen.draw(view);
    } else {
      std::fputs(to_text(view, style).c_str(), stdout);
    }
    if (std::ferror(stdout) != 0) return {};  // nobody looks any more
    for (int i = 0; options.watch && !stop && i < 10; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  } while (options.watch && !stop);
  return {};
}

}  // namespace

void add_status(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command = app.add("status", "Shows stages and sequences.", "cairn status --watch");
  command.state(options->state);
  command.flag("--json", options->json, "One JSON object per look");
  command.flag("--watch", options->watch,
               "Keep looking until interrupted: on the whole terminal, elsewhere line by line");
  command.option("--from", options->from, "Lowest start height")
      .show_default()
      .between(0, limits::height_max);
  command.option("--to", options->to, "Highest start height").between(0, limits::height_max);
  command.option("--max", options->max, "Sequences shown at most").show_default().between(1, 1000);
  command.run([options, &exit] {
    const Status status = show(*options);
    if (!status.ok()) exit = fail(status.error(), options->json);
  });
}

}  // namespace cairn::cli
