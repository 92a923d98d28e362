// One honest trace of every machine. A new machine adds a function here and a line to EveryMachine.
#pragma once

#include "prover/chips/calculator.h"
#include "prover/chips/poseidon2_machine.h"
#include "tests/unit/prover/chips/calculator_programs.h"
#include "tests/unit/prover/demo_machine.h"
#include "tests/unit/prover/tower_machine.h"
#include "tests/unit/prover/trials.h"

namespace cairn::engine::test {

template <class M>
Trial honest_trial();

template <>
inline Trial honest_trial<DemoMachine>() {
  Trial trial{Witness::allocate(DemoMachine::shape(), {8, 5, 6}).value(),
              {KoalaBear::from(5), KoalaBear::from(6)},
              {256, 20, 21}};
  fill_demo(trial.witness.tables(), 20, trial.public_values[0], trial.public_values[1], 1);
  return trial;
}

template <>
inline Trial honest_trial<TowerMachine>() {
  Trial trial{Witness::allocate(TowerMachine::shape(), {9, 4}).value(), {KoalaBear::from(4)}, {512, 5}};
  fill_tower(trial.witness.tables(), trial.public_values[0], 5);
  return trial;
}

/// 11 permutations in 16 rows; the first is public.
template <>
inline Trial honest_trial<Poseidon2Machine>() {
  using Chip = Poseidon2Machine::Chip<0>;
  Trial trial{Witness::allocate(Poseidon2Machine::shape(), {4}).value(), {}, {11}};
  const TableView table = trial.witness.table(0);
  for (std::size_t i = 0; i <= trial.real_rows[0]; ++i) {
    Chip::Columns<KoalaBear> row;
    for (std::size_t k = 0; k < poseidon2::width; ++k) row.input[k] = KoalaBear::from(1000 * i + k);
    Chip::fill(row, i == 0 ? KoalaBear::one() : KoalaBear::zero());
    table.put(i, row);
    if (i > 0) continue;
    trial.public_values.assign(row.input, row.input + poseidon2::width);
    const auto& output = row.final[poseidon2::half_full_rounds - 1];
    trial.public_values.insert(trial.public_values.end(), output, output + poseidon2::width);
  }
  table.repeat_from(trial.real_rows[0]);
  return trial;
}

template <>
inline Trial honest_trial<Calculator>() {
  const CalculatorRun run(random_program(37, 16, 1), random_words(16, 2));
  LogHeights heights;
  for (const int log_height : run.log_heights())
    heights.push_back(static_cast<std::uint8_t>(std::max(0, log_height)));
  const auto publics = run.public_values();
  const auto rows = run.rows();
  Trial trial{Witness::allocate(Calculator::shape(), heights).value(),
              {publics.begin(), publics.end()},
              {rows.begin(), rows.end()}};
  run.fill(trial.witness.tables());
  return trial;
}

}  // namespace cairn::engine::test
