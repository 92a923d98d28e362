#include "prover/rv32/verify/sequence.h"

#include <algorithm>

#include "prover/rv32/little_endian.h"

namespace cairn::rv32 {
namespace {

ProofVerdict at_batch(ProofVerdict verdict, const BatchClaim& batch, ProofFault fault) {
  verdict.piece = batch.first_piece + batch.pieces - 1;
  verdict.fault = fault;
  return verdict;
}

ByteView state_before(const BatchClaim& batch, std::size_t bytes) {
  return ByteView(batch.journal).first(bytes);
}
ByteView state_after(const BatchClaim& batch, std::size_t bytes) {
  return ByteView(batch.journal).subspan(bytes, bytes);
}

}  // namespace

Digest32 sequence_claim(const Digest32& image, const Chaining& chaining, std::span<const Digest32> journals) {
  Bytes words = copy("cairn rv32 claim 2");
  append(words, image);
  put_u32(words, chaining.state_bytes);
  put_u32(words, static_cast<std::uint32_t>(journals.size()));
  for (const Digest32& journal : journals) append(words, journal);
  return sha256(words);
}

ProofVerdict check_runs(ProofVerdict verdict, const Digest32& image, std::uint32_t exit_code) {
  CAIRN_ASSERT(verdict.ok());
  for (const BatchClaim& batch : verdict.batches) {
    if (to_bytes(batch.image_id) != image) return at_batch(verdict, batch, ProofFault::other_image);
    if (batch.exit_code != exit_code) return at_batch(verdict, batch, ProofFault::other_exit);
  }
  return verdict;
}

ProofVerdict check_chaining(ProofVerdict verdict, const Chaining& chaining) {
  CAIRN_ASSERT(verdict.ok());
  const std::size_t bytes = chaining.state_bytes;
  if (bytes == 0) return verdict;
  const BatchClaim* before = nullptr;
  for (const BatchClaim& batch : verdict.batches) {
    if (batch.journal.size() < 2 * bytes) return at_batch(verdict, batch, ProofFault::no_state);
    if (before && !std::ranges::equal(state_after(*before, bytes), state_before(batch, bytes))) {
      return at_batch(verdict, batch, ProofFault::state);
    }
    before = &batch;
  }
  return verdict;
}

ProofVerdict check_sequence(ProofVerdict verdict, const SequenceStatement& statement) {
  verdict = check_runs(std::move(verdict), statement.image_id, 0);
  if (verdict.ok()) verdict = check_chaining(std::move(verdict), statement.chaining);
  if (!verdict.ok()) return verdict;
  std::vector<Digest32> journals;
  for (const BatchClaim& batch : verdict.batches) journals.push_back(sha256(batch.journal));
  if (sequence_claim(statement.image_id, statement.chaining, journals) == statement.claim) return verdict;
  if (verdict.batches.empty())
    verdict.fault = ProofFault::other_claim;
  else
    verdict = at_batch(verdict, verdict.batches.back(), ProofFault::other_claim);
  return verdict;
}

}  // namespace cairn::rv32
