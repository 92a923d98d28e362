// Proofs of segments verify for what they claim and for nothing else.
#include <gtest/gtest.h>

#include "prover/parallel.h"
#include "prover/rv32/prove/segment_prover.h"
#include "prover/rv32/verify/segment_verifier.h"
#include "tests/unit/prover/isas.h"
#include "tests/unit/prover/rv32/rig.h"

namespace cairn::rv32 {
namespace {

TEST(ProveSegment, EachSegmentVerifiesForItsClaimAndNoOther) {
  const auto segments = test::segments_of(test::all_families(9).image(), 900);
  ASSERT_GE(segments.size(), 2u);
  std::vector<SegmentProof> proofs;
  for (const Segment& segment : segments) {
    proofs.push_back(prove_segment(segment).value());
    const SegmentProof& of = proofs.back();
    EXPECT_EQ(of.claim, claim_of(segment));
    EXPECT_EQ(verify_segment(of.proof, of.claim).error, engine::VerifyError::none);
    const SegmentVerifier verifier;
    std::optional<SegmentClaim> said;
    EXPECT_EQ(verifier.read(of.proof, said), engine::VerifyError::none);
    EXPECT_EQ(said, of.claim);
    EXPECT_EQ(verifier.verify(of.proof), engine::VerifyError::none);
  }
  const SegmentProof& first = proofs.front();
  EXPECT_NE(verify_segment(proofs.back().proof, first.claim).error, engine::VerifyError::none)
      << "another segment";
  std::vector<SegmentClaim> lies(9, first.claim);
  lies[0].pc_in += 4;
  lies[1].pc_out += 4;
  lies[2].cycles += 1;
  lies[3].exited = true;
  lies[4].root_in[3] += KoalaBear::one();
  lies[5].root_out[7] += KoalaBear::one();
  std::swap(lies[6].root_in, lies[6].root_out);
  lies[7].exited = true, lies[7].exit_code = 1;
  lies[8] = proofs.back().claim;
  for (const SegmentClaim& lie : lies) {
    EXPECT_NE(verify_segment(first.proof, lie).error, engine::VerifyError::none);
    // Nor does it when the header says so, too: the header's public values are what the transcript begins
    // with.
    Bytes forged;
    engine::ProofHeader header;
    ASSERT_EQ(engine::read_header(machine_shape(), first.proof, header), engine::VerifyError::none);
    const auto values = to_public_values(lie);
    header.public_values.assign(values.begin(), values.end());
    engine::write_header(machine_shape(), header, forged);
    forged.insert(forged.end(), first.proof.begin() + static_cast<std::ptrdiff_t>(forged.size()),
                  first.proof.end());
    EXPECT_NE(verify_segment(forged, lie).error, engine::VerifyError::none);
  }
}

TEST(ProveSegment, BytesDoNotDependOnThreadsAndInstructionSets) {
  const Segment segment = test::segments_of(test::all_families(5, 100, 1).image(), 1u << 20).front();
  const Bytes expected = prove_segment(segment).value().proof;
  engine::test::for_each_isa([&] {
    for (const unsigned threads : {1u, 2u, 3u}) {
      engine::set_thread_count(threads);
      EXPECT_EQ(prove_segment(segment).value().proof, expected) << threads << " threads";
    }
  });
  engine::set_thread_count(0);
}

TEST(ProveSegment, AnExitCodeIsPartOfTheClaim) {
  const Segment segment = test::segments_of(test::Assembler().exit(0x8000'0001).image(), 100).front();
  const SegmentProof of = prove_segment(segment).value();
  EXPECT_TRUE(of.claim.exited);
  EXPECT_EQ(of.claim.exit_code, 0x8000'0001u);
  EXPECT_EQ(verify_segment(of.proof, of.claim).error, engine::VerifyError::none);
  SegmentClaim other = of.claim;
  other.exit_code = 0;
  EXPECT_NE(verify_segment(of.proof, other).error, engine::VerifyError::none);
}

TEST(ProveSegment, RefusesASegmentThatIsNotAsItSays) {
  const Segment honest = test::segments_of(test::all_families(4).image(), 700).front();
  const auto refused = [](const Segment& segment) { return !prove_segment(segment).ok(); };
  Segment lie = honest;
  lie.root_end[0] += KoalaBear::one();
  EXPECT_TRUE(refused(lie));
  lie = honest;
  lie.end.x[5] ^= 1;
  EXPECT_TRUE(refused(lie));
  lie = honest;
  lie.chunks.back().bytes[3] ^= 1;
  EXPECT_TRUE(refused(lie));
  lie = honest;
  lie.code.front().words[1] ^= 1u << 20;
  EXPECT_TRUE(refused(lie));
  lie = honest;
  lie.siblings.pop_back();
  EXPECT_TRUE(refused(lie));
}

}  // namespace
}  // namespace cairn::rv32
