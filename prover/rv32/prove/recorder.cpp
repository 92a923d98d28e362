#include "prover/rv32/prove/recorder.h"

#include <algorithm>
#include <memory>

#include "prover/rv32/arithmetic.h"
#include "prover/rv32/chips/bus.h"
#include "prover/rv32/little_endian.h"

namespace cairn::rv32 {
namespace {

constexpr std::size_t kChunkWords = kChunkBytes / 4;
using ChunkWords = std::array<std::uint32_t, kChunkWords>;

/// Words below 2^30 with the times of their last accesses. Which chunks there are is known from the
/// beginning.
class Words {
 public:
  void add(std::uint32_t address, const ChunkWords& words) {
    auto& page = pages_[address >> kLogPage];
    if (!page) page = std::make_unique<Page>();
    chunks_.push_back({address / kChunkBytes, words, words, {}});
    (*page)[address / kChunkBytes % kPageChunks] = static_cast<std::uint32_t>(chunks_.size());
  }
  /// The chunk of an address below 2^30, or none.
  TouchedChunk* find(std::uint32_t address) {
    const auto& page = pages_[address >> kLogPage];
    const std::uint32_t at = page ? (*page)[address / kChunkBytes % kPageChunks] : 0;
    return at == 0 ? nullptr : &chunks_[at - 1];
  }
  /// In the order in which they were added.
  std::vector<TouchedChunk> all() && { return std::move(chunks_); }

 private:
  static constexpr unsigned kLogPage = 16;
  static constexpr std::size_t kPageChunks = (std::size_t{1} << kLogPage) / kChunkBytes;
  using Page = std::array<std::uint32_t, kPageChunks>;  // place in chunks_ + 1, or 0

  std::vector<std::unique_ptr<Page>> pages_ =
      std::vector<std::unique_ptr<Page>>(std::size_t{1} << (30 - kLogPage));
  std::vector<TouchedChunk> chunks_;
};

/// Instructions that follow each other, decoded.
struct CodeBlock {
  std::uint32_t address;
  std::vector<Instruction> instructions;
  std::vector<std::uint32_t> counts;
};

/// The byte or half in `word` that a load of `op` at `address` gives.
std::uint32_t loaded(Op op, std::uint32_t word, std::uint32_t address) {
  const std::uint32_t shifted = word >> (8 * (address % 4));
  switch (op) {
    case Op::lb:
      return as_word(static_cast<std::int8_t>(shifted));
    case Op::lbu:
      return static_cast<std::uint8_t>(shifted);
    case Op::lh:
      return as_word(static_cast<std::int16_t>(shifted));
    case Op::lhu:
      return static_cast<std::uint16_t>(shifted);
    default:
      return word;
  }
}
/// `word` with `value` stored into it.
std::uint32_t stored(Op op, std::uint32_t word, std::uint32_t address, std::uint32_t value) {
  const std::uint32_t ones = op == Op::sb ? 0xff : op == Op::sh ? 0xffff : 0xffff'ffff;
  const unsigned shift = 8 * (address % 4);
  return (word & ~(ones << shift)) | (value & ones) << shift;
}
std::uint32_t width_of(Op op) {
  switch (op) {
    case Op::lw:
    case Op::sw:
      return 4;
    case Op::lh:
    case Op::lhu:
    case Op::sh:
      return 2;
    default:
      return 1;
  }
}

/// What an instruction without memory leaves in rd; b is its second register or its immediate.
std::uint32_t computed(Op op, std::uint32_t pc, std::uint32_t a, std::uint32_t b) {
  switch (op) {
    case Op::lui:
      return b;
    case Op::auipc:
      return pc + b;
    case Op::jal:
    case Op::jalr:
      return pc + 4;
    case Op::addi:
    case Op::add:
    case Op::fence:
      return a + b;
    case Op::sub:
      return a - b;
    case Op::slti:
    case Op::slt:
      return less(a, b);
    case Op::sltiu:
    case Op::sltu:
      return a < b;
    case Op::xori:
    case Op::xor_:
      return a ^ b;
    case Op::ori:
    case Op::or_:
      return a | b;
    case Op::andi:
    case Op::and_:
      return a & b;
    case Op::slli:
    case Op::sll:
      return shift_left(a, b);
    case Op::srli:
    case Op::srl:
      return shift_right(a, b);
    case Op::srai:
    case Op::sra:
      return shift_right_signed(a, b);
    case Op::mul:
      return a * b;
    case Op::mulh:
      return multiply_high(a, b);
    case Op::mulhsu:
      return multiply_high_signed_unsigned(a, b);
    case Op::mulhu:
      return multiply_high_unsigned(a, b);
    case Op::div:
      return divide(a, b);
    case Op::divu:
      return divide_unsigned(a, b);
    case Op::rem:
      return remainder(a, b);
    case Op::remu:
      return remainder_unsigned(a, b);
    default:
      return 0;
  }
}
bool taken(Op op, std::uint32_t a, std::uint32_t b) {
  switch (op) {
    case Op::beq:
      return a == b;
    case Op::bne:
      return a != b;
    case Op::blt:
      return less(a, b);
    case Op::bge:
      return !less(a, b);
    case Op::bltu:
      return a < b;
    default:
      return a >= b;
  }
}

class Recorder {
 public:
  explicit Recorder(const Segment& segment) : segment_(segment), pc_(segment.begin.pc) {
    ChunkWords words{};
    for (std::uint32_t i = 0; i <= kDiscardAddress / 4; ++i) {
      words[i % kChunkWords] = i < 32 ? segment.begin.x[i] : segment.begin.discarded;
      if (i % kChunkWords == kChunkWords - 1 || i == kDiscardAddress / 4) {
        memory_.add(4 * i / kChunkBytes * kChunkBytes, words);
        words = {};
      }
    }
    for (const Chunk& chunk : segment.chunks) {
      for (std::size_t i = 0; i < kChunkWords; ++i) words[i] = get_u32(chunk.bytes, 4 * i);
      memory_.add(chunk.address, words);
    }
    for (const CodeRun& run : segment.code) {
      CodeBlock code{run.address, {}, std::vector<std::uint32_t>(run.words.size())};
      for (const std::uint32_t word : run.words) code.instructions.push_back(decode(word));
      code_.push_back(std::move(code));
    }
    for (std::size_t i = 0; i < kFamilies; ++i) out_.steps[i].reserve(segment.counts.rows[i]);
  }

