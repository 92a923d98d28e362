// Programs proved and verified as batches: every instruction at its edges, random ones, ones that misbehave;
// and lists whose pieces are not of one run.
#include <gtest/gtest.h>

#include "prover/rv32/prove/segment_prover.h"
#include "prover/rv32/verify/segment_verifier.h"
#include "prover/rv32/verify/sequence.h"
#include "tests/unit/prover/rv32/instruction_cases.h"
#include "tests/unit/prover/rv32/random_program.h"
#include "tests/unit/prover/rv32/rig.h"

namespace cairn::rv32 {
namespace {

using namespace test;

/// The lists of one piece each that workers make from the segments of a run.
std::vector<Bytes> prove_run(const Image& image, std::uint64_t cycles, ByteView input = {}) {
  std::vector<Bytes> out;
  const Digest32 id = to_bytes(image_id(image_roots(image)));
  for (const Segment& segment : segments_of(image, cycles, input)) {
    out.push_back(prove_piece({id, segment}, [](const Segment& of) -> Result<Bytes> {
                    CAIRN_ASSIGN(SegmentProof proved, prove_segment(of));
                    return std::move(proved.proof);
                  }).value());
  }
  return out;
}

/// The pieces of lists, one after the other, as one list.
Bytes join(const std::vector<Bytes>& lists) {
  std::vector<Piece> pieces;
  for (const Bytes& list : lists) {
    std::vector<Piece> some;
    CAIRN_ASSERT(decode(list, some) == ProofFault::none);
    pieces.insert(pieces.end(), some.begin(), some.end());
  }
  return encode(pieces);
}
ProofVerdict verdict(const std::vector<Bytes>& lists) {
  return verify_batches(join(lists), SegmentVerifier());
}

/// A program that computes each case and exits with its number when the result is not the expected one.
class SelfCheck {
 public:
  Assembler program;

  /// t2 must be `expected`.
  void expect(std::uint32_t expected) {
    ++cases_;
    program.li(28, expected).branch(Op::beq, t2, 28, 24).exit(cases_);
  }
  std::uint32_t cases() const { return cases_; }

