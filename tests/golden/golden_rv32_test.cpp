// The proof of a run of the RISC-V machine that was made once and is kept, as golden_test.cpp keeps those of
// other machines. Who changes a chip, the format or the protocol makes a new one:
//
//   CAIRN_GOLDEN_WRITE=1 ctest --preset release -R golden
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/digest.h"
#include "prover/rv32/prove/piece.h"
#include "prover/rv32/prove/segment_prover.h"
#include "prover/rv32/segmented_run.h"
#include "prover/rv32/verify/segment_verifier.h"
#include "prover/rv32/verify/sequence.h"
#include "prover/verify/proof_header.h"
#include "tests/reference/shared_chips.h"
#include "tests/unit/prover/rv32/assembler.h"

namespace cairn::rv32 {
namespace {

using test::Assembler, test::a0, test::t0, test::t1, test::t2;

/// Adds 35 to the first byte of its input and makes the sum public. Stays as it is for as long as its proof
/// is kept.
Image program() {
  Assembler out;
  out.li(t0, kInputBegin + 16)
      .imm(Op::lbu, t1, t0, 0)
      .imm(Op::addi, t1, t1, 35)
      .li(t0, kJournalBegin)
      .li(t2, 1);
  return out.store(Op::sw, t2, t0, 0).store(Op::sb, t1, t0, 16).exit(0).image({1, 2, 3});
}
const Bytes kInput = {7}, kJournal = {42};

/// The list of its one segment.
Bytes made() {
  SegmentedRun run = SegmentedRun::start(program(), kInput, {1 << 12, 1 << 20}).value();
  const Snapshot snapshot{to_bytes(run.image()), run.next(segment_class(kLogClassMin))};
  return prove_piece(snapshot,
                     [](const Segment& segment) -> Result<Bytes> {
                       CAIRN_ASSIGN(SegmentProof proof, prove_segment(segment));
                       return std::move(proof.proof);
                     })
      .value();
}

std::filesystem::path folder() {
  const char* source = std::getenv("CAIRN_SOURCE_DIR");
  return std::filesystem::path(source == nullptr ? "." : source) / "tests/golden" /
         ("v" + std::to_string(engine::kProofVersion));
}

Bytes kept() {
  std::ifstream file(folder() / "rv32_run.proof", std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

TEST(GoldenRv32, IsMadeWithTheSameBytes) {
  const Bytes list = made();
  if (std::getenv("CAIRN_GOLDEN_WRITE") != nullptr) {
    std::filesystem::create_directories(folder());
    std::ofstream(folder() / "rv32_run.proof", std::ios::binary) << text(list);
  }
  EXPECT_EQ(hex(sha256(list)), hex(sha256(kept()))) << "other bytes than in " << folder();
  EXPECT_LE(kept().size(), 250u << 10);
}

TEST(GoldenRv32, IsAcceptedAndSaysWhatRan) {
  const ProofVerdict verdict = verify_batches(kept(), SegmentVerifier());
  ASSERT_TRUE(verdict.ok()) << verdict.reason();
  ASSERT_EQ(verdict.batches.size(), 1u);
  EXPECT_EQ(verdict.batches[0].image_id, image_id(image_roots(program())));
  EXPECT_EQ(verdict.batches[0].input, input_digest(kInput));
  EXPECT_EQ(verdict.batches[0].journal, kJournal);
  const Digest32 id = to_bytes(verdict.batches[0].image_id);
  const Digest32 journals[] = {sha256(kJournal)};
  EXPECT_TRUE(check_sequence(verdict, {id, {}, sequence_claim(id, {}, journals)}).ok());
}

TEST(GoldenRv32, IsAcceptedByTheReference) {
  const Bytes list = kept();
  std::vector<Piece> pieces;
  ASSERT_EQ(decode(list, pieces), ProofFault::none);
  engine::ProofHeader header;
  ASSERT_EQ(engine::read_header(machine_shape(), pieces[0].proof, header), engine::VerifyError::none);
  EXPECT_EQ(reference::verify(reference::with_shared_chips(machine_shape()), copy(pieces[0].proof),
                              header.public_values),
            "none");
}

TEST(GoldenRv32, ChangedAnywhereItIsRefused) {
  const Bytes list = kept();
  ASSERT_FALSE(list.empty());
  for (std::size_t i = 0; i < list.size(); i += list.size() / 61) {
    Bytes changed = list;
    changed[i] ^= 1;
    EXPECT_FALSE(verify_batches(changed, SegmentVerifier()).ok()) << i;
  }
}

}  // namespace
}  // namespace cairn::rv32
