// The backend of RISC-V programs, with proofs that are taken at their word: what is around them.
#include "prover/backend/zkvm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "prover/rv32/snapshot.h"
#include "tests/unit/prover/rv32/assembler.h"
#include "tests/unit/prover/rv32/claimed_pieces.h"
#include "tests/unit/prover/rv32/elf_file.h"
#include "tests/unit/prover/support.h"

namespace cairn::prover {
namespace {

using rv32::Op;
using rv32::test::a0, rv32::test::a7, rv32::test::t0, rv32::test::t1, rv32::test::t2;
using rv32::test::Assembler, rv32::test::ClaimedPieces;
using ::testing::HasSubstr;

/// Copies the first byte of the input to the journal, after as many rounds as the second says, times 256, and
/// exits with the third.
Bytes echo() {
  Assembler program;
  program.li(t0, rv32::kInputBegin + 16)
      .imm(Op::lbu, t1, t0, 0)
      .imm(Op::lbu, t2, t0, 1)
      .imm(Op::lbu, a0, t0, 2);
  program.imm(Op::slli, t2, t2, 8)
      .branch(Op::beq, t2, 0, 12)
      .imm(Op::addi, t2, t2, ~0u)
      .branch(Op::bne, t2, 0, ~3u);
  program.li(t0, rv32::kJournalBegin).li(t2, 1).store(Op::sw, t2, t0, 0).store(Op::sb, t1, t0, 16);
  return rv32::test::elf_of(program.li(a7, 0).op(Op::ecall, 0, 0, 0).words);
}

/// Keeps a state of one byte: the first of the input is the state before, the second is added to it.
Bytes steps() {
  Assembler program;
  program.li(t0, rv32::kInputBegin + 16)
      .imm(Op::lbu, t1, t0, 0)
      .imm(Op::lbu, t2, t0, 1)
      .op(Op::add, t2, t2, t1, 0);
  program.li(t0, rv32::kJournalBegin)
      .store(Op::sb, t1, t0, 16)
      .store(Op::sb, t2, t0, 17)
      .li(t1, 2)
      .store(Op::sw, t1, t0, 0);
  return rv32::test::elf_of(program.exit(0).words);
}

Result<Bytes> claimed(const rv32::Segment& segment) { return ClaimedPieces::proof(rv32::claim_of(segment)); }

class ZkvmBackendTest : public ::testing::Test {
 protected:
  ZkvmBackendTest() {
    write_file(dir_ / "echo.elf", text(echo()));
    write_file(dir_ / "steps.elf", text(steps()));
    write_file(dir_ / "other.elf", text(rv32::test::elf_of(Assembler().li(t1, 1).exit(0).words)));
    config_.programs = {
        {"echo", {dir_ / "echo.elf"}}, {"other", {dir_ / "other.elf"}}, {"steps", {dir_ / "steps.elf", {1}}}};
    config_.segment_log2 = 12;
    config_.cycles_max = 100'000;
    backend_ = make();
  }
  std::unique_ptr<ZkvmBackend> make() { return ZkvmBackend::create(config_, claimed, verifier_).value(); }

  std::vector<Bytes> segments(const Bytes& input, std::string_view program = "echo") {
    return backend_->split(program, view("{\"input\":\"0x" + hex(input) + "\"}"), control_).value();
  }
  std::string why_not_split(std::string_view json, std::string_view program = "echo") {
    const auto result = backend_->split(program, view(json), control_);
    if (result.ok()) return "";
    EXPECT_EQ(result.error().code, Code::invalid_input);
    return result.error().what;
  }
  Bytes proof(const Bytes& segment) { return backend_->prove("echo", segment, control_).value(); }
  /// All segments of a batch, joined.
  Bytes batch(const Bytes& input, std::string_view program = "echo") {
    Bytes joined;
    for (const Bytes& segment : segments(input, program)) {
      const Bytes one = backend_->prove(program, segment, control_).value();
      joined = joined.empty() ? one : backend_->join(program, joined, one, control_).value();
    }
    return joined;
  }
  Digest32 claim(const std::vector<Bytes>& journals, std::string_view program = "echo",
                 rv32::Chaining chaining = {}) {
    std::vector<Digest32> digests;
    for (const Bytes& journal : journals) digests.push_back(sha256(journal));
    return rv32::sequence_claim(backend_->image_id(program), chaining, digests);
  }
  /// Proofs of batches, put one behind the other by whoever does not care for their states.
  static Bytes put_together(const std::vector<Bytes>& batches) {
    std::vector<rv32::Piece> pieces, some;
    for (const Bytes& batch : batches) {
      CAIRN_ASSERT(rv32::decode(batch, some) == rv32::ProofFault::none);
      pieces.insert(pieces.end(), some.begin(), some.end());
    }
    return rv32::encode(pieces);
  }

