// Log files within bounds: FILE is written, FILE.1 is what came before it, FILE.2 what came before that. No
// line is lost or torn where one ends and the next begins.
#pragma once

#include <cstdint>
#include <string>

namespace cairn::log {

struct Bounds {
  std::uint64_t file_bytes_max = 16 << 20;  ///< a file that has so many is followed by another
  std::uint32_t files = 4;                  ///< that are kept, the one that is written included; at least 2
};

struct Files {
  std::string path;
  Bounds bounds;
};

/// When FILE is full, it becomes FILE.1, and an empty one takes its place. For a file that nobody has open,
/// or whose writer opens it for each line. True when it did; false also when it cannot.
bool begin_anew(const Files& files);

/// The same for a FILE that is the standard error of this process: standard error, and standard output when
/// it is the same file, go on in the new one. What other threads write meanwhile is in one of the two. Does
/// nothing when standard error is something else. One thread at a time.
bool continue_anew(const Files& files);

}  // namespace cairn::log
