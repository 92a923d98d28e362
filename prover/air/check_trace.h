// The row-by-row check: which constraint of which table fails in which row, and which tuples of which bus
// do not balance. Slow, exact, for tests and for people who write chips; a proof does not need it.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "prover/air/builder.h"
#include "prover/air/machine.h"
#include "prover/air/table_view.h"

namespace cairn::engine {

/// One thing wrong with a trace. `row` of the first time it is; constraints and buses have names and numbers.
struct Fault {
  std::string table;  ///< Empty for a bus.
  std::size_t row = 0;
  std::string what;  ///< "constraint 3 (sum)" or "bus byte: (1, 2) sent 3 more times than received".
};

/// "adder, row 7: constraint 3 (sum)".
std::string to_string(const Fault& fault);

/// Per bus and tuple, sent minus received, as an element: a free multiplicity wraps around p as it does in a
/// proof.
using BusBalance = std::map<std::pair<unsigned, std::vector<std::uint32_t>>, KoalaBear>;

class RowChecker : public Builder<RowChecker, KoalaBear> {
 public:
  RowChecker(const KoalaBear* structured, const KoalaBear* public_values, BusBalance& balance)
      : structured_(structured), public_values_(public_values), balance_(balance) {}

  void on_constraint(KoalaBear value, const char* name) {
    if (!value.is_zero()) failed.emplace_back(constraints, name);
    ++constraints;
  }
  void on_interaction(unsigned bus, Side side, bool counted, KoalaBear multiplicity, const KoalaBear* tuple,
                      std::size_t width);
  KoalaBear lift(KoalaBear x) const { return x; }
  const KoalaBear* public_values() const { return public_values_; }
  const KoalaBear* structured_values() const { return structured_; }

  std::vector<std::pair<std::size_t, const char*>> failed;
  std::size_t constraints = 0;

 private:
  const KoalaBear* structured_;
  const KoalaBear* public_values_;
  BusBalance& balance_;
};

void add_boundary(const MachineShape& machine, const KoalaBear* public_values, BusBalance& balance);
void report_buses(const MachineShape& machine, const BusBalance& balance, std::vector<Fault>& faults);

/// Faults of one table, at most one a constraint; its interactions are added to `balance`.
template <class Chip>
void check_table_rows(const TableView& table, const KoalaBear* public_values, BusBalance& balance,
                      std::vector<Fault>& faults) {
  std::vector<bool> seen;
  std::vector<KoalaBear> fixed(Chip::structured.size());
  for (std::size_t row = 0; row < table.height(); ++row) {
    for (std::size_t i = 0; i < fixed.size(); ++i) fixed[i] = Chip::structured[i].at(row, table.log_height);
    RowChecker checker(fixed.data(), public_values, balance);
    Chip::eval(checker, table.template get<typename Chip::template Columns<KoalaBear>>(row));
    seen.resize(checker.constraints);
    for (const auto& [index, name] : checker.failed) {
      if (seen[index]) continue;
      seen[index] = true;
      faults.push_back(
          {std::string(Chip::name), row,
           "constraint " + std::to_string(index) + (*name != 0 ? " (" + std::string(name) + ")" : "")});
    }
  }
}

/// Everything wrong with the trace; empty when a proof of it will be accepted. A table without cells is
/// absent.
template <class M>
std::vector<Fault> check_trace(std::span<const TableView> tables, std::span<const KoalaBear> public_values) {
  std::vector<Fault> faults;
  BusBalance balance;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (void(tables[I].cells != nullptr ? check_table_rows<typename M::template Chip<I>>(
                                           tables[I], public_values.data(), balance, faults)
                                     : void()),
     ...);
  }
  (std::make_index_sequence<M::tables>());
  add_boundary(M::shape(), public_values.data(), balance);
  report_buses(M::shape(), balance, faults);
  return faults;
}

}  // namespace cairn::engine
