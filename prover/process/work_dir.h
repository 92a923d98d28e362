// Private working directories for external programs, removed on every path, also when the process
// that made them was killed.
//
//   ROOT/.lock          held while a pool is made or stale pools are removed
//   ROOT/pool-XXXXXX/   one per WorkRoot, locked (flock) for its life; unlocked: its owner is dead
//   ROOT/pool-XXXXXX/7  one per task
//
// ROOT is on a local file system; any number of processes may share it.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/bytes.h"
#include "common/descriptor.h"

namespace cairn::prover {

class WorkRoot;

/// One directory, mode 0700, removed with everything in it by the destructor. Its programs must
/// have ended.
class WorkDir {
 public:
  WorkDir(WorkDir&&) noexcept = default;
  WorkDir& operator=(WorkDir&&) = delete;
  ~WorkDir();

  const std::filesystem::path& path() const { return path_; }
  /// Writes a new file, mode 0600. Errors: unavailable (disk full, …).
  Status write(const char* name, ByteView bytes) const;
  /// Reads a regular file that a program left; never follows a link and never waits for a pipe.
  /// Errors: failed (missing, not a file), exhausted (more than `bytes_max`).
  Result<Bytes> read(const char* name, std::size_t bytes_max) const;

 private:
  friend class WorkRoot;
  WorkDir(int pool, std::filesystem::path path, Descriptor dir)
      : pool_(pool), path_(std::move(path)), dir_(std::move(dir)) {}

  int pool_;  // borrowed from the WorkRoot
  std::filesystem::path path_;
  Descriptor dir_;
};

/// Thread-safe. Outlives its WorkDirs.
class WorkRoot {
 public:
  /// Makes `root` (mode 0700) where it is missing and removes what dead owners left in it.
  /// Errors: invalid_input (not a directory, or other users can write to it), unavailable.
  static Result<std::unique_ptr<WorkRoot>> open(const std::filesystem::path& root);
  ~WorkRoot();

  Result<WorkDir> make();

 private:
  WorkRoot(std::filesystem::path root, std::filesystem::path pool, Descriptor fd)
      : root_(std::move(root)), pool_(std::move(pool)), pool_fd_(std::move(fd)) {}

  std::filesystem::path root_;
  std::filesystem::path pool_;
  Descriptor pool_fd_;
  std::atomic<std::uint64_t> next_{0};
};

}  // namespace cairn::prover
