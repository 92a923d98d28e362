// The statements of the golden proofs. Each must stay as it is for as long as its proof is kept.
#pragma once

#include "prover/chips/calculator.h"
#include "prover/chips/poseidon2_machine.h"
#include "prover/prove/prover.h"
#include "tests/unit/prover/chips/calculator_programs.h"
#include "tests/unit/prover/demo_machine.h"

namespace cairn::engine::test {

using Bytes = std::vector<std::uint8_t>;

struct Golden {
  Bytes proof;
  std::vector<KoalaBear> public_values;
};

inline Golden golden_demo(LogHeights heights, std::size_t cubes, unsigned log_inverse_rate) {
  Golden out{{}, {number(5), number(6)}};
  auto witness = Witness::allocate(DemoMachine::shape(), std::move(heights)).value();
  fill_demo(witness.tables(), cubes, out.public_values[0], out.public_values[1], 1);
  out.proof = prove<DemoMachine>(std::move(witness), out.public_values, {log_inverse_rate, nullptr}).value();
  return out;
}

inline Golden golden_poseidon2(unsigned log_inverse_rate) {
  using Chip = Poseidon2Machine::Chip<0>;
  auto witness = Witness::allocate(Poseidon2Machine::shape(), {5}).value();
  Golden out;
  for (std::uint32_t i = 0; i < 32; ++i) {
    Chip::Columns<KoalaBear> row;
    for (std::uint32_t k = 0; k < poseidon2::width; ++k) row.input[k] = number(1000 * i + k);
    Chip::fill(row, i == 0 ? KoalaBear::one() : KoalaBear::zero());
    witness.table(0).put(i, row);
    if (i > 0) continue;
    out.public_values.assign(std::begin(row.input), std::end(row.input));
    const auto& output = row.final[poseidon2::half_full_rounds - 1];
    out.public_values.insert(out.public_values.end(), std::begin(output), std::end(output));
  }
  out.proof =
      prove<Poseidon2Machine>(std::move(witness), out.public_values, {log_inverse_rate, nullptr}).value();
  return out;
}

inline Golden golden_calculator(unsigned log_inverse_rate) {
  const CalculatorRun run(random_program(37, 16, 1), random_words(16, 2));
  LogHeights heights;
  for (const int log_height : run.log_heights())
    heights.push_back(static_cast<std::uint8_t>(std::max(0, log_height)));
  auto witness = Witness::allocate(Calculator::shape(), heights).value();
  run.fill(witness.tables());
  const auto publics = run.public_values();
  Golden out{{}, {publics.begin(), publics.end()}};
  out.proof = prove<Calculator>(std::move(witness), out.public_values, {log_inverse_rate, nullptr}).value();
  return out;
}

}  // namespace cairn::engine::test
