#include "cli/line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cairn::cli {
namespace {

constexpr std::size_t kBlockBytes = 64 * 1024;
/// A signal may come just before the wait for bytes, which it then does not end.
constexpr int kLookMs = 100;

}  // namespace

Result<bool> LineReader::fill(const std::atomic<bool>& stop) {
  while (!stop) {
    pollfd readable{fd_, POLLIN, 0};
    if (::poll(&readable, 1, kLookMs) <= 0) continue;
    block_.resize(kBlockBytes);
    const ssize_t n = ::read(fd_, block_.data(), block_.size());
    const int failure = errno;
    block_.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    at_ = 0;
    if (n >= 0) return n > 0;
    if (failure != EINTR && failure != EAGAIN)
      return Error{Code::unavailable, std::string("the lines cannot be read: ") + std::strerror(failure)};
  }
  return Error{Code::cancelled, "interrupted before the last line"};
}

Result<std::optional<std::string>> LineReader::next(const std::atomic<bool>& stop) {
  std::string line;
  for (bool begun = false;; begun = true) {
    if (at_ == block_.size() || stop) {
      CAIRN_ASSIGN(const bool more, fill(stop));
      if (!more) return begun ? std::optional(std::move(line)) : std::nullopt;
    }
    const auto from = block_.begin() + static_cast<std::ptrdiff_t>(at_);
    const auto end = std::find(from, block_.end(), '\n');
    const auto room = static_cast<std::ptrdiff_t>(bytes_max_ + 1 - line.size());
    line.append(from, from + std::min(end - from, room));
    at_ = static_cast<std::size_t>(end - block_.begin());
    if (end == block_.end()) continue;
    ++at_;
    return std::optional(std::move(line));
  }
}

}  // namespace cairn::cli
