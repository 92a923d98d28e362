// The loop over decoded instructions. Everything that is done for each of them is in this file.
#include <cstring>

#include "prover/rv32/arithmetic.h"
#include "prover/rv32/machine.h"

namespace cairn::rv32 {
namespace {

template <class T>
[[gnu::always_inline]] inline T read_as(const std::uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
template <class T>
[[gnu::always_inline]] inline void write_as(std::uint8_t* at, std::uint32_t word) {
  const T value = static_cast<T>(word);
  std::memcpy(at, &value, sizeof value);
}
/// A narrow value as the word that a load gives.
template <class T>
constexpr std::uint32_t extend(T value) {
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(value));
}

}  // namespace

// One case for each instruction: macros, because a case label and a jump out of it cannot be in a function.
#define COMPUTE(op, value)                                  \
  case static_cast<std::uint8_t>(Op::op): {                 \
    const std::uint32_t a = x[step->rs1], b = x[step->rs2]; \
    const std::uint32_t imm = step->imm;                    \
    (void)a, (void)b, (void)imm;                            \
    x[step->rd] = (value);                                  \
    ++step;                                                 \
    break;                                                  \
  }
#define LOAD(op, T)                                                                       \
  case static_cast<std::uint8_t>(Op::op): {                                               \
    address = x[step->rs1] + step->imm;                                                   \
    if (address % sizeof(T) != 0) [[unlikely]]                                            \
      goto load_misaligned;                                                               \
    if (!memory.may_read(address)) [[unlikely]] {                                         \
      if (access = memory.touch(address, false); access != Access::granted) goto refused; \
    }                                                                                     \
    x[step->rd] = extend(read_as<T>(base + address));                                     \
    ++step;                                                                               \
    break;                                                                                \
  }
#define STORE(op, T)                                                                     \
  case static_cast<std::uint8_t>(Op::op): {                                              \
    address = x[step->rs1] + step->imm;                                                  \
    if (address % sizeof(T) != 0) [[unlikely]]                                           \
      goto store_misaligned;                                                             \
    if (!memory.may_write(address)) [[unlikely]] {                                       \
      if (access = memory.touch(address, true); access != Access::granted) goto refused; \
    }                                                                                    \
    write_as<T>(base + address, x[step->rs2]);                                           \
    ++step;                                                                              \
    break;                                                                               \
  }
#define BRANCH(op, condition)                               \
  case static_cast<std::uint8_t>(Op::op): {                 \
    const std::uint32_t a = x[step->rs1], b = x[step->rs2]; \
    const std::uint32_t here = pc_of(step);                 \
    if (condition) {                                        \
      target = here + step->imm;                            \
      if (target % 4 != 0) [[unlikely]]                     \
        goto misaligned;                                    \
      pc = target;                                          \
    } else {                                                \
      pc = here + 4;                                        \
    }                                                       \
    goto next_block;                                        \
  }

Executor::Machine::Stop Executor::Machine::loop(std::uint64_t& fuel_left) {
  std::uint64_t fuel = fuel_left;
  std::uint32_t pc = state.pc, index = 0, address = 0, target = 0;
  std::uint8_t* const base = memory.base();
  Access access = Access::granted;
  Stop stop = Stop::fuel;
  CodeRegion* region = region_at(pc);
  if (!region) return end_with(Trap::fetch_outside, pc, pc);
  const LoopStep *steps = nullptr, *step = nullptr;
  const auto pc_of = [&](const LoopStep* at) {
    return region->address + 4 * static_cast<std::uint32_t>(at - steps);
  };

next_block:
  index = (pc - region->address) >> 2;
  if (index >= region->words) [[unlikely]] {
    CodeRegion* const other = region_at(pc);
    if (!other) {
      state.pc = pc;
      fuel_left = fuel;
      return fuel == 0 ? Stop::fuel : end_with(Trap::fetch_outside, pc, pc);
    }
    region = other;
    index = (pc - region->address) >> 2;
  }
  {
    Block& block = region->blocks[index];
    if (block.mark != segment_mark || block.length > fuel) [[unlikely]] {
      state.pc = pc;
      fuel_left = fuel;
      return block.mark != segment_mark ? Stop::unmarked : Stop::fuel;
    }
    ++block.runs;
    fuel -= block.length;
  }
  steps = region->steps.data();
  step = steps + index;
  for (;;) {
    switch (step->code) {
      COMPUTE(lui, imm)
      COMPUTE(auipc, pc_of(step) + imm)
      COMPUTE(addi, a + imm)
      COMPUTE(slti, less(a, imm))
      COMPUTE(sltiu, a < imm)
      COMPUTE(xori, a ^ imm)
      COMPUTE(ori, a | imm)
      COMPUTE(andi, a & imm)
      COMPUTE(slli, shift_left(a, imm))
      COMPUTE(srli, shift_right(a, imm))
      COMPUTE(srai, shift_right_signed(a, imm))
      COMPUTE(add, a + b)
      COMPUTE(sub, a - b)
      COMPUTE(sll, shift_left(a, b))
      COMPUTE(slt, less(a, b))
      COMPUTE(sltu, a < b)
      COMPUTE(xor_, a ^ b)
      COMPUTE(srl, shift_right(a, b))
      COMPUTE(sra, shift_right_signed(a, b))
      COMPUTE(or_, a | b)
      COMPUTE(and_, a & b)
      COMPUTE(mul, a * b)
      COMPUTE(mulh, multiply_high(a, b))
      COMPUTE(mulhsu, multiply_high_signed_unsigned(a, b))
      COMPUTE(mulhu, multiply_high_unsigned(a, b))
      COMPUTE(div, divide(a, b))
      COMPUTE(divu, divide_unsigned(a, b))
      COMPUTE(rem, remainder(a, b))
      COMPUTE(remu, remainder_unsigned(a, b))

      LOAD(lb, std::int8_t)
      LOAD(lh, std::int16_t)
      LOAD(lw, std::uint32_t)
      LOAD(lbu, std::uint8_t)
      LOAD(lhu, std::uint16_t)
      STORE(sb, std::uint8_t)
      STORE(sh, std::uint16_t)
      STORE(sw, std::uint32_t)

      BRANCH(beq, a == b)
      BRANCH(bne, a != b)
      BRANCH(blt, less(a, b))
      BRANCH(bge, !less(a, b))
      BRANCH(bltu, a < b)
      BRANCH(bgeu, a >= b)
      case static_cast<std::uint8_t>(Op::jal): {
        const std::uint32_t here = pc_of(step);
        target = here + step->imm;
        if (target % 4 != 0) [[unlikely]]
          goto misaligned;
        x[step->rd] = here + 4;
        pc = target;
        goto next_block;
      }
      case static_cast<std::uint8_t>(Op::jalr): {
        const std::uint32_t here = pc_of(step);
        target = (x[step->rs1] + step->imm) & ~1u;
        if (target % 4 != 0) [[unlikely]]
          goto misaligned;
        x[step->rd] = here + 4;
        pc = target;
        goto next_block;
      }

        COMPUTE(fence, 0)
      case static_cast<std::uint8_t>(Op::ecall):
        pc = pc_of(step);
        stop = ecall(pc);
        if (trap.trap == Trap::none) ++step;  // it is completed
        goto leave_block;
      case static_cast<std::uint8_t>(Op::ebreak):
        stop = end_with(Trap::breakpoint, pc_of(step), 0);
        goto leave_block;
      case static_cast<std::uint8_t>(Op::illegal):
        stop = end_with(Trap::illegal_instruction, pc_of(step), step->imm);
        goto leave_block;
      case kCodeEnd:
        pc = pc_of(step);
        goto next_block;  // another region may begin here
      case kCodeStop:
        stop = Stop::fuel;
        goto leave_block;
      default:
        __builtin_unreachable();  // codes come from program.cpp alone; a check here costs a tenth
    }
  }

load_misaligned:
  ++unaligned_accesses;
  stop = end_with(Trap::load_misaligned, pc_of(step), address);
  goto leave_block;
store_misaligned:
  ++unaligned_accesses;
  stop = end_with(Trap::store_misaligned, pc_of(step), address);
  goto leave_block;
misaligned:
  stop = end_with(Trap::jump_misaligned, pc_of(step), target);
  goto leave_block;
refused : {
  const Op op = static_cast<Op>(step->code);
  stop = refuse(access, op == Op::sb || op == Op::sh || op == Op::sw, pc_of(step), address);
}
leave_block:
  // The block was counted as a whole: count what was completed instead.
  const std::uint32_t done = static_cast<std::uint32_t>(step - steps) - index;
  Block& block = region->blocks[index];
  --block.runs;
  count(*region, index, done, 1);
  state.pc = pc_of(step);
  fuel_left = fuel;
  return stop;
}

#undef COMPUTE
#undef LOAD
#undef STORE
#undef BRANCH

}  // namespace cairn::rv32