  TempDir dir_;
  TestControl control_;
  ClaimedPieces verifier_;
  ZkvmConfig config_;
  std::unique_ptr<ZkvmBackend> backend_;
};

TEST_F(ZkvmBackendTest, ABatchGoesFromItsInputToAProofOfItsJournal) {
  const auto parts = segments({42, 20, 0});
  EXPECT_GE(parts.size(), 3u);
  const Bytes joined = batch({42, 20, 0});
  const auto final = backend_->finalize("echo", joined, claim({{42}}), control_);
  ASSERT_TRUE(final.ok()) << final.error().what;
  EXPECT_TRUE(backend_->verify("echo", claim({{42}}), *final, control_).ok());
  const Status other = backend_->verify("echo", claim({{41}}), *final, control_);
  ASSERT_FALSE(other.ok());
  EXPECT_THAT(other.error().what, HasSubstr("other_claim"));
  EXPECT_FALSE(backend_->verify("other", claim({{42}}), *final, control_).ok());
}

TEST_F(ZkvmBackendTest, BatchesOfASequenceAreJoinedInTheirOrder) {
  const Bytes one = batch({1, 20, 0}), two = batch({2, 0, 0});
  const Bytes both = backend_->join("echo", one, two, control_).value();
  EXPECT_TRUE(backend_
                  ->verify("echo", claim({{1}, {2}}),
                           backend_->finalize("echo", both, claim({{1}, {2}}), control_).value(), control_)
                  .ok());
  EXPECT_FALSE(backend_->finalize("echo", both, claim({{2}, {1}}), control_).ok());
  EXPECT_FALSE(backend_->finalize("echo", both, claim({{1}}), control_).ok());
  const Bytes turned = backend_->join("echo", two, one, control_).value();
  EXPECT_FALSE(backend_->finalize("echo", turned, claim({{1}, {2}}), control_).ok());
}

TEST_F(ZkvmBackendTest, BatchesOfAProgramThatKeepsAStateMustChain) {
  const auto run = [&](std::uint8_t before, std::uint8_t added) { return batch({before, added}, "steps"); };
  const auto journal = [](std::uint8_t before, std::uint8_t after) { return Bytes{before, after}; };
  const Digest32 asked = claim({journal(1, 3), journal(3, 7)}, "steps", {1});
  const Bytes both = backend_->join("steps", run(1, 2), run(3, 4), control_).value();
  const auto final = backend_->finalize("steps", both, asked, control_);
  ASSERT_TRUE(final.ok()) << final.error().what;
  EXPECT_TRUE(backend_->verify("steps", asked, *final, control_).ok());

  // Honest proofs of other batches: nobody joins, finishes, or verifies them, whatever they claim.
  struct Case {
    const char* what;
    std::vector<Bytes> batches, journals;
  };
  const Case cases[] = {{"swapped", {run(3, 4), run(1, 2)}, {journal(3, 7), journal(1, 3)}},
                        {"one dropped", {run(1, 2), run(7, 1)}, {journal(1, 3), journal(7, 8)}},
                        {"one repeated", {run(1, 2), run(1, 2)}, {journal(1, 3), journal(1, 3)}},
                        {"of another run", {run(1, 2), run(4, 3)}, {journal(1, 3), journal(4, 7)}}};
  for (const Case& one : cases) {
    const Digest32 fitting = claim(one.journals, "steps", {1});
    const auto joined = backend_->join("steps", one.batches[0], one.batches[1], control_);
    ASSERT_FALSE(joined.ok()) << one.what;
    EXPECT_EQ(joined.error().code, Code::invalid_input);
    EXPECT_THAT(joined.error().what, HasSubstr(": state at piece 1")) << one.what;
    const Bytes list = put_together(one.batches);
    for (const Digest32& wanted : {fitting, asked, claim(one.journals, "steps")}) {
      const auto finished = backend_->finalize("steps", list, wanted, control_);
      ASSERT_FALSE(finished.ok()) << one.what;
      EXPECT_THAT(finished.error().what, HasSubstr(": state at piece 1")) << one.what;
      const Status verified = backend_->verify("steps", wanted, list, control_);
      ASSERT_FALSE(verified.ok()) << one.what << ": it would be signed";
      EXPECT_THAT(verified.error().what, HasSubstr(": state at piece 1")) << one.what;
    }
  }
  EXPECT_THAT(backend_->verify("steps", claim({journal(1, 3), journal(3, 7)}, "steps"), *final, control_)
                  .error()
                  .what,
              HasSubstr("other_claim"))
      << "a claim that does not ask for chaining is another";
}

TEST_F(ZkvmBackendTest, AnyShapeOfTreeJoinsToTheSameBytes) {
  std::vector<Bytes> proofs;
  for (const Bytes& segment : segments({7, 25, 0})) proofs.push_back(proof(segment));
  ASSERT_GE(proofs.size(), 4u);
  proofs.resize(4);
  const auto join = [&](const Bytes& a, const Bytes& b) {
    return backend_->join("echo", a, b, control_).value();
  };
  const Bytes left = join(join(join(proofs[0], proofs[1]), proofs[2]), proofs[3]);
  EXPECT_EQ(join(join(proofs[0], proofs[1]), join(proofs[2], proofs[3])), left);
  EXPECT_EQ(join(proofs[0], join(proofs[1], join(proofs[2], proofs[3]))), left);
}

TEST_F(ZkvmBackendTest, WhatDoesNotFollowIsNotJoined) {
  std::vector<Bytes> proofs, others;
  for (const Bytes& segment : segments({7, 25, 0})) proofs.push_back(proof(segment));
  for (const Bytes& segment : segments({8, 25, 0})) others.push_back(proof(segment));
  const auto why = [&](const Bytes& a, const Bytes& b) {
    const auto result = backend_->join("echo", a, b, control_);
    return result.ok() ? "" : result.error().what;
  };
  EXPECT_EQ(why(proofs[0], proofs[1]), "");
  EXPECT_THAT(why(proofs[1], proofs[0]), HasSubstr("order"));
  EXPECT_THAT(why(proofs[0], proofs[2]), HasSubstr("root at piece 1"));
  EXPECT_THAT(why(proofs[1], proofs[1]), HasSubstr("root at piece 1"));
  EXPECT_THAT(why(proofs[0], others[1]), HasSubstr("root at piece 1"));
  EXPECT_THAT(why(proofs.back(), proofs[1]), HasSubstr("order"));
  EXPECT_THAT(why(proofs[0], Bytes(20, 1)), HasSubstr("bad_magic"));
}

TEST_F(ZkvmBackendTest, PartsAreNoFinalProof) {
  const auto parts = segments({7, 20, 0});
  const auto first = backend_->finalize("echo", proof(parts[0]), claim({{7}}), control_);
  ASSERT_FALSE(first.ok());
  EXPECT_THAT(first.error().what, HasSubstr("whole batches"));
  const Status verified = backend_->verify("echo", claim({{7}}), proof(parts[0]), control_);
  ASSERT_FALSE(verified.ok());
  EXPECT_EQ(verified.error().code, Code::failed);
  EXPECT_THAT(verified.error().what, HasSubstr("no_end"));
}

TEST_F(ZkvmBackendTest, AProofThatDoesNotVerifyIsNamed) {
  Bytes joined = batch({7, 20, 0});
  std::vector<rv32::Piece> pieces;
  ASSERT_EQ(rv32::decode(joined, pieces), rv32::ProofFault::none);
  const auto offset =
      static_cast<std::size_t>(pieces[1].proof.data() - joined.data()) + pieces[1].proof.size() - 1;
  joined[offset] ^= 1;
  EXPECT_TRUE(backend_->finalize("echo", joined, claim({{7}}), control_).ok()) << "it looks at claims only";
  const Status verified = backend_->verify("echo", claim({{7}}), joined, control_);
  ASSERT_FALSE(verified.ok());
  EXPECT_THAT(verified.error().what, HasSubstr("piece_proof at piece 1: zerocheck"));
}

TEST_F(ZkvmBackendTest, RunsThatAreNoSuccessAreNotCut) {
  EXPECT_THAT(why_not_split("{\"input\":\"0x010005\"}"), HasSubstr("exits with 5"));
  EXPECT_THAT(why_not_split("{\"input\":\"0x01ff00\"}"), HasSubstr("cycles_max"));
  EXPECT_THAT(why_not_split("{\"input\":\"01\"}"), HasSubstr("hex"));
  EXPECT_THAT(why_not_split("{\"input\":\"0x1\"}"), HasSubstr("hex"));
  EXPECT_THAT(why_not_split("{\"input\":\"0x\",\"more\":1}"), HasSubstr("more"));
  EXPECT_THAT(why_not_split("[]"), HasSubstr("object"));
  EXPECT_THAT(why_not_split("{}", "nothing"), HasSubstr("no program"));
  write_file(dir_ / "trap.elf", text(rv32::test::elf_of(Assembler().imm(Op::lw, t0, 0, 0).words)));
  config_.programs = {{"echo", {dir_ / "trap.elf"}}};
  backend_ = make();
  EXPECT_THAT(why_not_split("{\"input\":\"0x\"}"), HasSubstr("load_outside"));
}

TEST_F(ZkvmBackendTest, SnapshotsOfAnotherProgramOrDamagedAreRefused) {
  const auto parts = segments({7, 0, 0});
  const auto other = backend_->prove("other", parts[0], control_);
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, Code::invalid_input);
  Bytes damaged = parts[0];
  damaged[100] ^= 1;
  const auto corrupt = backend_->prove("echo", damaged, control_);
  ASSERT_FALSE(corrupt.ok());
  EXPECT_EQ(corrupt.error().code, Code::invalid_input);
  // One that names this program but begins as another.
  rv32::Snapshot snapshot =
      rv32::decode_snapshot(backend_->split("other", view("{\"input\":\"0x\"}"), control_).value()[0])
          .value();
  snapshot.image = backend_->image_id("echo");
  const auto named = backend_->prove("echo", rv32::encode(snapshot), control_);
  ASSERT_FALSE(named.ok());
  EXPECT_THAT(named.error().what, HasSubstr("not of the program"));
}

TEST_F(ZkvmBackendTest, StopsBetweenSegmentsWhenCancelled) {
  TestControl cancelled([] { return true; });
  const auto split = backend_->split("echo", view("{\"input\":\"0x011400\"}"), cancelled);
  ASSERT_FALSE(split.ok());
  EXPECT_EQ(split.error().code, Code::cancelled);
  EXPECT_EQ(backend_->prove("echo", segments({1, 20, 0})[0], cancelled).error().code, Code::cancelled);
}

TEST_F(ZkvmBackendTest, ProgramsThatAreNoneAreNamed) {
  const auto why = [&](const std::filesystem::path& path) {
    ZkvmConfig config = config_;
    config.programs["p"] = {path};
    const auto made = ZkvmBackend::create(config, claimed, verifier_);
    return made.ok() ? "" : made.error().what;
  };
  EXPECT_THAT(why(dir_ / "absent.elf"), HasSubstr("programs.p: "));
  write_file(dir_ / "text", "no program");
  EXPECT_THAT(why(dir_ / "text"), HasSubstr("programs.p: "));
  EXPECT_THAT(why(dir_.path()), HasSubstr("no such file"));
  EXPECT_FALSE(ZkvmBackend::create({}, claimed, verifier_).ok());
}

}  // namespace
}  // namespace cairn::prover
