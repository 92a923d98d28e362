// A submission: one sequence that somebody wants proved, as one line of JSON.
//
//   {"start_height":100,"end_height":101,"backend":"groth16","program":"chain_step",
//    "claim":"0x<64 hex digits>","sequence_id":"0x<64 hex digits>",
//    "batches":[{"input":{…}},{"input":{…}}]}
//
// Batch i has the height start_height + i. `claim` is what the final proof must show, `sequence_id`
// the sequence on the contract. A requester may attach the same line, without `sequence_id`, to the
// sequence that it opens on the contract, compressed if that is smaller.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "common/digest.h"
#include "pipeline/stage.h"

namespace cairn::stages {

/// What this pool can prove: the names of the programs of each backend.
using Catalog = std::map<std::string, std::set<std::string>, std::less<>>;

struct Submission {
  std::uint64_t start_height = 0;
  std::uint64_t end_height = 0;  ///< inclusive; ≤ limits::height_max
  std::string backend;
  std::string program;
  Digest32 claim{};
  Digest32 sequence_id{};
  /// One per batch, 1 … limits::batches_max: JSON objects in their canonical text, i.e. compact,
  /// keys sorted by their bytes, whole numbers only.
  std::vector<std::string> inputs;
  bool operator==(const Submission&) const = default;
};

/// Reads a producer's line of at most limits::json_line_bytes_max. Errors: invalid_input naming the
/// field, printable (printable.h) whatever the input was.
Result<Submission> parse_submission(std::string_view line, const Catalog& catalog);
/// What a requester attaches on chain for a line: the line, or a Zstandard frame of it if that is smaller.
Bytes attach(std::string_view line);
/// Reads what the requester of `sequence_id` attached on chain. Errors: as above.
Result<Submission> parse_attached(ByteView data, const Digest32& sequence_id, const Catalog& catalog);

/// Ok when `catalog` has the backend and the program. Errors: invalid_input, listing what it has.
Status check_catalog(const Submission& submission, const Catalog& catalog);

/// The same bytes for every way to write the same submission. Reading them checks everything again
/// but the catalog. Errors of decode: corrupt.
Bytes encode(const Submission& submission);
Result<Submission> decode_submission(ByteView bytes);

/// "<start:16 hex>-<end:16 hex>-<16 hex of SHA-256 of encode()>": what makes two submissions the
/// same, by whatever way they came.
pipeline::GroupId group_of(const Submission& submission);

/// The first task of a sequence.
pipeline::TaskSpec ingest_task(const Submission& submission);

/// parse_submission and ingest_task, for the dispatcher that takes submissions.
pipeline::Admit make_admit(Catalog catalog);

}  // namespace cairn::stages
