#include "common/log_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

namespace cairn::log {
namespace {

constexpr mode_t kMode = 0600;

std::string numbered(const Files& files, std::uint32_t number) {
  return files.path + "." + std::to_string(number);
}

/// FILE.1 becomes FILE.2 and so on, FILE becomes FILE.1; the last is overwritten. Whatever else there is by
/// numbers is of a time with other bounds.
void shift(const Files& files) {
  for (std::uint32_t k = files.bounds.files; ::unlink(numbered(files, k).c_str()) == 0;) ++k;
  for (std::uint32_t k = files.bounds.files - 1; k > 1; --k)
    ::rename(numbered(files, k - 1).c_str(), numbered(files, k).c_str());
  ::rename(files.path.c_str(), numbered(files, 1).c_str());
}

bool is_full(const struct stat& file, const Files& files) {
  return S_ISREG(file.st_mode) && static_cast<std::uint64_t>(file.st_size) >= files.bounds.file_bytes_max;
}

bool same(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

int open_to_append(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kMode);
}

}  // namespace

bool begin_anew(const Files& files) {
  struct stat present {};
  if (::stat(files.path.c_str(), &present) != 0 || !is_full(present, files)) return false;
  shift(files);
  const int fd = open_to_append(files.path);
  if (fd < 0) return false;
  ::close(fd);
  return true;
}

bool continue_anew(const Files& files) {
  struct stat error {
  }, output{}, present{};
  if (::fstat(STDERR_FILENO, &error) != 0 || !is_full(error, files)) return false;
  if (::stat(files.path.c_str(), &present) != 0 || !same(error, present)) return false;
  // Opened before anything is renamed: without it, the old one goes on.
  const std::string fresh = files.path + ".new";
  const int fd = open_to_append(fresh);
  if (fd < 0) return false;
  const bool both = ::fstat(STDOUT_FILENO, &output) == 0 && same(output, error);
  shift(files);
  ::rename(fresh.c_str(), files.path.c_str());
  ::dup2(fd, STDERR_FILENO);
  if (both) ::dup2(fd, STDOUT_FILENO);
  ::close(fd);
  return true;
}

}  // namespace cairn::log
