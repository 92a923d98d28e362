// Batches of real proofs: what is put together otherwise than it was proved is refused, for its reason.
#include <gtest/gtest.h>

#include <functional>

#include "prover/rv32/prove/piece.h"
#include "prover/rv32/prove/segment_prover.h"
#include "prover/rv32/segmented_run.h"
#include "prover/rv32/verify/segment_verifier.h"
#include "tests/unit/prover/rv32/assembler.h"

namespace cairn::rv32 {
namespace {

using engine::KoalaBear;
using test::Assembler, test::t0, test::t1, test::t2;

/// Counts down from 400 and makes the first byte of its input public.
Image program() {
  Assembler out;
  out.li(t0, kInputBegin + 16).imm(Op::lbu, t1, t0, 0).imm(Op::addi, t2, 0, 400);
  out.imm(Op::addi, t2, t2, ~0u).branch(Op::bne, t2, 0, ~3u);
  out.li(t0, kJournalBegin).li(t2, 1).store(Op::sw, t2, t0, 0).store(Op::sb, t1, t0, 16);
  return out.exit(0).image({1, 2, 3});
}

/// One run, proved; views into the lists.
struct Proved {
  std::vector<Bytes> lists;
  std::vector<Piece> pieces;
};

Proved prove(const Bytes& input) {
  SegmentedRun run = SegmentedRun::start(program(), input, {1 << 20, 1 << 20}).value();
  SegmentLimits limits;
  limits.cycles = 300;
  Proved out;
  while (run.executor().ending() == Ending::running) {
    const Snapshot snapshot{to_bytes(run.image()), run.next(limits)};
    const auto list =
        prove_piece(decode_snapshot(encode(snapshot)).value(), [](const Segment& segment) -> Result<Bytes> {
          CAIRN_ASSIGN(SegmentProof proof, prove_segment(segment));
          return std::move(proof.proof);
        });
    out.lists.push_back(list.value());
  }
  std::vector<Piece> one;
  for (const Bytes& list : out.lists) {
    CAIRN_ASSERT(decode(list, one) == ProofFault::none);
    out.pieces.push_back(one.front());
  }
  return out;
}

const Proved& seven() {
  static const Proved proved = prove({7});
  return proved;
}
const Proved& eight() {
  static const Proved proved = prove({8});
  return proved;
}

std::string reason(const std::vector<Piece>& pieces) {
  return verify_batches(encode(pieces), SegmentVerifier()).reason();
}

/// The proof with another claim in its header.
Bytes with_claim(ByteView proof, const std::function<void(SegmentClaim&)>& change) {
  engine::ProofHeader header;
  CAIRN_ASSERT(engine::read_header(machine_shape(), proof, header) == engine::VerifyError::none);
  SegmentClaim claim = *claim_of(header.public_values);
  change(claim);
  const auto values = to_public_values(claim);
  header.public_values.assign(values.begin(), values.end());
  Bytes out;
  engine::write_header(machine_shape(), header, out);
  append(out, proof.subspan(out.size()));
  return out;
}
SegmentClaim claim_in(ByteView proof) {
  std::optional<SegmentClaim> claim;
  CAIRN_ASSERT(SegmentVerifier().read(proof, claim) == engine::VerifyError::none);
  return *claim;
}

TEST(ProvedBatch, SaysWhatRanAndWhatItMadePublic) {
  ASSERT_GE(seven().pieces.size(), 3u);
  const ProofVerdict verdict = verify_batches(encode(seven().pieces), SegmentVerifier());
  ASSERT_TRUE(verdict.ok()) << verdict.reason();
  const BatchClaim& batch = verdict.batches.at(0);
  EXPECT_EQ(batch.image_id, image_id(image_roots(program())));
  EXPECT_EQ(batch.journal, Bytes{7});
  EXPECT_EQ(batch.input, input_digest(Bytes{7}));
  EXPECT_EQ(batch.exit_code, 0u);
  std::vector<Piece> both = seven().pieces;
  both.insert(both.end(), eight().pieces.begin(), eight().pieces.end());
  EXPECT_EQ(reason(both), "none");
}

TEST(ProvedBatch, SegmentsOfAnotherRunSwappedDroppedOrRepeatedAreRefused) {
  const auto with = [](const std::function<void(std::vector<Piece>&)>& change) {
    std::vector<Piece> pieces = seven().pieces;
    change(pieces);
    return reason(pieces);
  };
  EXPECT_EQ(with([](auto&) {}), "none");
  EXPECT_EQ(with([](auto& p) { p[1].proof = eight().pieces[1].proof; }), "root at piece 1");
  EXPECT_EQ(with([](auto& p) { std::swap(p[0].proof, p[1].proof); }).substr(0, 5), "entry");
  EXPECT_EQ(with([](auto& p) { p.erase(p.begin() + 1); }).substr(0, 4), "root");
  EXPECT_EQ(with([](auto& p) { p.insert(p.begin() + 1, p[1]); }).substr(0, 4), "root");
  EXPECT_EQ(with([](auto& p) { p.back().proof = eight().pieces.back().proof; }).substr(0, 4), "root");
  EXPECT_EQ(with([](auto& p) { p = {p.front()}; }), "no_end at piece 0");
  EXPECT_EQ(with([](auto& p) { p.front().beginning = eight().pieces.front().beginning; }),
            "root_begin at piece 0")
      << "another input";
  EXPECT_EQ(with([](auto& p) { p.back().end = eight().pieces.back().end; }).substr(0, 8), "root_end")
      << "another journal";
  EXPECT_EQ(with([](auto& p) { p.back().end->journal[0] = 8; }).substr(0, 8), "root_end");
}

TEST(ProvedBatch, AClaimThatIsMadeToFitIsNotShown) {
  // Pieces of another run, whose headers say what would follow.
  const SegmentClaim wanted = claim_in(seven().pieces[1].proof);
  std::vector<Piece> pieces = seven().pieces;
  const Bytes forged = with_claim(eight().pieces[1].proof, [&](SegmentClaim& claim) { claim = wanted; });
  pieces[1].proof = forged;
  EXPECT_EQ(reason(pieces).substr(0, 23), "piece_proof at piece 1:");
  // One segment left out, and the next made to begin where the one before ended.
  pieces = seven().pieces;
  const Bytes skipped = with_claim(pieces[2].proof, [&](SegmentClaim& claim) {
    claim.pc_in = wanted.pc_in;
    claim.root_in = wanted.root_in;
  });
  pieces[2].proof = skipped;
  pieces.erase(pieces.begin() + 1);
  EXPECT_EQ(reason(pieces).substr(0, 23), "piece_proof at piece 1:");
  // Another journal, with the root that it would leave.
  pieces = seven().pieces;
  pieces.back().end->journal = {8};
  const Bytes lying = with_claim(pieces.back().proof, [&](SegmentClaim& claim) {
    const BatchEnd& end = *pieces.back().end;
    const BatchBeginning& begin = *pieces.front().beginning;
    claim.root_out = root_of({end.low, end.ram, journal_digest(end.journal), begin.input, begin.image.rom});
  });
  pieces.back().proof = lying;
  EXPECT_EQ(reason(pieces).substr(0, 11), "piece_proof");
  // Another exit code.
  pieces = seven().pieces;
  const Bytes failed = with_claim(pieces.back().proof, [](SegmentClaim& claim) { claim.exit_code = 1; });
  pieces.back().proof = failed;
  EXPECT_EQ(reason(pieces).substr(0, 11), "piece_proof");
}

TEST(ProvedBatch, EveryFieldIsBound) {
  const Bytes honest = encode(seven().pieces);
  std::vector<Piece> pieces;
  ASSERT_EQ(decode(honest, pieces), ProofFault::none);
  std::vector<bool> inside(honest.size());  // of a proof, behind its header
  const std::size_t header = 4 * engine::header_words(machine_shape());
  for (const Piece& piece : pieces) {
    const auto at = static_cast<std::size_t>(piece.proof.data() - honest.data());
    std::fill(inside.begin() + static_cast<std::ptrdiff_t>(at + header),
              inside.begin() + static_cast<std::ptrdiff_t>(at + piece.proof.size()), true);
  }
  std::size_t tried = 0;
  for (std::size_t i = 0; i < honest.size(); ++i) {
    if (inside[i] && i % 9973 != 0) continue;
    Bytes changed = honest;
    changed[i] ^= static_cast<std::uint8_t>(1u << (i % 8));
    ASSERT_FALSE(verify_batches(changed, SegmentVerifier()).ok()) << i;
    ++tried;
  }
  EXPECT_GT(tried, 600u);
}

}  // namespace
}  // namespace cairn::rv32
