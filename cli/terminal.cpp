#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace cairn::cli {
namespace {

constexpr std::size_t kBarCells = 24;
constexpr double kParts = 1'000;  // of one, that a rate counts
constexpr const char* kNoColour = "\x1b[0m";

/// Bytes of the character or colour sequence at the start of `text`, and whether it takes a column.
std::pair<std::size_t, bool> next_cell(std::string_view text) {
  if (text[0] == '\x1b') {
    const std::size_t end = text.find('m');
    return {end == std::string_view::npos ? text.size() : end + 1, false};
  }
  std::size_t bytes = 1;
  while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) ++bytes;
  return {bytes, true};
}

std::string cut(std::string_view line, std::size_t columns) {
  std::string out;
  bool coloured = false;
  for (std::size_t used = 0; !line.empty();) {
    const auto [bytes, column] = next_cell(line);
    if (column && used == columns) break;
    used += column ? 1 : 0;
    coloured = coloured || !column;
    out += line.substr(0, bytes);
    line.remove_prefix(bytes);
  }
  return !line.empty() && coloured ? out + kNoColour : out;
}

std::string one_decimal(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", number);
  return text;
}

}  // namespace

TerminalSize terminal_size(std::FILE* out) {
  winsize size{};
  if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return {};
  return {size.ws_row, size.ws_col};
}

std::string fit(std::string_view page, TerminalSize size) {
  const auto lines = static_cast<std::size_t>(std::ranges::count(page, '\n'));
  const bool all = lines <= size.rows;
  const std::size_t shown = all ? lines : size.rows - std::min<std::size_t>(size.rows, 1);
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) {
    const std::size_t end = page.find('\n');
    out += cut(page.substr(0, end), size.columns) + "\n";
    page.remove_prefix(end + 1);
  }
  if (!all && size.rows > 0)
    out += cut("… " + std::to_string(lines - shown) + " more lines", size.columns) + "\n";
  return out;
}

std::string bar(double share, std::size_t cells) {
  const double bounded = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
  const auto filled = static_cast<std::size_t>(bounded * static_cast<double>(cells));
  return "[" + std::string(filled, '#') + std::string(cells - filled, '.') + "]";
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::clamp(std::ceil(seconds), 0.0, 1e12));
  const auto two = [](std::uint64_t large, const char* unit, std::uint64_t small, const char* below) {
    return std::to_string(large) + " " + unit + (small ? " " + std::to_string(small) + " " + below : "");
  };
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3'600) return two(whole / 60, "min", whole % 60, "s");
  return two(whole / 3'600, "h", whole % 3'600 / 60, "min");
}

FullScreen::FullScreen(std::FILE* out) : out_(out) {
  std::fputs("\x1b[?1049h\x1b[?25l", out_);  // the other screen, no cursor
}

FullScreen::~FullScreen() {
  std::fputs("\x1b[?25h\x1b[?1049l", out_);
  std::fflush(out_);
}

void FullScreen::draw(const std::string& page) {
  std::string text = fit(page, terminal_size(out_));
  if (!text.empty()) text.pop_back();  // an end behind the last line would scroll
  std::string out = "\x1b[H";
  for (const char c : text) out += c == '\n' ? "\x1b[K\r\n" : std::string(1, c);
  out += "\x1b[K\x1b[J";
  std::fputs(out.c_str(), out_);
  std::fflush(out_);
}

std::string Progress::line(std::int64_t now_ms, double done, std::uint64_t all, std::size_t columns) {
  const auto total = static_cast<double>(all);
  done = std::clamp(done, 0.0, total);
  rate_.add(now_ms, static_cast<std::uint64_t>(done * kParts));
  const double share = all == 0 ? 0 : done / total;
  std::string out =
      what_ + " " + bar(share, kBarCells) + " " + std::to_string(static_cast<int>(share * 100)) + " %  " +
      std::to_string(static_cast<std::uint64_t>(done)) + "/" + std::to_string(all) + " " + unit_;
  if (const auto parts = rate_.per_second(); parts && done < total) {
    const double rate = *parts / kParts;
    out += rate < 0.1 ? "  " + one_decimal(rate * 60) + "/min" : "  " + one_decimal(rate) + "/s";
    out += "  " + duration_text((total - done) / rate) + " left";
  }
  return cut(out, columns);
}

ProgressLine::ProgressLine(std::FILE* out, std::string what, std::string unit)
    : out_(out), terminal_(isatty(fileno(out)) == 1), progress_(std::move(what), std::move(unit)) {}

ProgressLine::~ProgressLine() {
  if (terminal_ && !shown_.empty()) std::fputs("\n", out_);
  std::fflush(out_);
}

void ProgressLine::show(std::int64_t now_ms, double done, std::uint64_t all) {
  const std::string line = progress_.line(now_ms, done, all, terminal_ ? terminal_size(out_).columns : 200);
  if (terminal_) {
    if (line != shown_) std::fprintf(out_, "\r%s\x1b[K", line.c_str());
  } else {
    const auto tenth = all == 0 ? 0 : static_cast<std::uint64_t>(done * 10 / static_cast<double>(all));
    if (tenth_ != tenth) std::fprintf(out_, "%s\n", line.c_str());
    tenth_ = tenth;
  }
  std::fflush(out_);
  shown_ = line;
}

}  // namespace cairn::cli