  Result<Recording> run() {
    const std::uint64_t cycles = segment_.end.cycle - segment_.begin.cycle;
    for (time_ = 1; time_ < 1 + kTimePerCycle * cycles; time_ += kTimePerCycle) {
      if (exited_) return wrong("exits too early");
      if (const char* what = step()) return wrong(what);
    }
    if (pc_ != segment_.end.pc) return wrong("ends at another pc");
    if (exited_ != (segment_.ending == Ending::exited)) return wrong("exits otherwise");
    for (std::uint32_t i = 0; i <= kDiscardAddress / 4; ++i) {
      const std::uint32_t value = memory_.find(4 * i)->after[i % kChunkWords];
      if (value != (i < 32 ? segment_.end.x[i] : segment_.end.discarded))
        return wrong("ends with other registers");
      if (exited_ && i == kRegisterArgument && value != segment_.exit_code)
        return wrong("has another exit code");
    }
    for (std::size_t i = 0; i < kFamilies; ++i) {
      if (out_.steps[i].size() != segment_.counts.rows[i]) return wrong("has other rows");
    }
    out_.chunks = std::move(memory_).all();
    for (std::size_t r = 0; r < code_.size(); ++r) {
      for (std::size_t i = 0; i < code_[r].counts.size(); ++i) {
        add_to_chunk(code_[r].address + 4 * static_cast<std::uint32_t>(i), segment_.code[r].words[i],
                     code_[r].counts[i] != 0);
        if (code_[r].counts[i] == 0) continue;
        const std::uint32_t pc = code_[r].address + 4 * static_cast<std::uint32_t>(i);
        out_.code.push_back({pc, segment_.code[r].words[i], code_[r].counts[i]});
      }
    }
    return std::move(out_);
  }

 private:
  Error wrong(const char* what) const {
    return {Code::corrupt, "segment " + std::to_string(segment_.index) + " " + what};
  }

  /// In the order of the addresses; words that are not added are zero.
  void add_to_chunk(std::uint32_t pc, std::uint32_t word, bool used) {
    std::vector<TouchedCode>& chunks = out_.code_chunks;
    if (chunks.empty() || chunks.back().index != pc / kChunkBytes)
      chunks.emplace_back().index = pc / kChunkBytes;
    const std::uint32_t i = pc / 4 % kChunkWords;
    chunks.back().words[i] = word;
    if (used) chunks.back().used |= static_cast<std::uint8_t>(1u << i);
  }

  const Instruction* fetch() {
    if (run_ == nullptr || (pc_ - run_->address) / 4 >= run_->instructions.size()) {
      run_ = nullptr;
      for (CodeBlock& code : code_) {
        if ((pc_ - code.address) / 4 < code.instructions.size()) run_ = &code;
      }
      if (run_ == nullptr) return nullptr;
    }
    const std::uint32_t index = (pc_ - run_->address) / 4;
    ++run_->counts[index];
    return &run_->instructions[index];
  }

