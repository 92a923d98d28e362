#include "prover/process/work_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace cairn::prover {
namespace {

constexpr std::string_view pool_prefix = "pool-";
constexpr int dir_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

Error os_error(Code code, const std::filesystem::path& path) {
  const int error = errno;
  return {code, path.string() + ": " + std::strerror(error)};
}

std::vector<std::string> names_in(int dir) {
  std::vector<std::string> names;
  DIR* stream = ::fdopendir(::openat(dir, ".", dir_flags));
  if (stream == nullptr) return names;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(stream);
  return names;
}

/// Removes everything in `top`. A program may have nested directories deeper than paths or
/// descriptors reach, so each directory found is moved up to `top` and emptied there.
void empty_directory(int top) {
  std::uint64_t moved = 0;
  for (bool progress = true; progress;) {
    progress = false;
    for (const auto& name : names_in(top)) {
      if (::unlinkat(top, name.c_str(), 0) == 0) {
        progress = true;
        continue;
      }
      ::fchmodat(top, name.c_str(), 0700, 0);
      const Descriptor dir(::openat(top, name.c_str(), dir_flags));
      if (!dir.ok()) continue;
      for (const auto& inner : names_in(dir.get())) {
        if (::unlinkat(dir.get(), inner.c_str(), 0) == 0) continue;
        ::fchmodat(dir.get(), inner.c_str(), 0700, 0);
        const std::string to = "moved-" + std::to_string(moved++);
        progress |= ::renameat(dir.get(), inner.c_str(), top, to.c_str()) == 0;
      }
      progress |= ::unlinkat(top, name.c_str(), AT_REMOVEDIR) == 0;
    }
  }
}

void remove_directory(int parent, const char* name) {
  const Descriptor dir(::openat(parent, name, dir_flags));
  if (dir.ok()) empty_directory(dir.get());
  ::unlinkat(parent, name, AT_REMOVEDIR);
}

void remove_stale_pools(int root) {
  for (const auto& name : names_in(root)) {
    if (!name.starts_with(pool_prefix)) continue;
    const Descriptor pool(::openat(root, name.c_str(), dir_flags));
    if (pool.ok() && ::flock(pool.get(), LOCK_EX | LOCK_NB) == 0) remove_directory(root, name.c_str());
  }
}

Status check_private(int root, const std::filesystem::path& path) {
  struct stat s {};
  if (::fstat(root, &s) != 0) return os_error(Code::unavailable, path);
  if (s.st_uid == ::geteuid() && (s.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
  return Error{Code::invalid_input, path.string() +
                                        ": must belong to the user that runs this process "
                                        "and be writable by nobody else"};
}

}  // namespace

Result<std::unique_ptr<WorkRoot>> WorkRoot::open(const std::filesystem::path& given) {
  std::error_code error;
  const auto root = std::filesystem::absolute(given, error);
  std::filesystem::create_directories(root.parent_path(), error);
  if (::mkdir(root.c_str(), 0700) != 0 && errno != EEXIST) return os_error(Code::unavailable, root);
  const Descriptor root_fd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root_fd.ok()) return os_error(Code::invalid_input, root);
  CAIRN_TRY(check_private(root_fd.get(), root));

  const Descriptor lock(::openat(root_fd.get(), ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock.ok() || ::flock(lock.get(), LOCK_EX) != 0) return os_error(Code::unavailable, root / ".lock");
  remove_stale_pools(root_fd.get());

  std::string pool = (root / (std::string(pool_prefix) + "XXXXXX")).string();
  if (::mkdtemp(pool.data()) == nullptr) return os_error(Code::unavailable, root);
  Descriptor pool_fd(::open(pool.c_str(), dir_flags));
  if (!pool_fd.ok() || ::flock(pool_fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return os_error(Code::unavailable, pool);
  }
  return std::unique_ptr<WorkRoot>(new WorkRoot(root, pool, std::move(pool_fd)));
}

WorkRoot::~WorkRoot() {
  empty_directory(pool_fd_.get());
  ::rmdir(pool_.c_str());
}

Result<WorkDir> WorkRoot::make() {
  const std::string name = std::to_string(next_++);
  if (::mkdirat(pool_fd_.get(), name.c_str(), 0700) != 0) return os_error(Code::unavailable, pool_ / name);
  Descriptor dir(::openat(pool_fd_.get(), name.c_str(), dir_flags));
  if (!dir.ok()) return os_error(Code::unavailable, pool_ / name);
  return WorkDir(pool_fd_.get(), pool_ / name, std::move(dir));
}

WorkDir::~WorkDir() {
  if (!dir_.ok()) return;
  // The program may have taken the permissions away from its own directory.
  ::fchmod(dir_.get(), 0700);
  empty_directory(dir_.get());
  ::unlinkat(pool_, path_.filename().c_str(), AT_REMOVEDIR);
}

Status WorkDir::write(const char* name, ByteView bytes) const {
  const Descriptor file(
      ::openat(dir_.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.ok()) return os_error(Code::unavailable, path_ / name);
  while (!bytes.empty()) {
    const ssize_t n = ::write(file.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return os_error(Code::unavailable, path_ / name);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<Bytes> WorkDir::read(const char* name, std::size_t bytes_max) const {
  const Descriptor file(::openat(dir_.get(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.ok()) return Error{Code::failed, std::string("no ") + name + ": " + std::strerror(errno)};
  struct stat s {};
  if (::fstat(file.get(), &s) != 0 || !S_ISREG(s.st_mode)) {
    return Error{Code::failed, std::string(name) + " is not a regular file"};
  }
  if (static_cast<std::uint64_t>(s.st_size) > bytes_max) {
    return Error{Code::exhausted, std::string(name) + " of " + std::to_string(s.st_size) +
                                      " bytes, at most " + std::to_string(bytes_max)};
  }
  Bytes bytes(static_cast<std::size_t>(s.st_size));
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t n = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      return Error{Code::failed, std::string(name) + ": " + (n < 0 ? std::strerror(errno) : "cut off")};
    have += static_cast<std::size_t>(n);
  }
  return bytes;
}

}  // namespace cairn::prover
