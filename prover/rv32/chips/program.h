// The decoder: a row for each pc that is executed, from the word of code to what the chips of instructions
// look up.
//
//   bits:       word = sum 2^k bit_k;  op one-hot, and for each bit k: the ops that fix it agree with it
//   pc:         pc = lo + 2^16 hi, both 16-bit numbers, hi < 2^14
//   rd:         none = (rd field is 0): field * none = 0, field * inverse + none = 1
//   sum:        pc + 4 (jal, jalr) or pc + imm (auipc) mod 2^32, else pc: carries are bits, halves 16-bit
//   numbers
//
// A row takes its word of code off the bus, where each is once, so that there is one row for each pc; and
// what has no row, because it is no code or no instruction of RV32IM, cannot be executed. ebreak has no op
// here: it traps. Targets of jumps and branches are one number, not reduced mod 2^32: those outside [0, 2^30)
// are no pc of a row.
#pragma once

#include "prover/rv32/chips/row.h"

namespace cairn::rv32 {

struct ProgramChip {
  static constexpr std::string_view name = "program";
  static constexpr unsigned log_height_min = 4, log_height_max = 22;
  static constexpr bool optional = false;
  static constexpr std::array<engine::Structured, 0> structured{};

  static constexpr std::size_t ops = kOps - 1;  ///< All but ebreak.

  template <class T>
  struct Columns {
    T count;  // executions
    T pc, pc_lo;
    T bits[32];
    T is[ops];  // by Op, without ebreak; none in padding
    T no_rd, rd_inverse;
    T carry_lo, carry_hi;
  };

 private:
  struct OpBits {
    Op op, number;  ///< `number` is what the chips know it by.
    Format format;
    std::uint32_t match, mask;
  };
  static constexpr Op number_of(Op op) {
    return op == Op::fence ? Op::addi : op == Op::auipc || op == Op::jal ? Op::lui : op;
  }
  static constexpr std::size_t index_of(Op op) {
    return static_cast<std::size_t>(op) - (op > Op::ebreak ? 1 : 0);
  }
  static constexpr std::array<OpBits, ops> make_rows() {
    std::array<OpBits, ops> out{};
    constexpr OpBits all[] = {
#define RV32(op, family, format, match, mask) {Op::op, number_of(Op::op), Format::format, match, mask},
#include "prover/rv32/instructions.inc"
#undef RV32
    };
    for (const OpBits& each : all) {
      if (each.op != Op::ebreak) out[index_of(each.op)] = each;
    }
    return out;
  }

 public:
  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    static constexpr std::array<OpBits, ops> rows = make_rows();
    const T zero = b.constant(0), one = b.constant(1);
    Formats<T> of(zero);
    T op = zero;
    for (std::size_t i = 0; i < ops; ++i) {
      b.assert_bool(row.is[i], "operation");
      of.add(rows[i], row.is[i]);
      op = op + row.is[i] * number(rows[i].number);
    }
    const auto real = b.flag(of.real, "one operation");
    for (unsigned k = 0; k < 32; ++k) {
      T fixed = zero, ones = zero;
      for (std::size_t i = 0; i < ops; ++i) {
        if ((rows[i].mask >> k & 1) != 0) fixed = fixed + row.is[i];
        if ((rows[i].match >> k & 1) != 0) ones = ones + row.is[i];
      }
      b.assert_bool(row.bits[k], "bit");
      b.assert_zero(fixed * row.bits[k] - ones, "bits of the operation");
    }

    const T pc_hi = (row.pc - row.pc_lo) * kPerHalf;
    check_half(b, real, row.pc_lo);
    check_half(b, real, pc_hi);
    check_half(b, real, pc_hi * number(4));

    const T rd = field(row, zero, 7, 5);
    b.assert_zero(rd * row.no_rd, "rd is x0");
    b.assert_zero(of.real * (rd * row.rd_inverse + row.no_rd - one), "rd is not x0");
    b.assert_zero(row.no_rd * row.rd_inverse, "no inverse of zero");
    const T rd_address =
        of.rd * (rd * number(4) + row.no_rd * number(kDiscardAddress)) + of.fence * number(kDiscardAddress);

    const T sign = row.bits[31];
    const T low_upper = field(row, zero, 12, 4) * number(1u << 12);  // of the word that lui and auipc have
    const T high_upper = field(row, zero, 16, 16);
    b.assert_bool(row.carry_lo, "carry");
    b.assert_bool(row.carry_hi, "carry");
    const T links = of.jal + of.jalr;
    const Word<T> sum = {
        row.pc_lo + links * number(4) + of.auipc * low_upper - row.carry_lo * number(1u << 16),
        pc_hi + of.auipc * high_upper + row.carry_lo - row.carry_hi * number(1u << 16)};
    check_half(b, real, sum.lo);
    check_half(b, real, sum.hi);

