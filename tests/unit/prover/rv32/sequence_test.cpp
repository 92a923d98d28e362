// What batches show together: their program, their exit codes, their order, and that each begins with the
// state that the one before ended with.
#include "prover/rv32/verify/sequence.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/prover/rv32/claimed_batches.h"

namespace cairn::rv32 {
namespace {

using test::Batch, test::batch, test::ClaimedPieces, test::list;

ProofVerdict verdict(const std::vector<Batch>& batches) {
  return verify_batches(list(batches).bytes(), ClaimedPieces());
}
Digest32 program() { return to_bytes(image_id(batch(1).beginning.image)); }

constexpr Chaining kChained = {4}, kIndependent = {};

/// A journal of a program whose states have 4 bytes.
Bytes step(std::uint32_t before, std::uint32_t after) {
  Bytes out;
  put_u32(out, before);
  put_u32(out, after);
  append(out, Bytes{9, 9});
  return out;
}
Batch run(std::uint32_t before, std::uint32_t after) {
  return batch(1 + after % 2, step(before, after), after);
}
/// States 1 to 4.
std::vector<Batch> steps() { return {run(1, 2), run(2, 3), run(3, 4)}; }

Digest32 claim_of(const std::vector<Batch>& batches, const Chaining& chaining) {
  std::vector<Digest32> journals;
  for (const Batch& one : batches) journals.push_back(sha256(one.end.journal));
  return sequence_claim(program(), chaining, journals);
}

/// The reason for which `batches` are refused under the claim that fits them, as a lying claimant would make
/// it.
std::string reason(const std::vector<Batch>& batches, const Chaining& chaining = kChained) {
  return check_sequence(verdict(batches), {program(), chaining, claim_of(batches, chaining)}).reason();
}

TEST(Sequence, ShowsItsClaimAndNoOther) {
  const std::vector<Batch> batches = {batch(2, {1}), batch(1, {2}, 2)};
  const ProofVerdict found = verdict(batches);
  const Digest32 image = program(), claim = claim_of(batches, kIndependent);
  EXPECT_EQ(check_sequence(found, {image, kIndependent, claim}).fault, ProofFault::none);
  Digest32 other = image;
  other[0] ^= 1;
  EXPECT_EQ(check_sequence(found, {other, kIndependent, claim}).fault, ProofFault::other_image);
  EXPECT_EQ(check_sequence(found, {image, kIndependent, other}).reason(), "other_claim at piece 2");
  EXPECT_EQ(check_sequence(verdict({batches[1], batches[0]}), {image, kIndependent, claim}).fault,
            ProofFault::other_claim)
      << "in another order";
  EXPECT_EQ(check_sequence(verdict({batches[0]}), {image, kIndependent, claim}).fault,
            ProofFault::other_claim)
      << "fewer";
  std::vector<Batch> failed = batches;
  failed[1].claims.back().exit_code = 1;
  EXPECT_EQ(check_sequence(verdict(failed), {image, kIndependent, claim}).reason(), "other_exit at piece 2");
  EXPECT_EQ(check_runs(verdict(failed), image, 1).reason(), "other_exit at piece 1")
      << "the first exits with 0";
}

TEST(Sequence, OfChainedBatchesBeginsEachWhereTheOneBeforeEnded) {
  EXPECT_EQ(reason(steps()), "none");
  EXPECT_EQ(reason({run(7, 7)}), "none") << "nothing is asked of the first state";
  EXPECT_EQ(reason({run(1, 2), run(2, 2), run(2, 5)}), "none");
}

// The claims here fit what is put together: the chaining alone refuses it.
TEST(Sequence, OfBatchesSwappedDroppedRepeatedOrOfAnotherRunIsRefusedWhateverItsClaim) {
  const auto with = [](const std::function<void(std::vector<Batch>&)>& change,
                       const Chaining& chaining = kChained) {
    std::vector<Batch> batches = steps();
    change(batches);
    return reason(batches, chaining);
  };
  const std::vector<std::pair<std::function<void(std::vector<Batch>&)>, std::string>> cases = {
      {[](auto& b) { std::swap(b[0], b[1]); }, "state at piece 2"},
      {[](auto& b) { std::swap(b[1], b[2]); }, "state at piece 1"},
      {[](auto& b) { b.erase(b.begin() + 1); }, "state at piece 1"},
      {[](auto& b) { b.insert(b.begin() + 1, b[0]); }, "state at piece 1"},
      {[](auto& b) { b.push_back(b[0]); }, "state at piece 4"},
      {[](auto& b) { b[1] = run(12, 13); }, "state at piece 2"},          // of another run of the sequence
      {[](auto& b) { b[2] = run(0x80000003u, 4); }, "state at piece 3"},  // one bit of the root forged
      {[](auto& b) { b[0] = run(1, 0x0200), b[1] = run(0x02, 3); }, "state at piece 2"},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(with(cases[i].first), cases[i].second) << i;
    EXPECT_EQ(with(cases[i].first, kIndependent), "none")
        << i << ": without chaining nothing is wrong with it";
  }
}

TEST(Sequence, OfWhichTheFirstOrTheLastBatchIsDroppedDoesNotShowItsClaim) {
  const Digest32 claim = claim_of(steps(), kChained);
  const auto all = steps();
  EXPECT_EQ(check_sequence(verdict({all[0], all[1]}), {program(), kChained, claim}).fault,
            ProofFault::other_claim);
  EXPECT_EQ(check_sequence(verdict({all[1], all[2]}), {program(), kChained, claim}).fault,
            ProofFault::other_claim);
}

TEST(Sequence, AForgedStateInTheJournalIsNotWhatTheProgramLeft) {
  std::vector<Batch> batches = steps();
  batches[1].end.journal[0] ^= 1;  // the piece's proof is of another journal
  EXPECT_EQ(verdict(batches).fault, ProofFault::root_end);
}

TEST(Sequence, OfAProgramThatKeepsAStateHasTwoInEachJournal) {
  EXPECT_EQ(reason({batch(1, Bytes(8))}), "none");
  EXPECT_EQ(reason({batch(1, Bytes(7))}), "no_state at piece 0");
  EXPECT_EQ(reason({run(0, 0), batch(2, {}, 2)}), "no_state at piece 2");
  EXPECT_EQ(reason({batch(1, Bytes(2 * kStateBytesMax - 1))}, {kStateBytesMax}), "no_state at piece 0");
  EXPECT_EQ(reason({batch(1, Bytes(2 * kStateBytesMax))}, {kStateBytesMax}), "none");
}

// Who opens the sequence decides on its chaining: nobody can prove it with less.
TEST(Sequence, ItsChainingIsPartOfItsClaim) {
  const ProofVerdict found = verdict(steps());
  for (const Chaining& asked : {kIndependent, kChained, Chaining{1}}) {
    for (const Chaining& kept : {kIndependent, kChained}) {
      const bool same = asked == kept;
      EXPECT_EQ(check_sequence(found, {program(), kept, claim_of(steps(), asked)}).ok(), same)
          << asked.state_bytes << " " << kept.state_bytes;
    }
  }
}

TEST(Sequence, AnyPartOfItChainsToo) {
  const test::List pieces = list(steps());
  for (std::size_t begin = 0; begin < pieces.pieces.size(); ++begin) {
    for (std::size_t count = 1; begin + count <= pieces.pieces.size(); ++count) {
      const auto part = std::span(pieces.pieces).subspan(begin, count);
      EXPECT_TRUE(check_chaining(check_chain(part, ClaimedPieces()), kChained).ok()) << begin << " " << count;
    }
  }
  // A part that begins within a batch, of which it knows nothing.
  const test::List broken = list({run(1, 3), run(3, 5), run(4, 6)});
  const ProofVerdict found =
      check_chaining(check_chain(std::span(broken.pieces).subspan(1), ClaimedPieces()), kChained);
  EXPECT_EQ(found.reason(), "state at piece 3") << "of the part";
}

}  // namespace
}  // namespace cairn::rv32
