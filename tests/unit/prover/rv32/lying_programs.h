// For each instruction, a program in which it matters and another that leaves something else in its place.
#pragma once

#include "tests/unit/prover/rv32/lie.h"

namespace cairn::rv32::test {

inline constexpr std::uint32_t kData = 0x1000'0000;
inline constexpr std::uint32_t kBefore = 14;  // instructions before the one that matters

/// One instruction between others: t0, t1 and memory at sp hold words of all kinds, t2 and what follows is
/// stored.
inline Assembler around(const Instruction& in) {
  Assembler program;
  program.li(sp, kData).li(t0, 0x8765'4321).li(t1, 0xffff'fff3).li(t2, 0).li(28, kCode + 4 * (kBefore + 1));
  program.store(Op::sw, t0, sp, 0).store(Op::sw, t1, sp, 4);
  while (program.words.size() < kBefore) program.imm(Op::addi, 0, 0, 0);
  program.word(encode(in));
  for (int i = 0; i < 3; ++i) program.imm(Op::addi, t2, t2, 1);
  program.store(Op::sw, t2, sp, 16);
  return program.exit(0);
}

struct Swap {
  Instruction program, ran;
};

constexpr Instruction reg(Op op) { return {op, t2, t0, t1, 0}; }
constexpr Instruction imm(Op op, std::uint32_t value, std::uint8_t from = t0) {
  return {op, t2, from, 0, value};
}
constexpr Instruction load(Op op, std::uint32_t at) { return {op, t2, sp, 0, at}; }
constexpr Instruction store(Op op, std::uint32_t at, std::uint8_t what = t0) { return {op, 0, sp, what, at}; }
constexpr Instruction branch(Op op, std::uint32_t by) { return {op, 0, t0, t1, by}; }

/// What was executed has another result than what is claimed, but reads and writes the same registers.
// clang-format off
inline constexpr Swap kSwaps[] = {
    {reg(Op::add), reg(Op::sub)},          {reg(Op::sub), reg(Op::add)},         {reg(Op::sll), reg(Op::srl)},
    {reg(Op::srl), reg(Op::sra)},          {reg(Op::sra), reg(Op::srl)},         {reg(Op::slt), reg(Op::and_)},
    {reg(Op::sltu), reg(Op::xor_)},        {reg(Op::slt), reg(Op::div)},         {reg(Op::xor_), reg(Op::or_)},
    {reg(Op::or_), reg(Op::and_)},         {reg(Op::and_), reg(Op::xor_)},       {reg(Op::mul), reg(Op::mulh)},
    {reg(Op::mulh), reg(Op::mulhu)},       {reg(Op::mulhsu), reg(Op::mulh)},     {reg(Op::mulhu), reg(Op::mulhsu)},
    {reg(Op::div), reg(Op::divu)},         {reg(Op::divu), reg(Op::div)},        {reg(Op::rem), reg(Op::remu)},
    {reg(Op::remu), reg(Op::rem)},         {imm(Op::addi, 5), imm(Op::addi, 6)}, {imm(Op::xori, 5), imm(Op::xori, 7)},
    {imm(Op::ori, 2), imm(Op::ori, 4)},    {imm(Op::andi, 1), imm(Op::andi, 0x21)}, {imm(Op::slli, 3), imm(Op::slli, 4)},
    {imm(Op::srli, 3), imm(Op::srai, 3)},  {imm(Op::srai, 9), imm(Op::srli, 9)}, {imm(Op::slti, 0), imm(Op::sltiu, 0)},
    {imm(Op::sltiu, 7), imm(Op::slti, 7)}, {load(Op::lw, 0), load(Op::lw, 4)},   {load(Op::lb, 4), load(Op::lbu, 4)},
    {load(Op::lbu, 4), load(Op::lb, 4)},   {load(Op::lh, 4), load(Op::lhu, 4)},  {load(Op::lhu, 4), load(Op::lh, 4)},
    {load(Op::lb, 0), load(Op::lb, 1)},    {load(Op::lhu, 0), load(Op::lhu, 2)}, {load(Op::lbu, 3), load(Op::lbu, 7)},
    {store(Op::sw, 16), store(Op::sw, 20)}, {store(Op::sb, 4), store(Op::sh, 4)}, {store(Op::sh, 4), store(Op::sw, 4)},
    {store(Op::sb, 4), store(Op::sb, 5)},  {store(Op::sh, 4), store(Op::sh, 6)}, {store(Op::sw, 4), store(Op::sb, 4)},
    {branch(Op::beq, 8), branch(Op::bne, 8)}, {branch(Op::bne, 8), branch(Op::beq, 8)}, {branch(Op::blt, 8), branch(Op::bge, 8)},
    {branch(Op::bge, 8), branch(Op::blt, 8)}, {branch(Op::bltu, 8), branch(Op::bgeu, 8)}, {branch(Op::bgeu, 8), branch(Op::bltu, 8)},
    {branch(Op::bne, 8), branch(Op::bne, 12)}, {{Op::lui, t2, 0, 0, 0x5000}, {Op::lui, t2, 0, 0, 0x6000}},
    {{Op::auipc, t2, 0, 0, 0x5000}, {Op::auipc, t2, 0, 0, 0x4000}}, {{Op::auipc, t2, 0, 0, 0x5000}, {Op::lui, t2, 0, 0, 0x5000}},
    {{Op::jal, ra, 0, 0, 4}, {Op::jal, ra, 0, 0, 8}}, {imm(Op::jalr, 0, 28), imm(Op::jalr, 4, 28)},
    {imm(Op::jalr, 0, 28), imm(Op::addi, 8, 28)}, {reg(Op::mulhu), reg(Op::mul)},
};
// clang-format on

/// And those that differ in one part of what the decoder says: which registers, the upper half of a word.
inline constexpr Swap kOperandSwaps[] = {
    {{Op::add, 29, t0, t1, 0}, reg(Op::add)},
    {{Op::add, t2, t1, t1, 0}, reg(Op::add)},
    {{Op::add, t2, t0, t0, 0}, reg(Op::add)},
    {{Op::lui, t2, 0, 0, 0x5000}, {Op::lui, t2, 0, 0, 0x1'5000}},
    {{Op::lui, 29, 0, 0, 0x5000}, {Op::lui, t2, 0, 0, 0x5000}},
};

/// Two words are stored to one address and one is loaded: t2 = the second. `early`: the load comes before the
/// second store.
inline Assembler stores_and_loads(bool early) {
  Assembler program;
  program.li(sp, kData).li(t0, 111).li(t1, 222);
  if (early) {
    program.store(Op::sw, t0, sp, 0).imm(Op::lw, t2, sp, 0).store(Op::sw, t1, sp, 0);
  } else {
    program.store(Op::sw, t0, sp, 0).store(Op::sw, t1, sp, 0).imm(Op::lw, t2, sp, 0);
  }
  return program.store(Op::sw, t2, sp, 16).exit(0);
}

/// Pairs of a program and one that runs in its place: each instruction in the place of another, and each part
/// of what is known of an instruction.
inline std::vector<std::pair<Image, Image>> other_code() {
  std::vector<std::pair<Image, Image>> out;
  const auto add = [&](const Swap& swap) {
    out.emplace_back(around(swap.program).image(), around(swap.ran).image());
  };
  for (const Swap& swap : kSwaps) add(swap);
  for (const Swap& swap : kOperandSwaps) add(swap);
  out.emplace_back(stores_and_loads(false).image(), stores_and_loads(true).image());
  // The call that ends it is not there.
  Assembler goes_on = around(reg(Op::add));
  goes_on.words.back() = encode(imm(Op::addi, 1));
  out.emplace_back(goes_on.image(), around(reg(Op::add)).image());
  return out;
}

/// An instruction whose result the next one does not read: left out, or executed twice, nothing else changes.
struct Alone {
  explicit Alone(const Instruction& in)
      : attempt(honest_attempt(segments_of(around(in).image(), 1000).front())) {}
  Attempt attempt;
  std::uint32_t pc = kCode + 4 * kBefore;

  std::vector<Step>& steps() { return steps_of(attempt.recording, Family::add); }
  auto at() {
    return std::find_if(steps().begin(), steps().end(), [this](const Step& step) { return step.pc == pc; });
  }
};

/// `addi t2, t2, 0` is not executed: what it wrote stays what it was.
inline Attempt left_out() {
  Alone run(imm(Op::addi, 0, t2));
  Recording& recording = run.attempt.recording;
  const Step gone = *run.at();
  CAIRN_ASSERT(gone.rd.word == gone.rd.old);
  run.steps().erase(run.at());
  pass_over(recording, gone.rd.address, gone.time + Slot::rd, gone.time + Slot::rs1);
  pass_over(recording, gone.rs1.address, gone.time + Slot::rs1, gone.rs1.before);
  shift_times(recording, gone.time + kTimePerCycle, -4);
  std::erase_if(recording.code, [&](const FetchedWord& word) { return word.pc == run.pc; });
  for (TouchedCode& chunk : recording.code_chunks) {
    if (chunk.index == run.pc / kChunkBytes)
      chunk.used &= static_cast<std::uint8_t>(~(1u << (run.pc / 4 % 8)));
  }
  --run.attempt.claim.cycles;
  run.attempt.claim_roots();
  return run.attempt;
}

/// `addi t2, t1, 5`, one time more.
inline Attempt executed_twice() {
  Alone run(imm(Op::addi, 5, t1));
  Recording& recording = run.attempt.recording;
  const Step once = *run.at();
  shift_times(recording, once.time + kTimePerCycle, 4);
  Step twice = once;
  twice.time += kTimePerCycle;
  twice.rs1.before = once.time + Slot::rs1;
  twice.rd.before = once.time + Slot::rd;
  twice.rd.old = once.rd.word;
  pass_over(recording, once.rs1.address, once.time + Slot::rs1, twice.time + Slot::rs1);
  pass_over(recording, once.rd.address, once.time + Slot::rd, twice.time + Slot::rd);
  run.steps().insert(run.at() + 1, twice);
  for (FetchedWord& word : recording.code) word.count += word.pc == run.pc ? 1 : 0;
  ++run.attempt.claim.cycles;
  run.attempt.claim_roots();
  return run.attempt;
}

/// The run in the other order, each access at its time; only the pcs are the program's.
inline Attempt loaded_early() {
  Attempt out =
      pass_off(stores_and_loads(true).image(), stores_and_loads(false).image(), {}, {}, Lying::lookups);
  std::swap(steps_of(out.recording, Family::load_word).front().pc,
            steps_of(out.recording, Family::store_word)[1].pc);
  return out;
}

/// `addi t2, t1, 5` at the end.
struct ReadsLast {
  Attempt attempt = honest_attempt(segments_of(Assembler()
                                                   .li(a0, 0)
                                                   .li(a7, 0)
                                                   .li(t1, 0x1234'5678)
                                                   .imm(Op::addi, t2, t1, 5)
                                                   .word(encode({Op::ecall, 0, 0, 0, 0}))
                                                   .image(),
                                               1000)
                                       .front());
  Step& step() { return steps_of(attempt.recording, Family::add).back(); }
};

/// It reads another word, and says what follows from it. `beside`: that word comes from nowhere, and goes
/// nowhere.
inline Attempt read_unwritten(std::uint32_t word, bool beside) {
  ReadsLast run;
  Step& step = run.step();
  step.rs1.old = step.rs1.word = word;
  step.rd.word = word + 5;
  for (TouchedChunk& chunk : run.attempt.recording.chunks) {
    if (chunk.index == 0) chunk.after[t2] = word + 5;
  }
  run.attempt.claim_roots();
  if (!beside) return run.attempt;
  const std::uint32_t now = step.time + Slot::rs1;
  pass_over(run.attempt.recording, step.rs1.address, now, step.rs1.before);
  step.rs1.before = now - 1;
  return run.attempt;
}

/// A run on the second input, claimed to begin with the first.
inline Attempt forged_input() {
  const Image image = Assembler()
                          .li(t0, kInputBegin)
                          .imm(Op::lw, t1, t0, 16)
                          .li(sp, kData)
                          .store(Op::sw, t1, sp, 0)
                          .exit(0)
                          .image();
  const Bytes input = {1, 2, 3, 4}, forged = {1, 2, 3, 5};
  Attempt out = honest_attempt(segments_of(image, 1000, forged).front());
  out.claim.root_in = claim_of(segments_of(image, 1000, input).front()).root_in;
  return out;
}

}  // namespace cairn::rv32::test