    const T extended = sign * number(0xf800);
    const T i_lo = field(row, zero, 20, 11) + extended;
    const T s_lo = field(row, zero, 7, 5) + field(row, zero, 25, 6) * number(1u << 5) + extended;
    const T b_offset = field(row, zero, 8, 4) * number(2) + field(row, zero, 25, 6) * number(1u << 5) +
                       row.bits[7] * number(1u << 11) - sign * number(1u << 12);
    const T j_offset = field(row, zero, 21, 10) * number(2) + row.bits[20] * number(1u << 11) +
                       field(row, zero, 12, 8) * number(1u << 12) - sign * number(1u << 20);
    const T sums = of.auipc + of.jal;
    const Word<T> x = {
        of.immediate * i_lo + of.amount * field(row, zero, 20, 5) + of.store * s_lo + of.lui * low_upper +
            sums * sum.lo,
        (of.immediate + of.store) * sign * number(0xffff) + of.lui * high_upper + sums * sum.hi};
    const Word<T> y = {of.branch * (row.pc + b_offset) + of.jal * (row.pc + j_offset) +
                           (of.lui + of.auipc) * (row.pc + number(4)) + of.jalr * sum.lo,
                       of.jalr * sum.hi};

    b.receive(BusOf::code, real, {row.pc, field(row, zero, 0, 16), high_upper});
    b.assert_zero(row.count * (one - of.real), "only code is executed");
    b.provide(BusOf::program, row.count,
              {row.pc, op, rd_address, of.rs1 * field(row, zero, 15, 5) * number(4),
               of.rs2 * field(row, zero, 20, 5) * number(4), x.lo, x.hi, y.lo, y.hi});
  }

  /// Requires an instruction other than ebreak.
  static void fill(Columns<KoalaBear>& row, const FetchedWord& at, Lookups& lookups) {
    const Instruction in = decode(at.word);
    row = {};
    row.count = number(at.count);
    row.pc = number(at.pc);
    row.pc_lo = number(at.pc & 0xffff);
    lookups.half(at.pc & 0xffff);
    lookups.half(at.pc >> 16);
    lookups.half(at.pc >> 16 << 2);
    for (unsigned k = 0; k < 32; ++k) row.bits[k] = number(at.word >> k & 1);
    row.is[index_of(in.op)] = KoalaBear::one();
    const std::uint32_t rd = at.word >> 7 & 31;
    row.no_rd = number(rd == 0 ? 1u : 0u);
    row.rd_inverse = number(rd).inverse();
    const bool links = in.op == Op::jal || in.op == Op::jalr;
    const std::uint32_t addend = links ? 4 : in.op == Op::auipc ? in.imm : 0, sum = at.pc + addend;
    row.carry_lo = number(((at.pc & 0xffff) + (addend & 0xffff)) >> 16);
    row.carry_hi = number(sum < at.pc ? 1u : 0u);
    count_halves(sum, lookups);
  }

 private:
  /// Sums of op flags.
  template <class T>
  struct Formats {
    T real, rd, rs1, rs2;                ///< has it
    T immediate, amount, store, branch;  ///< formats I, H, S, B
    T lui, auipc, jal, jalr, fence;

    CAIRN_DEVICE explicit Formats(const T& zero)
        : real(zero),
          rd(zero),
          rs1(zero),
          rs2(zero),
          immediate(zero),
          amount(zero),
          store(zero),
          branch(zero),
          lui(zero),
          auipc(zero),
          jal(zero),
          jalr(zero),
          fence(zero) {}
    CAIRN_DEVICE void add(const OpBits& of, const T& flag) {
      const Format f = of.format;
      add_if(true, real, flag);
      add_if(f == Format::R || f == Format::I || f == Format::H || f == Format::U || f == Format::J, rd,
             flag);
      add_if(f != Format::U && f != Format::J && f != Format::N, rs1, flag);
      add_if(f == Format::R || f == Format::S || f == Format::B, rs2, flag);
      add_if(f == Format::I, immediate, flag);
      add_if(f == Format::H, amount, flag);
      add_if(f == Format::S, store, flag);
      add_if(f == Format::B, branch, flag);
      add_if(of.op == Op::lui, lui, flag);
      add_if(of.op == Op::auipc, auipc, flag);
      add_if(of.op == Op::jal, jal, flag);
      add_if(of.op == Op::jalr, jalr, flag);
      add_if(of.op == Op::fence, fence, flag);
    }
    CAIRN_DEVICE static void add_if(bool condition, T& sum, const T& flag) {
      if (condition) sum = sum + flag;
    }
  };

  /// Bits [from, from + count) of the word as a number.
  template <class T>
  CAIRN_DEVICE static T field(const Columns<T>& row, const T& zero, unsigned from, unsigned count) {
    T out = zero;
    for (unsigned i = 0; i < count; ++i) out = out + row.bits[from + i] * number(1u << i);
    return out;
  }
};

}  // namespace cairn::rv32
