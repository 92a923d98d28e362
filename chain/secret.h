// Bytes that must not outlive their use: keys and passphrases. Move-only, wiped on destruction,
// never resized in place (a reallocation would leave a copy behind).
#pragma once

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/bytes.h"

namespace cairn::chain {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::size_t size) : bytes_(size) {}
  Secret(Secret&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Secret& operator=(Secret&& other) noexcept {
    wipe();
    bytes_ = std::exchange(other.bytes_, {});
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  static Secret copy_of(ByteView bytes) {
    Secret out(bytes.size());
    std::copy(bytes.begin(), bytes.end(), out.bytes_.begin());
    return out;
  }

  std::span<std::uint8_t> bytes() { return bytes_; }
  ByteView bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  /// Wipes everything and keeps nothing.
  void wipe() {
    if (!bytes_.empty()) ::explicit_bzero(bytes_.data(), bytes_.size());
    bytes_.clear();
  }
  /// Wipes and drops the bytes from `size` on. Requires size <= size() (asserted).
  void truncate(std::size_t size) {
    CAIRN_ASSERT(size <= bytes_.size());
    if (size < bytes_.size()) ::explicit_bzero(bytes_.data() + size, bytes_.size() - size);
    bytes_.resize(size);
  }

 private:
  Bytes bytes_;
};

}  // namespace cairn::chain
