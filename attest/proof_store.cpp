#include "attest/proof_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "common/descriptor.h"

namespace cairn::attest {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameBytes = 64;
constexpr std::string_view kDraft = ".draft.";
/// A draft of that age belongs to a process that was killed.
constexpr std::chrono::hours kDraftAge{1};

Error failure(const fs::path& file, const char* what) {
  return {Code::unavailable, file.string() + ": " + what + ": " + std::strerror(errno)};
}

Status write_all(int fd, ByteView bytes, const fs::path& file) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return failure(file, "cannot write");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

/// Writes a draft beside `file` and moves it there, durably.
Status write_durably(const fs::path& directory, const fs::path& file, ByteView bytes) {
  static std::atomic<std::uint64_t> drafts = 0;
  const fs::path draft =
      directory / (std::string(kDraft) + std::to_string(::getpid()) + "." + std::to_string(drafts++));
  const auto write = [&]() -> Status {
    const Descriptor out(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (out.get() < 0) return failure(draft, "cannot create");
    CAIRN_TRY(write_all(out.get(), bytes, draft));
    if (::fsync(out.get()) != 0) return failure(draft, "cannot sync");
    if (::rename(draft.c_str(), file.c_str()) != 0) return failure(file, "cannot rename");
    return {};
  };
  if (const Status s = write(); !s.ok()) {
    ::unlink(draft.c_str());
    return s;
  }
  const Descriptor folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return failure(directory, "cannot sync");
  return {};
}

void remove_old_drafts(const fs::path& directory) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const bool draft = entry.path().filename().string().starts_with(kDraft);
    const auto written = draft ? entry.last_write_time(error) : fs::file_time_type::max();
    if (!error && draft && fs::file_time_type::clock::now() - written > kDraftAge)
      fs::remove(entry.path(), error);
  }
}

}  // namespace

Result<Digest32> parse_proof_name(std::string_view text) {
  const bool digits =
      text.size() == kNameBytes && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!digits)
    return Error{Code::invalid_input, "the name of a proof is its SHA-256: 64 lower-case hex digits"};
  return digest_from_hex(text);
}

Result<ProofStore> ProofStore::open(fs::path directory, const Bounds& bounds) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error || !fs::is_directory(directory, error)) {
    return Error{Code::unavailable, directory.string() + " cannot be made: " + error.message()};
  }
  remove_old_drafts(directory);
  return ProofStore(std::move(directory), bounds);
}

Result<Digest32> ProofStore::put(ByteView proof) const {
  if (proof.empty() || proof.size() > bounds_.proof_bytes_max) {
    return Error{Code::invalid_input, "a proof of " + std::to_string(proof.size()) + " bytes, of 1 to " +
                                          std::to_string(bounds_.proof_bytes_max)};
  }
  const Digest32 digest = sha256(proof);
  if (get(digest).ok()) return digest;
  CAIRN_ASSIGN(const std::uint64_t stored, stored_bytes());
  if (stored + proof.size() > bounds_.bytes_max) {
    return Error{Code::exhausted, directory_.string() + " holds " + std::to_string(stored) +
                                      " bytes of at most " + std::to_string(bounds_.bytes_max) +
                                      ": move old proofs elsewhere, or raise attest.bytes_max_mib"};
  }
  CAIRN_TRY(write_durably(directory_, directory_ / hex(digest), proof));
  return digest;
}

Result<Bytes> ProofStore::get(const Digest32& digest) const {
  const fs::path path = directory_ / hex(digest);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0 && errno == ENOENT) return Error{Code::not_found, "no proof " + hex(digest)};
  if (file.get() < 0) return failure(path, "cannot open");
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failure(path, "cannot be looked at");
  const auto size = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
  if (!S_ISREG(status.st_mode) || size > bounds_.proof_bytes_max) {
    return Error{Code::corrupt, path.string() + " is no proof"};
  }
  Bytes out(size);
  for (std::size_t at = 0; at < size;) {
    const ssize_t n = ::read(file.get(), out.data() + at, size - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(path, "cannot read");
    if (n == 0) return Error{Code::corrupt, path.string() + " is cut off"};
    at += static_cast<std::size_t>(n);
  }
  if (sha256(out) != digest)
    return Error{Code::corrupt, path.string() + " is damaged: another SHA-256 than its name"};
  return out;
}

Result<std::uint64_t> ProofStore::stored_bytes() const {
  std::error_code error;
  std::uint64_t out = 0;
  for (const auto& entry : fs::directory_iterator(directory_, error)) {
    const auto size = entry.file_size(error);  // a draft that is moved away meanwhile counts as nothing
    if (!error) out += size;
  }
  if (!fs::is_directory(directory_, error)) return Error{Code::unavailable, directory_.string() + " is gone"};
  return out;
}

}  // namespace cairn::attest
