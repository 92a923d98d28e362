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

class Display {
 public:
  explicit Display(const Options& options) : options_(options), style_(style_of(stdout)), screen_(stdout) {
    if (options.watch && style_.terminal && !options.json) full_.emplace(stdout);
  }
  void show(const PoolView& view) {
    if (options_.json) {
      std::printf("%s\n", to_json(view).dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    } else if (full_) {
      full_->draw(to_text(view, style_));
    } else if (options_.watch) {
      screen_.draw(view);
    } else {
      std::fputs(to_text(view, style_).c_str(), stdout);
    }
    std::fflush(stdout);
    silent_ = false;
  }
  /// The page of a whole terminal stays as it was.
  void tell(const Error& error) {
    if (!silent_ && !full_) std::fprintf(stderr, "cairn: %s; looking again\n", error.what.c_str());
    silent_ = true;
  }

 private:
  const Options& options_;
  Style style_;
  std::optional<FullScreen> full_;
  Screen screen_;
  bool silent_ = false;
};

Status show(const Options& options) {
  CAIRN_ASSIGN(const Pool pool, find_pool(options.state));
  CAIRN_ASSIGN(const PoolConfig config, load_config(pool.config, process_environment()));
  CAIRN_ASSIGN(const auto store, open_store(pool, config));
  std::atomic<bool>& stop = stop_on_signals();
  Display display(options);
  do {
    const Result<PoolView> view = read_view(*store, options.from, options.to, options.max);
    if (view.ok()) {
      display.show(*view);
    } else if (options.watch && is_transient(view.error().code)) {
      display.tell(view.error());  // Redis may be down for a while: watching goes on, as the pool does
    } else {
      return view.error();
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
