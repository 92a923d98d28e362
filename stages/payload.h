// What the tasks of the computing stages carry: the schema by which one stage tells the next what
// to do. Encodings are MessagePack arrays that begin with their kind. Payloads come back from Redis
// and over sockets, so every decoder checks all of it. Errors of all decoders: corrupt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/bytes.h"
#include "common/codec.h"
#include "common/digest.h"
#include "common/limits.h"
#include "pipeline/task.h"

namespace cairn::stages {

/// Kinds of payload of the ingest stage; see submission.h for the first.
inline constexpr std::string_view submission_kind = "submission";
inline constexpr std::string_view follow_kind = "follow";
/// The kind of an ingest payload, empty when it has none.
std::string kind_of(ByteView payload);

/// Of a backend or a program.
inline constexpr std::size_t name_bytes_max = 64;

/// One batch to cut. The proof of the whole batch goes along `feed`.
struct SplitPayload {
  std::string backend;
  std::string program;
  std::uint32_t batch = 0;  ///< below limits::batches_max
  std::string input;        ///< canonical JSON, see Submission::inputs
  pipeline::Feed feed;
  bool operator==(const SplitPayload&) const = default;
};
Bytes encode(const SplitPayload& payload);
Result<SplitPayload> decode_split(ByteView bytes);

/// One segment to prove.
struct ProvePayload {
  std::string backend;
  std::string program;
  Bytes segment;  ///< at most segment_bytes_max
  bool operator==(const ProvePayload&) const = default;
};
Bytes encode(const ProvePayload& payload);
Result<ProvePayload> decode_prove(ByteView bytes);
/// Of all segments of one batch together: they travel in one outcome, with room for what is around
/// them.
inline constexpr std::size_t segment_bytes_max = limits::value_bytes_max - 64 * 1024;

/// What the final proof of a sequence is for.
struct FinalProof {
  Digest32 claim{};
  Digest32 sequence_id{};
  bool operator==(const FinalProof&) const = default;
};

/// Two proofs to join, or with `last` the one proof of the sequence to turn into the final one.
struct AggregatePayload {
  std::string backend;
  std::string program;
  std::optional<FinalProof> last;
  bool operator==(const AggregatePayload&) const = default;
};
Bytes encode(const AggregatePayload& payload);
Result<AggregatePayload> decode_aggregate(ByteView bytes);

/// How far the chain has been read: `next_block`, without its first `taken` events.
struct FollowPayload {
  std::uint64_t next_block = 0;
  std::uint64_t taken = 0;
  std::uint64_t span = 0;     ///< blocks to ask for at once; 0 for as many as configured
  std::uint64_t skipped = 0;  ///< sequences that were not taken, since the follower began
  bool operator==(const FollowPayload&) const = default;
};
Bytes encode(const FollowPayload& payload);
Result<FollowPayload> decode_follow(ByteView bytes);

/// For decoders: 32 bytes, and the error of a payload that makes no sense.
Digest32 digest_field(codec::Fields& fields);
Error corrupt_payload(const Error& error);

}  // namespace cairn::stages
