#include "common/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "common/descriptor.h"

namespace cairn {
namespace {

Status write_durably(int fd, std::string_view content, mode_t mode, const std::filesystem::path& file) {
  // A umask takes bits away, a default access list may add some.
  if (::fchmod(fd, mode) != 0) return file_error(file, "cannot set mode", errno);
  for (std::string_view rest = content; !rest.empty();) {
    const ssize_t n = ::write(fd, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return file_error(file, "cannot write", errno);
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return ::fsync(fd) == 0 ? Status() : file_error(file, "cannot sync", errno);
}

Status sync_folder(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const Descriptor dir(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir.get() < 0 || ::fsync(dir.get()) != 0) return file_error(folder, "cannot sync", errno);
  return {};
}

}  // namespace

Error file_error(const std::filesystem::path& file, std::string_view what, int error) {
  return {error == ENOENT ? Code::not_found : Code::failed,
          file.string() + ": " + std::string(what) + ": " + std::strerror(error)};
}

Status create_file(const std::filesystem::path& file, std::string_view content, mode_t mode) {
  const std::filesystem::path draft = file.string() + "." + std::to_string(::getpid()) + ".new";
  const Descriptor fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) return file_error(file, "cannot create", errno);
  Status written = write_durably(fd.get(), content, mode, file);
  // link(2) does not replace.
  if (written.ok() && ::link(draft.c_str(), file.c_str()) != 0) {
    written = errno == EEXIST ? Error{Code::conflict, file.string() + ": exists already"}
                              : file_error(file, "cannot create", errno);
  }
  ::unlink(draft.c_str());
  if (!written.ok()) return written;
  return sync_folder(file);
}

}  // namespace cairn
