// The proof of a batch, or of the batches of a sequence: a list of pieces, each with a proof whose claim goes
// on where the one before ended. Any contiguous part of such a list is one too: that is what workers hand to
// each other. docs/rv32/batch-proofs.md has the bytes.
//
// A piece is the proof of a segment. Recursion will make it the proof of several; nothing here looks into
// one, but for PieceVerifier.
#pragma once

#include <optional>
#include <vector>

#include "common/bytes.h"
#include "prover/rv32/image_tree.h"
#include "prover/rv32/verify/claim.h"
#include "prover/transcript/verify_error.h"

namespace cairn::rv32 {

/// Why a list, or what it says, is refused. docs/rv32/batch-proofs.md has the same list.
enum class ProofFault {
  none,
  truncated,       ///< The bytes end inside the list.
  trailing_bytes,  ///< Something is behind its end.
  bad_magic,       ///< It is no such list.
  bad_version,
  bad_count,      ///< No piece, or more than kPiecesMax.
  bad_flags,      ///< Of a piece: bits that mean nothing.
  bad_length,     ///< Of a proof or a journal: 0, or over its limit.
  non_canonical,  ///< An element of a digest is p or more, or an entry no address of code.
  order,          ///< A batch begins before the one before has ended, or does not begin after it.
  no_beginning,   ///< The first batch has no beginning.
  no_end,         ///< The last batch has no end.
  piece_header,   ///< A piece's proof does not begin as one; `inner` says why.
  bad_claim,      ///< A piece claims what is none: a number out of its range.
  piece_proof,    ///< A piece's proof is refused; `inner` says why.
  entry,          ///< The first piece does not begin at the program's entry.
  root_begin,     ///< The first piece does not begin with the program, the input and an empty journal.
  pc,             ///< A piece begins at another instruction than the one before ended at.
  root,           ///< A piece begins with other memory than the one before ended with.
  goes_on,        ///< The program exits before its batch ends.
  not_exited,     ///< The program does not exit at its batch's end.
  root_end,     ///< The last piece does not end with the journal, and the program and input of the beginning.
  other_image,  ///< It is a proof about another program.
  other_exit,   ///< The exit code is not the expected one.
  no_state,     ///< A batch's journal is too short for the two states that it must begin with.
  state,        ///< A batch begins with another state than the one before ended with.
  other_claim,  ///< The journals of all batches are not those of the claim.
};
/// Stable lower-case name, as in the list above.
std::string_view fault_name(ProofFault fault);

inline constexpr std::size_t kPiecesMax = std::size_t{1} << 16;
inline constexpr std::size_t kPieceBytesMax = std::size_t{4} << 20;

struct BatchBeginning {
  ImageRoots image;
  engine::Digest input{};

  friend bool operator==(const BatchBeginning&, const BatchBeginning&) = default;
};
struct BatchEnd {
  engine::Digest low{}, ram{};  ///< Of the tree at the end; the rest of it follows.
  Bytes journal;

  friend bool operator==(const BatchEnd&, const BatchEnd&) = default;
};
struct Piece {
  std::optional<BatchBeginning> beginning;  ///< When it is the first of a batch.
  ByteView proof;                           ///< Borrowed.
  std::optional<BatchEnd> end;              ///< When it is the last of a batch.
};

/// Requires 1 … kPiecesMax pieces within the limits (asserted).
Bytes encode(std::span<const Piece> pieces);
/// Total; accepts only what encode() writes, in the order of batches. Proofs are views into `bytes`. `at`,
/// when given, is the number of the piece that is at fault.
ProofFault decode(ByteView bytes, std::vector<Piece>& pieces, std::size_t* at = nullptr);

/// Looks into the proofs of pieces.
class PieceVerifier {
 public:
  virtual ~PieceVerifier() = default;
  /// The claim that the proof says it shows, without a check of it. bad_claim is `claim` without a value.
  virtual engine::VerifyError read(ByteView proof, std::optional<SegmentClaim>& claim) const = 0;
  /// Whether it shows the claim that read() gives.
  virtual engine::VerifyError verify(ByteView proof) const = 0;
};

/// What the list says of one of its batches.
struct BatchClaim {
  engine::Digest image_id{}, input{};
  Bytes journal;
  std::uint32_t exit_code = 0;
  std::uint64_t cycles = 0;
  std::size_t first_piece = 0;  ///< Its number in the list.
  std::size_t pieces = 0;
};

struct ProofVerdict {
  ProofFault fault = ProofFault::none;
  std::size_t piece = 0;                                  ///< At which fault is found.
  engine::VerifyError inner = engine::VerifyError::none;  ///< Of piece_header and piece_proof.
  std::vector<BatchClaim> batches;                        ///< When nothing is wrong.

  bool ok() const { return fault == ProofFault::none; }
  /// "piece_proof of piece 3: zerocheck".
  std::string reason() const;
};

/// What bytes prove, all proofs checked. Total, in time of their number; thread-safe.
ProofVerdict verify_batches(ByteView bytes, const PieceVerifier& verifier);

/// Checks form and continuity alone, of a part that need not begin or end a batch: what joining asks.
ProofVerdict check_chain(std::span<const Piece> pieces, const PieceVerifier& verifier);

}  // namespace cairn::rv32
