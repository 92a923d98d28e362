// Text on a terminal: pages that fill it, and bars that show how far something is. Elsewhere the same text
// comes plain, line by line.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "cli/pool_watch.h"

namespace cairn::cli {

struct TerminalSize {
  std::size_t rows = 24, columns = 80;
};
/// Of the terminal that `out` is, asked now; the default when it is none.
TerminalSize terminal_size(std::FILE* out);

/// `page`, which ends with a line end, cut to `size`: long lines lose their ends, and lines that do not fit
/// are counted in the last one. Colour sequences take no room, and other characters than ASCII one column
/// each.
std::string fit(std::string_view page, TerminalSize size);

/// "[######......]" with `share`, 0 to 1, of `cells` filled.
std::string bar(double share, std::size_t cells);
/// "7 s", "3 min 20 s", "2 h 5 min".
std::string duration_text(double seconds);

/// Pages that take the whole terminal while it lives; what was there comes back. Pages follow its size.
class FullScreen {
 public:
  explicit FullScreen(std::FILE* out);
  FullScreen(const FullScreen&) = delete;
  FullScreen& operator=(const FullScreen&) = delete;
  ~FullScreen();
  void draw(const std::string& page);

 private:
  std::FILE* out_;
};

/// How far a count is, how fast it grows, and how long the rest will take.
class Progress {
 public:
  /// `what` begins the line; `unit` names what is counted.
  Progress(std::string what, std::string unit) : what_(std::move(what)), unit_(std::move(unit)) {}
  /// The line at `now_ms`, at most `columns` wide: what, bar, percent, count, rate, time left. One that is
  /// half done counts as a half.
  std::string line(std::int64_t now_ms, double done, std::uint64_t all, std::size_t columns);

 private:
  std::string what_, unit_;
  Rate rate_;
};

/// A line of Progress that is redrawn in place on a terminal; elsewhere a new one for each tenth.
class ProgressLine {
 public:
  ProgressLine(std::FILE* out, std::string what, std::string unit);
  /// Ends its line.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(std::int64_t now_ms, double done, std::uint64_t all);

 private:
  std::FILE* out_;
  bool terminal_;
  Progress progress_;
  std::optional<std::uint64_t> tenth_;  // shown last, elsewhere
  std::string shown_;
};

}  // namespace cairn::cli
