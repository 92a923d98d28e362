// Zstandard (RFC 8878), for bytes that are paid for one by one: those that a transaction carries.
#pragma once

#include "common/bytes.h"
#include "common/result.h"

namespace cairn {

/// One frame that states its size, as small as it gets. At most 2^30 bytes (asserted).
Bytes compress(ByteView bytes);

/// Whether the bytes begin as a frame does. JSON does not.
bool is_compressed(ByteView bytes);

/// Total on any bytes; `frame` is one frame and nothing else, made by anybody. Nothing larger than
/// `bytes_max` is allocated. Errors: invalid_input.
Result<Bytes> decompress(ByteView frame, std::size_t bytes_max);

}  // namespace cairn
