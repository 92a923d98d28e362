// A machine of all word chips: a straight-line program of operations on a memory of words.
//
// A proof says: the prover knows initial values and a program that leaves the public word at address 0. It
// does not say which program.
#pragma once

#include <span>

#include "prover/air/machine.h"
#include "prover/air/table_view.h"
#include "prover/chips/alu.h"
#include "prover/chips/memory.h"
#include "prover/chips/shift.h"
#include "prover/chips/step.h"

namespace cairn::engine {

struct CalculatorSpec {
  static constexpr std::string_view name = "calculator-1";
  static constexpr unsigned public_values =
      4;  ///< bytes of the word at address 0, the least significant first
  static constexpr auto buses = word_buses;
};

using Calculator = Machine<CalculatorSpec,  //
                           BytePairs,       //
                           Step,            //
                           Alu,             //
                           Shift,           //
                           Memory,          //
                           Boundary>;

/// mem[z] = op(mem[x], mem[y]).
struct Instruction {
  Operation op;
  std::uint32_t x, y, z;
};

/// One run of a program, from which the tables are made.
class CalculatorRun {
 public:
  /// Requires at most 2^22 instructions, addresses below initial.size(), and that to be a power of two, 16 to
  /// 2^22.
  CalculatorRun(std::span<const Instruction> program, std::vector<std::uint32_t> initial)
      : memory_(std::move(initial)) {
    for (const Instruction& at : program) {
      const auto time = 4 * static_cast<std::uint32_t>(steps_.size());
      const std::uint32_t a = memory_.read(time + 1, at.x), b = memory_.read(time + 2, at.y);
      const std::uint32_t c = apply(at.op, a, b);
      memory_.write(time + 3, at.z, c);
      steps_.push_back({at, a, b, c});
      ++(is_shift(at.op) ? shifts_ : alus_);
    }
  }

  std::uint32_t result() const { return memory_.value(0); }

  std::array<KoalaBear, CalculatorSpec::public_values> public_values() const {
    KoalaBear bytes[4];
    put_word(bytes, result());
    return {bytes[0], bytes[1], bytes[2], bytes[3]};
  }

  /// log2 of the smallest heights that hold the run; a table without rows is absent: -1.
  std::array<int, Calculator::tables> log_heights() const {
    return {16,
            log_height(steps_.size()),
            log_height(alus_),
            log_height(shifts_),
            log_height(memory_.accesses()),
            log_height(memory_.addresses())};
  }

  /// Real rows of each table, before its padding: all rows behind them are equal.
  std::array<std::size_t, Calculator::tables> rows() const {
    return {ByteLookups::rows, steps_.size(), alus_, shifts_, memory_.accesses(), memory_.addresses()};
  }

  /// Writes all rows, padding included. Requires tables of at least these heights, absent ones without cells.
  void fill(std::span<const TableView> tables) const {
    ByteLookups lookups;
    fill_steps(tables[1]);
    fill_operations(tables[2], tables[3], lookups);
    fill_rows<Memory>(tables[4], memory_.accesses(),
                      [&](auto& row, std::size_t i) { memory_.fill(row, i, lookups); });
    fill_rows<Boundary>(tables[5], memory_.addresses(),
                        [&](auto& row, std::size_t i) { memory_.fill(row, i, lookups); });
    fill_rows<BytePairs>(tables[0], ByteLookups::rows,
                         [&](auto& row, std::size_t i) { lookups.fill(row, i); });
  }

 private:
  struct Done {
    Instruction instruction;
    std::uint32_t a, b, c;
  };

  static int log_height(std::size_t rows) {
    if (rows == 0) return -1;
    int log = static_cast<int>(kLogHeightMin);
    while ((std::size_t{1} << log) < rows) ++log;
    return log;
  }

  template <class Chip>
  static void padding(typename Chip::template Columns<KoalaBear>& row) {
    if constexpr (requires { Chip::pad(row); }) {
      Chip::pad(row);
    } else {
      row = {};
    }
  }

  template <class Chip, class Fill>
  static void fill_rows(const TableView& table, std::size_t rows, const Fill& fill) {
    if (table.cells == nullptr) return;
    typename Chip::template Columns<KoalaBear> row;
    for (std::size_t i = 0; i < rows; ++i) {
      fill(row, i);
      table.put(i, row);
    }
    pad_from<Chip>(table, rows);
  }

  template <class Chip>
  static void pad_from(const TableView& table, std::size_t rows) {
    if (table.cells == nullptr || rows == table.height()) return;
    typename Chip::template Columns<KoalaBear> row;
    padding<Chip>(row);
    table.put(rows, row);
    table.repeat_from(rows);
  }

  void fill_steps(const TableView& table) const {
    fill_rows<Step>(table, steps_.size(), [&](auto& row, std::size_t i) {
      const Done& done = steps_[i];
      row.real = KoalaBear::one();
      row.op = KoalaBear::from(static_cast<std::uint32_t>(done.instruction.op));
      row.x = KoalaBear::from(done.instruction.x);
      row.y = KoalaBear::from(done.instruction.y);
      row.z = KoalaBear::from(done.instruction.z);
      put_word(row.a, done.a);
      put_word(row.b, done.b);
      put_word(row.c, done.c);
    });
  }

  void fill_operations(const TableView& alu, const TableView& shift, ByteLookups& lookups) const {
    std::size_t alus = 0, shifts = 0;
    for (const Done& done : steps_) {
      if (is_shift(done.instruction.op)) {
        Shift::Columns<KoalaBear> row;
        Shift::fill(row, done.instruction.op, done.a, done.b, lookups);
        shift.put(shifts++, row);
      } else {
        Alu::Columns<KoalaBear> row;
        Alu::fill(row, done.instruction.op, done.a, done.b, lookups);
        alu.put(alus++, row);
      }
    }
    pad_from<Alu>(alu, alus);
    pad_from<Shift>(shift, shifts);
  }

  MemoryTrace memory_;
  std::vector<Done> steps_;
  std::size_t alus_ = 0, shifts_ = 0;
};

}  // namespace cairn::engine
