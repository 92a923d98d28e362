// An ordered list of byte strings that external programs can read and write in any language:
//
//   list = item*        item = length (4 bytes, big endian, not 0) ‖ that many bytes
//
// Two lists join by putting one after the other, so that joining is associative: the joined proof
// of a sequence does not depend on the shape of the tree that joined it.
#pragma once

#include <vector>

#include "common/bytes.h"

namespace cairn::prover {

/// Requires 0 < item.size() < 2^32 (asserted).
Bytes list_of(ByteView item);

/// The items in order, at least one. Errors: invalid_input (cut off, an empty item, no item, more
/// items than `items_max`).
Result<std::vector<Bytes>> list_items(ByteView list, std::size_t items_max);

/// `left` then `right`. Errors: invalid_input when either is not a list.
Result<Bytes> list_join(ByteView left, ByteView right);

}  // namespace cairn::prover
