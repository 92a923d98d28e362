// Continuity: what pieces claim, and what follows from all of them.
#include "prover/rv32/verify/batch_proof.h"

#include "prover/rv32/little_endian.h"

namespace cairn::rv32 {

using engine::Digest, engine::VerifyError;

namespace {

/// The state of one batch while its pieces are read.
struct Batch {
  BatchBeginning beginning;
  std::size_t first_piece = 0;
  std::uint64_t cycles = 0;
  std::size_t pieces = 0;
};

/// Finds what is wrong with the claims of pieces in a row; makes the claims of the batches that are whole.
class Chain {
 public:
  ProofFault add(const Piece& piece, const SegmentClaim& claim, std::vector<BatchClaim>& done) {
    if (piece.beginning) {
      if (claim.pc_in != piece.beginning->image.entry) return ProofFault::entry;
      if (claim.root_in != root_at_beginning(*piece.beginning)) return ProofFault::root_begin;
      batch_ = Batch{*piece.beginning, piece_, 0, 0};
    } else if (before_) {
      if (claim.pc_in != before_->pc_out) return ProofFault::pc;
      if (claim.root_in != before_->root_out) return ProofFault::root;
    }
    if (claim.exited && !piece.end) return ProofFault::goes_on;
    if (!claim.exited && piece.end) return ProofFault::not_exited;
    before_ = claim;
    ++piece_;
    if (batch_) {
      batch_->cycles += claim.cycles;
      ++batch_->pieces;
    }
    if (!piece.end || !batch_) return ProofFault::none;
    const BatchBeginning& begin = batch_->beginning;
    const Digest root = root_of(
        {piece.end->low, piece.end->ram, journal_digest(piece.end->journal), begin.input, begin.image.rom});
    if (claim.root_out != root) return ProofFault::root_end;
    done.push_back({image_id(begin.image), begin.input, piece.end->journal, claim.exit_code, batch_->cycles,
                    batch_->first_piece, batch_->pieces});
    batch_.reset();
    return ProofFault::none;
  }

 private:
  static Digest root_at_beginning(const BatchBeginning& begin) {
    return root_of(
        {begin.image.low, begin.image.ram, zero_digest(kJournalPlace.level), begin.input, begin.image.rom});
  }

  std::optional<Batch> batch_;  ///< Nothing within a batch whose beginning is not there.
  std::optional<SegmentClaim> before_;
  std::size_t piece_ = 0;
};

}  // namespace

std::string ProofVerdict::reason() const {
  std::string out(fault_name(fault));
  if (ok()) return out;
  out += " at piece " + std::to_string(piece);
  if (inner != VerifyError::none) out += ": " + std::string(engine::verify_error_name(inner));
  return out;
}

ProofVerdict check_chain(std::span<const Piece> pieces, const PieceVerifier& verifier) {
  ProofVerdict verdict;
  Chain chain;
  for (std::size_t i = 0; i < pieces.size() && verdict.ok(); ++i) {
    verdict.piece = i;
    std::optional<SegmentClaim> claim;
    verdict.inner = verifier.read(pieces[i].proof, claim);
    if (verdict.inner != VerifyError::none) {
      verdict.fault = ProofFault::piece_header;
    } else if (!claim) {
      verdict.fault = ProofFault::bad_claim;
    } else if (i > 0 && pieces[i].beginning.has_value() != pieces[i - 1].end.has_value()) {
      verdict.fault = ProofFault::order;
    } else {
      verdict.fault = chain.add(pieces[i], *claim, verdict.batches);
    }
  }
  if (!verdict.ok()) verdict.batches.clear();
  return verdict;
}

ProofVerdict verify_batches(ByteView bytes, const PieceVerifier& verifier) {
  ProofVerdict verdict;
  std::vector<Piece> pieces;
  verdict.fault = decode(bytes, pieces, &verdict.piece);
  if (!verdict.ok()) return verdict;
  if (!pieces.front().beginning) {
    verdict.piece = 0;
    verdict.fault = ProofFault::no_beginning;
    return verdict;
  }
  if (!pieces.back().end) {
    verdict.fault = ProofFault::no_end;
    return verdict;
  }
  // Claims first: they cost nothing.
  verdict = check_chain(pieces, verifier);
  for (std::size_t i = 0; i < pieces.size() && verdict.ok(); ++i) {
    verdict.piece = i;
    verdict.inner = verifier.verify(pieces[i].proof);
    if (verdict.inner != VerifyError::none) verdict.fault = ProofFault::piece_proof;
  }
  if (!verdict.ok()) verdict.batches.clear();
  return verdict;
}

}  // namespace cairn::rv32
