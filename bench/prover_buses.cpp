// Buses: the sum of many fractions by GKR, and whole proofs of a machine that lives on its buses.
#include <algorithm>

#include "bench/prover_lines.h"
#include "prover/chips/calculator.h"
#include "prover/field/isa.h"
#include "prover/parallel.h"
#include "prover/prove/gkr.h"
#include "prover/prove/prover.h"
#include "prover/verify/verifier.h"

namespace cairn::bench {
namespace {

using namespace engine;

/// Not balanced, which costs as much.
Fractions some_fractions(unsigned log_size) {
  const std::size_t size = std::size_t{1} << log_size;
  Fractions out{BaseVector(size), staggered(size)};
  for (std::size_t i = 0; i < size; ++i) {
    out.numerators[i] = KoalaBear::from(i % 3);
    for (std::size_t k = 0; k < Quintic::degree; ++k)
      out.denominators.plane(k)[i] = KoalaBear::from(7919 * i + k + 1);
  }
  return out;
}

}  // namespace

void measure_gkr(const Options& options, Lines& lines) {
  const unsigned log_size = options.quick ? 16 : 20;
  double seconds = 1e300;
  for (int call = 0; call < 3; ++call) {
    Fractions fractions = some_fractions(log_size);
    Writer<Poseidon2Sponge> writer({"bench", 1, {}});
    const double begun = seconds_now(options);
    prove_gkr(writer, std::move(fractions));
    seconds = std::min(seconds, seconds_now(options) - begun);
  }
  lines.add("gkr", static_cast<double>(std::size_t{1} << log_size) / seconds, "fractions/s",
            {{"log_size", log_size}, {"threads", options.threads}, {"isa", isa_name(isa())}});
}

void measure_calculator_proof(const Options& options, Lines& lines) {
  const std::size_t steps = options.quick ? std::size_t{1} << 12 : std::size_t{1} << 16;
  std::vector<Instruction> program;
  for (std::uint32_t i = 0; i < steps; ++i) {
    program.push_back({static_cast<Operation>(1 + i % (operations_end - 1)), i * 7 % 64, i * 5 % 64, i % 64});
  }
  std::vector<std::uint32_t> initial;
  for (std::uint32_t i = 0; i < 64; ++i) initial.push_back(i * 2654435761u);
  const CalculatorRun run(program, std::move(initial));
  LogHeights heights;
  for (const int log_height : run.log_heights())
    heights.push_back(static_cast<std::uint8_t>(std::max(0, log_height)));
  const auto publics = run.public_values();
  const Json parameters = {{"steps", steps}, {"threads", options.threads}, {"isa", isa_name(isa())}};

  double seconds = 1e300, cells = 0, fractions = 0;
  PhaseTimes fastest;
  std::vector<std::uint8_t> proof;
  for (int call = 0; call < 2; ++call) {
    auto witness = Witness::allocate(Calculator::shape(), heights);
    CAIRN_ASSERT(witness.ok());
    run.fill(witness->tables());
    cells = static_cast<double>(witness->layout().cells);
    fractions = static_cast<double>(witness->layout().fractions);
    PhaseTimes times;
    const double begun = seconds_now(options);
    auto result = prove<Calculator>(std::move(witness).value(), publics, {1, &times});
    const double took = seconds_now(options) - begun;
    CAIRN_ASSERT(result.ok());
    if (took < seconds) seconds = took, fastest = times;
    proof = std::move(result).value();
  }
  CAIRN_ASSERT(verify<Calculator>(proof, publics).ok());
  const double all = fastest.commit + fastest.gkr + fastest.zerocheck + fastest.open;
  lines.add("calculator_prove", seconds, "s", parameters);
  lines.add("calculator_share_commit", fastest.commit / all, "of the time", parameters);
  lines.add("calculator_share_gkr", fastest.gkr / all, "of the time", parameters);
  lines.add("calculator_share_zerocheck", fastest.zerocheck / all, "of the time", parameters);
  lines.add("calculator_share_open", fastest.open / all, "of the time", parameters);
  lines.add("calculator_cells", cells / seconds, "committed cells/s", parameters);
  lines.add("calculator_fractions", fractions / seconds, "fractions/s", parameters);
  lines.add("calculator_steps", static_cast<double>(steps) / seconds, "steps/s", parameters);
}

}  // namespace cairn::bench
