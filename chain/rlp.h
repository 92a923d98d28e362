// Recursive Length Prefix, the byte format of EVM transactions.
// https://ethereum.org/en/developers/docs/data-structures-and-encoding/rlp
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "chain/u256.h"
#include "common/bytes.h"

namespace cairn::chain::rlp {

Bytes encode(ByteView string);
/// Big-endian without leading zeros; zero is the empty string.
Bytes encode(const U256& number);
/// `items` are encodings themselves.
Bytes encode_list(std::span<const Bytes> items);

struct Limits {
  std::size_t depth_max = 16;     ///< Lists inside lists.
  std::size_t items_max = 65536;  ///< Strings and lists of the whole tree.
};

/// One decoded string or list. `string` borrows from the decoded bytes.
struct Item {
  bool is_list = false;
  ByteView string;
  std::vector<Item> list;

  /// The number that a string encodes, without leading zeros, at most 32 bytes.
  /// Errors: invalid_input (also for a list).
  Result<U256> number() const;
};

/// Decodes exactly one item and nothing after it. Only the canonical form is accepted: shortest
/// length prefix, single bytes below 0x80 as themselves. Errors: invalid_input.
Result<Item> decode(ByteView bytes, const Limits& limits = {});

}  // namespace cairn::chain::rlp
