// Keystore and passphrase files: who may read them, and how they get to the disk.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "chain/keystore.h"
#include "chain/signer.h"
#include "common/descriptor.h"
#include "common/new_file.h"

namespace cairn::chain {
namespace {

/// Checks the open file, not its name, so that nothing can be swapped in between.
Status check_private(int fd, const std::filesystem::path& file) {
  struct stat st;
  if (::fstat(fd, &st) != 0) return file_error(file, "cannot stat", errno);
  if (!S_ISREG(st.st_mode)) return Error{Code::invalid_input, file.string() + ": not a file"};
  // systemd hands credentials over as root:root 0440 with an access list for the service.
  const bool root_group = (st.st_mode & 077) == 040 && st.st_uid == 0 && st.st_gid == 0;
  if ((st.st_mode & 077) != 0 && !root_group) {
    return Error{Code::conflict, file.string() + ": others may read it; run: chmod 600 " + file.string()};
  }
  if (st.st_uid != ::geteuid() && st.st_uid != 0) {
    return Error{Code::conflict, file.string() + ": belongs to another user"};
  }
  return {};
}

Result<Secret> read_private(const std::filesystem::path& file, std::size_t bytes_max) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return file_error(file, "cannot open", errno);
  CAIRN_TRY(check_private(fd.get(), file));
  Secret out(bytes_max + 1);
  std::size_t size = 0;
  while (size < out.size()) {
    const ssize_t n = ::read(fd.get(), out.bytes().data() + size, out.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error(file, "cannot read", errno);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size > bytes_max) {
    return Error{Code::invalid_input, file.string() + ": more than " + std::to_string(bytes_max) + " bytes"};
  }
  out.truncate(size);
  return out;
}

}  // namespace

Result<Secret> load_passphrase(const std::filesystem::path& file) {
  CAIRN_ASSIGN(Secret out, read_private(file, passphrase_bytes_max));
  const auto all = text(out.bytes());
  auto end = std::min(all.find('\n'), all.size());
  if (end > 0 && all[end - 1] == '\r') --end;
  out.truncate(end);
  return out;
}

Result<SecretKey> load_key(const std::filesystem::path& keystore,
                           const std::filesystem::path& passphrase_file) {
  CAIRN_ASSIGN(const Secret passphrase, load_passphrase(passphrase_file));
  return load_key(keystore, passphrase);
}

Result<SecretKey> load_key(const std::filesystem::path& keystore, const Secret& passphrase) {
  const auto in = [&](const Error& e) { return e.in(keystore.string()); };
  CAIRN_ASSIGN(const Secret content, read_private(keystore, keystore_bytes_max));
  const auto parsed = parse_keystore(text(content.bytes()));
  if (!parsed.ok()) return in(parsed.error());
  auto key = decrypt(*parsed, passphrase);
  if (!key.ok()) return in(key.error());
  return key;
}

Status save_keystore(const Keystore& keystore, const std::filesystem::path& file) {
  return create_file(file, keystore_text(keystore), 0600);  // a key that is overwritten is money that is gone
}

Status make_passphrase(const std::filesystem::path& file) {
  std::array<std::uint8_t, 16> random;
  random_bytes(random);
  return create_file(file, hex(random) + "\n", 0600);
}

}  // namespace cairn::chain
