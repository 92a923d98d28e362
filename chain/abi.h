// The contract ABI: selectors, and encoding and strict decoding of argument lists.
// https://docs.soliditylang.org/en/latest/abi-spec.html
//
// Arguments are 32-byte big-endian words; a dynamic `bytes` is a word that holds the offset of its
// length and content behind the words.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chain/address.h"
#include "chain/u256.h"
#include "common/bytes.h"
#include "common/digest.h"

namespace cairn::chain::abi {

using Selector = std::array<std::uint8_t, 4>;

/// Of a canonical signature such as "commit(bytes32,bytes32)".
Selector selector(std::string_view signature);
/// First topic of an event, from its canonical signature.
Digest32 topic(std::string_view signature);

/// Collects arguments in order.
class Encoder {
 public:
  Encoder& word(const Digest32& value);  ///< bytes32
  Encoder& number(const U256& value);
  Encoder& number(std::uint64_t value) { return number(U256(value)); }
  Encoder& address(const Address& value);
  Encoder& dynamic(ByteView value);  ///< bytes, string

  Bytes arguments() const;
  /// `signature`'s selector and the arguments.
  Bytes call(std::string_view signature) const;

 private:
  std::vector<Digest32> head_;
  std::vector<std::pair<std::size_t, std::size_t>> offsets_;  ///< head index, offset in tail_
  Bytes tail_;
};

/// Reads arguments in order from bytes of a peer. The first error sticks and later reads return
/// empty values, so that a decoder is a plain list of reads and one finish().
class Decoder {
 public:
  /// `data` must outlive the Decoder; `words` is the count of arguments; `what` names it in errors.
  Decoder(ByteView data, std::size_t words, std::string_view what);

  Digest32 word();
  U256 number();
  std::uint64_t u64();
  Address address();
  bool boolean();
  /// An enum of `members` members.
  std::uint8_t enumeration(std::uint8_t members);
  /// bytes or string of at most `bytes_max`.
  Bytes dynamic(std::size_t bytes_max);

  /// Errors: corrupt when a read failed, or when no read asked for the bytes at the end.
  Status finish() const;

 private:
  void fail(std::string_view why);

  ByteView data_;
  std::size_t head_bytes_;
  std::string what_;
  std::size_t next_ = 0;  ///< Offset of the next head word.
  std::size_t end_;       ///< End of the furthest bytes read.
  Status status_;
};

}  // namespace cairn::chain::abi