 private:
  std::uint32_t cases_ = 0;
};

/// The word in 28 and 29 does not change with what is done to t2.
void add_computing(SelfCheck& check) {
  for (const Case& c : kRegisterCases) {
    check.program.li(t0, c.a).li(t1, c.b).reg(c.op, t2, t0, t1);
    check.expect(c.expected);
    check.program.reg(c.op, t0, t0, t1)
        .reg(c.op, zero, t0, t1)
        .imm(Op::addi, t2, t0, 0);  // into its operand, and into x0
    check.expect(c.expected);
  }
  for (const Case& c : kImmediateCases) {
    check.program.li(t0, c.a).imm(c.op, t2, t0, c.b).imm(c.op, zero, t0, c.b);
    check.expect(c.expected);
  }
  check.program.imm(Op::addi, t2, zero, 0);
  check.expect(0);
}

void add_branches(SelfCheck& check) {
  for (const BranchCase& c : kBranchCases) {
    check.program.li(t0, c.a)
        .li(t1, c.b)
        .imm(Op::addi, t2, zero, 1)
        .branch(c.op, t0, t1, 8)
        .imm(Op::addi, t2, zero, 0);
    check.expect(c.taken ? 1 : 0);
    // Back: to the second of three instructions, over the one that takes it there.
    check.program.imm(Op::addi, t2, zero, 1).op(Op::jal, zero, 0, 0, 8).op(Op::jal, zero, 0, 0, 12);
    check.program.branch(c.op, t0, t1, minus(4)).imm(Op::addi, t2, zero, 0);
    check.expect(c.taken ? 1 : 0);
  }
}

void add_jumps(SelfCheck& check) {
  Assembler& program = check.program;
  program.op(Op::jal, t2, 0, 0, 8).word(0);
  check.expect(program.here() - 4);
  program.li(t0, program.here() + 17).imm(Op::jalr, t2, t0, 0).word(0);  // an odd target: bit 0 is cleared
  check.expect(program.here() - 4);
  program.li(t0, program.here() + 0x810).imm(Op::jalr, zero, t0, minus(0x800)).word(0);
  program.op(Op::auipc, t2, 0, 0, 0xffff'f000);
  check.expect(program.here() - 4 - 0x1000);
  program.op(Op::lui, t2, 0, 0, 0xffff'f000).op(Op::lui, zero, 0, 0, 0x1000).word(0x0ff0000f);
  check.expect(0xffff'f000);
}

/// Every width at every offset, into words of which the rest must stay, at both ends of RAM and of the
/// journal.
void add_memory(SelfCheck& check) {
  Assembler& program = check.program;
  for (const std::uint32_t at : {kRamBegin, kRamEnd - 4, kJournalBegin, kJournalEnd - 4}) {
    for (const std::uint32_t offset : {0u, 4u, minus(2048)}) {
      const std::uint32_t fill = 0x80fe'7f01, value = 0xa1b2'c384;
      const auto begin = [&] {
        program.li(t0, at - offset).li(t1, fill).store(Op::sw, t1, t0, offset).li(t1, value);
      };
      for (std::uint32_t inside = 0; inside < 4; ++inside) {
        const std::uint32_t byte = fill >> 8 * inside & 255;
        begin();
        program.imm(Op::lb, t2, t0, offset + inside);
        check.expect(byte > 127 ? byte | 0xffff'ff00 : byte);
        program.imm(Op::lbu, t2, t0, offset + inside);
        check.expect(byte);
        program.store(Op::sb, t1, t0, offset + inside).imm(Op::lw, t2, t0, offset);
        check.expect((fill & ~(0xffu << 8 * inside)) | 0x84u << 8 * inside);
        if (inside % 2 != 0) continue;
        const std::uint32_t half = fill >> 8 * inside & 0xffff;
        begin();
        program.imm(Op::lh, t2, t0, offset + inside);
        check.expect(half > 0x7fff ? half | 0xffff'0000 : half);
        program.imm(Op::lhu, t2, t0, offset + inside).imm(Op::lw, zero, t0, offset);
        check.expect(half);
        program.store(Op::sh, t1, t0, offset + inside).imm(Op::lw, t2, t0, offset);
        check.expect((fill & ~(0xffffu << 8 * inside)) | 0xc384u << 8 * inside);
      }
      program.store(Op::sw, zero, t0, offset);  // the journal stays empty
    }
  }
  // An address that wraps around, and constants, which are code here.
  program.li(t0, 0xffff'fff0).li(t1, kRamBegin + 0x20).reg(Op::sub, t1, t1, t0);
  program.reg(Op::add, t1, t1, t0).li(t2, 77).store(Op::sw, t2, t1, 0).imm(Op::lw, t2, t1, 0);
  check.expect(77);
  program.li(t0, kCode).imm(Op::lw, t2, t0, 0);
  check.expect(program.words.front());
}

TEST(ProvedPrograms, EveryInstructionAtItsEdges) {
  SelfCheck check;
  add_computing(check);
  add_branches(check);
  add_jumps(check);
  add_memory(check);
  check.program.exit(0);
  const Image image = check.program.image();
  const auto segments = segments_of(image, 1u << 20);
  ASSERT_EQ(segments.size(), 1u);
  ASSERT_EQ(segments[0].exit_code, 0u) << "the case that failed";
  for (std::size_t family = 0; family < kFamilies; ++family)
    EXPECT_GT(segments[0].counts.rows[family], 0u) << family;
  EXPECT_GT(check.cases(), 300u);
  const ProofVerdict found = verdict(prove_run(image, 1u << 20));
  ASSERT_TRUE(found.ok()) << found.reason();
  EXPECT_EQ(found.batches[0].exit_code, 0u);
  EXPECT_EQ(found.batches[0].cycles, segments[0].counts.cycles);
}

TEST(ProvedPrograms, RandomOnesOfEachFamily) {
  for (std::size_t family = 0; family < kFamilies; ++family) {
    if (static_cast<Family>(family) == Family::system) continue;
    const Image image =
        RandomProgram(100 + family).make({static_cast<Family>(family)}, 200, 2).exit(0).image();
    const ProofVerdict found = verdict(prove_run(image, 1u << 20));
    EXPECT_TRUE(found.ok()) << family_name(static_cast<Family>(family)) << ": " << found.reason();
  }
}

/// The sum of 40 words of the input goes to the journal. Takes 3 segments of 100 cycles.
Image summing() {
  Assembler program;
  program.li(t0, kInputBegin + 16).li(t1, 40).li(t2, 0);
  program.imm(Op::lw, 28, t0, 0).reg(Op::add, t2, t2, 28).imm(Op::addi, t0, t0, 4).imm(Op::addi, t1, t1, ~0u);
  program.branch(Op::bne, t1, zero, minus(16));
  program.li(sp, kJournalBegin).store(Op::sw, t2, sp, 16).imm(Op::addi, t0, zero, 4).store(Op::sw, t0, sp, 0);
  return program.exit(0).image();
}
Bytes input_of(std::uint8_t seed) {
  Bytes out(160, 0);
  for (std::size_t i = 0; i < 40; ++i) out[4 * i] = static_cast<std::uint8_t>(seed + i);
  return out;
}

struct TwoRuns {
  std::vector<Bytes> first = prove_run(summing(), 100, input_of(1)),
                     second = prove_run(summing(), 100, input_of(2));
};

TEST(ProvedPrograms, PiecesThatAreNotOfOneRunAreRefused) {
  const TwoRuns runs;
  ASSERT_EQ(runs.first.size(), 3u);
  ASSERT_TRUE(verdict(runs.first).ok());
  ASSERT_TRUE(verdict(runs.second).ok());
  EXPECT_NE(verdict(runs.first).batches[0].journal, verdict(runs.second).batches[0].journal);
  EXPECT_NE(verdict(runs.first).batches[0].input, verdict(runs.second).batches[0].input);
  const auto fault = [&](auto change) {
    std::vector<Bytes> pieces = runs.first;
    change(pieces);
    return std::string(fault_name(verdict(pieces).fault));
  };
  using Pieces = std::vector<Bytes>;
  EXPECT_EQ(fault([&](Pieces& p) { p[0] = runs.second[0]; }), "root") << "a forged input byte in one segment";
  EXPECT_EQ(fault([&](Pieces& p) { p[1] = runs.second[1]; }), "root");
  EXPECT_EQ(fault([&](Pieces& p) { p[2] = runs.second[2]; }), "root");
  EXPECT_NE(fault([](Pieces& p) { std::swap(p[0], p[1]); }), "none");
  EXPECT_NE(fault([](Pieces& p) { std::swap(p[1], p[2]); }), "none");
  EXPECT_NE(fault([](Pieces& p) { p.erase(p.begin()); }), "none");
  EXPECT_NE(fault([](Pieces& p) { p.erase(p.begin() + 1); }), "none");
  EXPECT_NE(fault([](Pieces& p) { p.pop_back(); }), "none");
  EXPECT_NE(fault([](Pieces& p) { p.insert(p.begin() + 1, p[1]); }), "none");
  EXPECT_NE(fault([](Pieces& p) { p.push_back(p[2]); }), "none");
  EXPECT_NE(fault([](Pieces& p) { p.push_back(p[0]); }), "none");
}

TEST(ProvedPrograms, AProofUnderAnotherClaimIsRefused) {
  const TwoRuns runs;
  // The journal, the input and the program that the list says, one at a time from the other run.
  std::vector<Piece> pieces, others;
  const Bytes list = join(runs.first), other_list = join(runs.second);
  ASSERT_EQ(decode(list, pieces), ProofFault::none);
  ASSERT_EQ(decode(other_list, others), ProofFault::none);
  const auto fault = [&](auto change) {
    std::vector<Piece> changed = pieces;
    change(changed);
    return std::string(fault_name(verify_batches(encode(changed), SegmentVerifier()).fault));
  };
  EXPECT_EQ(fault([](std::vector<Piece>&) {}), "none");
  EXPECT_EQ(fault([&](std::vector<Piece>& p) { p[2].end->journal = others[2].end->journal; }), "root_end");
  EXPECT_EQ(fault([&](std::vector<Piece>& p) { p[2].end = others[2].end; }), "root_end");
  EXPECT_EQ(fault([&](std::vector<Piece>& p) { p[0].beginning->input = others[0].beginning->input; }),
            "root_begin");
  const ImageRoots other_program = image_roots(Assembler().exit(0).image());
  EXPECT_EQ(fault([&](std::vector<Piece>& p) { p[0].beginning->image = other_program; }), "root_begin");
  EXPECT_EQ(fault([&](std::vector<Piece>& p) { p[0].beginning->image.entry += 4; }), "entry");
  EXPECT_EQ(fault([&](std::vector<Piece>& p) { p[1].proof = others[1].proof; }), "root");
}

/// A program that goes wrong after some honest work, and how.
struct Misbehaving {
  const char* what;
  Assembler program;
  Ending ending;
  Trap trap;
};

std::vector<Misbehaving> misbehaving() {
  const auto store_to = [](std::uint32_t address) {
    return Assembler().li(t0, address).store(Op::sw, t1, t0, 0).exit(0);
  };
  return {
      {"writes to its code", store_to(kCode), Ending::trapped, Trap::store_outside},
      {"writes to its input", store_to(kInputBegin), Ending::trapped, Trap::store_outside},
      {"overflows its stack", store_to(kRamBegin - 4), Ending::trapped, Trap::store_outside},
      {"writes to address 0", store_to(0), Ending::trapped, Trap::store_outside},
      {"jumps into RAM", Assembler().li(t0, kRamBegin).imm(Op::jalr, 0, t0, 0), Ending::trapped,
       Trap::fetch_outside},
      {"jumps into its image in the ROM", Assembler().li(t0, 0x4000'0000 + kCode).imm(Op::jalr, 0, t0, 0),
       Ending::trapped, Trap::fetch_outside},
      {"runs off its end", Assembler().li(t0, 1), Ending::trapped, Trap::fetch_outside},
      {"executes a word that is none", Assembler().li(t0, 1).word(0), Ending::trapped,
       Trap::illegal_instruction},
      {"calls what is not there", Assembler().li(a7, 93).word(0x73), Ending::trapped, Trap::unknown_ecall},
      {"loads where it may not", Assembler().li(t0, 2).imm(Op::lw, t1, t0, 0).exit(0), Ending::trapped,
       Trap::load_misaligned},
      {"leaves a journal that is none",
       Assembler().li(t0, kJournalBegin).li(t1, 7).store(Op::sw, t1, t0, 32).exit(0), Ending::trapped,
       Trap::journal_malformed},
      {"runs for ever", Assembler().op(Op::jal, 0, 0, 0, 0), Ending::cycle_limit, Trap::none},
  };
}

TEST(ProvedPrograms, ThoseThatMisbehaveHaveNoProofThatVerifies) {
  for (const Misbehaving& of : misbehaving()) {
    SCOPED_TRACE(of.what);
    RunLimits limits;
    limits.cycles = 50;
    SegmentedRun run = SegmentedRun::start(of.program.image(), {}, limits).value();
    SegmentLimits short_segments;
    short_segments.cycles = of.ending == Ending::cycle_limit ? 40 : 1;
    std::vector<Piece> pieces;
    std::vector<Bytes> proofs;
    std::vector<Segment> segments;
    while (run.executor().ending() == Ending::running) segments.push_back(run.next(short_segments));
    EXPECT_EQ(run.executor().ending(), of.ending);
    EXPECT_EQ(run.executor().trap().trap, of.trap);
    // What was executed before it can be proved; but no list of it has an end, whatever end is put there.
    const Segment& first = segments.front();
    ASSERT_EQ(first.ending, Ending::running);
    const SegmentProof proved = prove_segment(first).value();
    EXPECT_FALSE(proved.claim.exited);
    Piece piece{BatchBeginning{image_roots(of.program.image()), input_digest({})}, proved.proof, {}};
    EXPECT_EQ(verify_batches(encode({&piece, 1}), SegmentVerifier()).fault, ProofFault::no_end);
    piece.end = BatchEnd{};
    EXPECT_EQ(verify_batches(encode({&piece, 1}), SegmentVerifier()).fault, ProofFault::not_exited);
    // The rest is refused, or proves no more than what was executed.
    Segment rest = segments.back();
    EXPECT_FALSE(claim_of(rest).exited);
    const auto unfinished = prove_segment(rest);
    EXPECT_FALSE(unfinished.ok() && unfinished->claim.exited);
    rest.ending = Ending::exited;
    EXPECT_FALSE(prove_segment(rest).ok());
  }
}

TEST(ProvedPrograms, AnotherExitCodeIsSaidAndIsNoSuccess) {
  const Image image = Assembler().li(t0, 5).exit(7).image();
  const ProofVerdict found = verdict(prove_run(image, 100));
  ASSERT_TRUE(found.ok()) << found.reason();
  EXPECT_EQ(found.batches[0].exit_code, 7u);
  const Digest32 id = to_bytes(image_id(image_roots(image)));
  const std::vector<Digest32> journals = {sha256(Bytes{})};
  EXPECT_EQ(check_sequence(found, {id, {}, sequence_claim(id, {}, journals)}).fault, ProofFault::other_exit);
}

}  // namespace
}  // namespace cairn::rv32
