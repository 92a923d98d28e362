#include "chain/abi.h"

#include <algorithm>

#include "chain/keccak.h"

namespace cairn::chain::abi {
namespace {

constexpr std::size_t word_bytes = 32;

std::size_t padded(std::size_t bytes) { return (bytes + word_bytes - 1) / word_bytes * word_bytes; }

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](auto b) { return b == 0; });
}

}  // namespace

Selector selector(std::string_view signature) {
  const Digest32 hash = keccak256(signature);
  Selector out;
  std::copy_n(hash.begin(), out.size(), out.begin());
  return out;
}

Digest32 topic(std::string_view signature) { return keccak256(signature); }

Encoder& Encoder::word(const Digest32& value) {
  head_.push_back(value);
  return *this;
}

Encoder& Encoder::number(const U256& value) { return word(value.be()); }

Encoder& Encoder::address(const Address& value) {
  Digest32 padded_address{};
  std::copy(value.begin(), value.end(), padded_address.begin() + 12);
  return word(padded_address);
}

Encoder& Encoder::dynamic(ByteView value) {
  offsets_.emplace_back(head_.size(), tail_.size());
  head_.emplace_back();
  append(tail_, U256(value.size()).be());
  append(tail_, value);
  tail_.resize(padded(tail_.size()));
  return *this;
}

Bytes Encoder::arguments() const {
  auto head = head_;
  for (const auto& [index, offset] : offsets_) {
    head[index] = U256(head.size() * word_bytes + offset).be();
  }
  Bytes out;
  out.reserve(head.size() * word_bytes + tail_.size());
  for (const auto& w : head) append(out, w);
  append(out, tail_);
  return out;
}

Bytes Encoder::call(std::string_view signature) const {
  Bytes out;
  append(out, selector(signature));
  append(out, arguments());
  return out;
}

Decoder::Decoder(ByteView data, std::size_t words, std::string_view what)
    : data_(data), head_bytes_(words * word_bytes), what_(what), end_(head_bytes_) {
  if (data_.size() < head_bytes_) fail("is too short");
}

void Decoder::fail(std::string_view why) {
  if (status_.ok()) status_ = Error{Code::corrupt, what_ + " " + std::string(why)};
}

Digest32 Decoder::word() {
  Digest32 out{};
  CAIRN_ASSERT(next_ + word_bytes <= head_bytes_);
  if (status_.ok()) std::copy_n(data_.begin() + static_cast<std::ptrdiff_t>(next_), word_bytes, out.begin());
  next_ += word_bytes;
  return out;
}

U256 Decoder::number() { return U256::from_be(word()); }

std::uint64_t Decoder::u64() {
  const auto value = number().u64();
  if (!value.ok()) fail("has a number of more than 64 bits");
  return value.ok() ? *value : 0;
}

Address Decoder::address() {
  const Digest32 w = word();
  if (!all_zero(ByteView(w).first(12))) fail("has an address of more than 20 bytes");
  Address out;
  std::copy(w.begin() + 12, w.end(), out.begin());
  return out;
}

bool Decoder::boolean() { return enumeration(2) == 1; }

std::uint8_t Decoder::enumeration(std::uint8_t members) {
  const std::uint64_t value = u64();
  if (value >= members) {
    fail("has a value outside its enum");
    return 0;
  }
  return static_cast<std::uint8_t>(value);
}

Bytes Decoder::dynamic(std::size_t bytes_max) {
  const auto offset = number().u64();
  if (!status_.ok()) return {};
  if (!offset.ok() || *offset < head_bytes_ || *offset % word_bytes != 0 || *offset > data_.size() ||
      data_.size() - *offset < word_bytes) {
    fail("has an offset outside itself");
    return {};
  }
  const ByteView from = data_.subspan(*offset);
  const auto size = U256::from_be(from.first(word_bytes)).u64();
  if (!size.ok() || *size > bytes_max) {
    fail("has bytes of more than " + std::to_string(bytes_max));
    return {};
  }
  const ByteView content = from.subspan(word_bytes);
  if (*size > content.size() || padded(*size) > content.size()) {
    fail("has a length outside itself");
    return {};
  }
  if (!all_zero(content.subspan(*size, padded(*size) - *size))) {
    fail("has padding that is not zero");
    return {};
  }
  end_ = std::max(end_, *offset + word_bytes + padded(*size));
  return copy(content.first(*size));
}

Status Decoder::finish() const {
  if (!status_.ok()) return status_;
  CAIRN_ASSERT(next_ == head_bytes_);
  if (end_ != data_.size()) return Error{Code::corrupt, what_ + " has bytes after its end"};
  return {};
}

}  // namespace cairn::chain::abi
