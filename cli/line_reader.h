// Lines of a stream that may be slow, endless, or no text at all.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/result.h"

namespace cairn::cli {

class LineReader {
 public:
  /// Reads from `fd`, which is borrowed. Of a line with more than `bytes_max` bytes the first bytes_max + 1
  /// are kept, so that it is known for what it is, and the rest is passed over.
  LineReader(int fd, std::size_t bytes_max) : fd_(fd), bytes_max_(bytes_max) {}

  /// The next line without its end; nullopt at the end of the stream. The last line needs no end. Waits for
  /// as long as it takes. Errors: cancelled, soon after `stop` became true, whatever had come of the line
  /// until then; unavailable (the stream cannot be read).
  Result<std::optional<std::string>> next(const std::atomic<bool>& stop);

 private:
  /// Reads more. False at the end of the stream.
  Result<bool> fill(const std::atomic<bool>& stop);

  int fd_;
  std::size_t bytes_max_;
  std::vector<char> block_;
  std::size_t at_ = 0;  // of what was not taken yet in block_
};

}  // namespace cairn::cli