  /// The word at `address`, a multiple of 4 in `chunk`, becomes word_of(old).
  template <class WordOf>
  void access(WordAccess& out, TouchedChunk& chunk, std::uint32_t address, std::uint32_t slot,
              WordOf word_of) {
    const std::size_t i = address / 4 % kChunkWords;
    const std::uint32_t now = time_ + slot, old = chunk.after[i];
    std::uint32_t before = chunk.times[i];
    if (now - before > kGapEnd) {
      const std::uint32_t at = (now - 1) / kGapEnd * kGapEnd;
      out_.refreshes.push_back({address, old, before, at});
      before = at;
    }
    const std::uint32_t word = word_of(old);
    out = {address, old, word, before};
    chunk.after[i] = word;
    chunk.times[i] = now;
  }
  std::uint32_t read_register(WordAccess& out, std::uint32_t address, std::uint32_t slot) {
    access(out, *memory_.find(address), address, slot, [](std::uint32_t old) { return old; });
    return out.word;
  }

  /// One instruction; what is wrong with it, or nothing.
  const char* step() {
    const Instruction* const fetched = pc_ % 4 == 0 ? fetch() : nullptr;
    if (fetched == nullptr) return "leaves its code";
    const Instruction in = *fetched;
    const Op op = in.op;
    if (op == Op::illegal || op == Op::ebreak) return "traps";
    const OpRow& row = row_of(op);
    Step& step = out_.steps[static_cast<std::size_t>(row.family)].emplace_back();
    step.pc = pc_;
    step.time = time_;
    step.instruction = in;

    const Format f = row.format;
    const bool is_call = op == Op::ecall,
               has_rs2 = f == Format::R || f == Format::S || f == Format::B || is_call;
    std::uint32_t a = 0, b = in.imm, next = pc_ + 4;
    if (f != Format::U && f != Format::J) {
      a = read_register(step.rs1, register_address(is_call ? kRegisterCall : in.rs1), Slot::rs1);
    }
    if (has_rs2)
      b = read_register(step.rs2, register_address(is_call ? kRegisterArgument : in.rs2), Slot::rs2);

    std::uint32_t result = 0;
    bool has_rd = f != Format::S && f != Format::B && !is_call;
    switch (row.family) {
      case Family::load_word:
      case Family::load_narrow:
      case Family::store_word:
      case Family::store_narrow: {
        const std::uint32_t address = a + in.imm;
        const bool is_store = f == Format::S;
        const Region region = region_of(address);
        if (address % width_of(op) != 0 || !(is_store ? is_writable(region) : is_readable(region)))
          return "traps";
        TouchedChunk* const chunk = memory_.find(address);
        if (chunk == nullptr) return "goes where its snapshot does not go";
        access(step.memory, *chunk, address & ~3u, Slot::memory,
               [&](std::uint32_t old) { return is_store ? stored(op, old, address, b) : old; });
        result = loaded(op, step.memory.word, address);
        break;
      }
      case Family::branch_equal:
      case Family::branch_less:
        if (taken(op, a, b)) next = pc_ + in.imm;
        break;
      case Family::system:
        if (a != kCallExit) return "traps";
        exited_ = true;
        break;
      default:
        result = computed(op, pc_, a, b);
        if (op == Op::jal) next = pc_ + in.imm;
        if (op == Op::jalr) next = (a + in.imm) & ~1u;
    }
    if (has_rd) {
      const std::uint32_t address = in.rd == 0 ? kDiscardAddress : register_address(in.rd);
      access(step.rd, *memory_.find(address), address, Slot::rd, [result](std::uint32_t) { return result; });
    }
    step.next_pc = next;
    pc_ = next;
    return nullptr;
  }

  const Segment& segment_;
  Words memory_;
  std::vector<CodeBlock> code_;
  CodeBlock* run_ = nullptr;
  std::uint32_t pc_, time_ = 1;
  bool exited_ = false;
  Recording out_;
};

}  // namespace

Result<Recording> record(const Segment& segment) {
  if (segment.end.cycle - segment.begin.cycle > kCyclesMax) {
    return Error{Code::invalid_input, "the segment has more than " + std::to_string(kCyclesMax) + " cycles"};
  }
  for (const Chunk& chunk : segment.chunks) {
    if (!is_readable(region_of(chunk.address)))
      return Error{Code::corrupt, "the segment has a chunk where no memory is"};
  }
  return Recorder(segment).run();
}

}  // namespace cairn::rv32
