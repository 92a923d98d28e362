// Whole proofs: of a table of Poseidon2 permutations, the usual measure of such systems.
#include <algorithm>
#include <fstream>

#include "bench/prover_lines.h"
#include "prover/chips/poseidon2_fill.h"
#include "prover/chips/poseidon2_machine.h"
#include "prover/field/isa.h"
#include "prover/parallel.h"
#include "prover/prove/prover.h"
#include "prover/soundness/machine.h"
#include "prover/verify/verifier.h"

namespace cairn::bench {
namespace {

using namespace engine;

using Chip = Poseidon2Chip<Poseidon2Spec::permutation>;
using Row = Chip::Columns<KoalaBear>;

/// Begins a new peak of this process's memory; false where the kernel does not allow it.
bool reset_peak_memory() {
  std::ofstream out("/proc/self/clear_refs");
  out << 5;
  out.flush();
  return out.good();
}

double peak_memory_mib() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

/// Row i permutes (i, i + 1, …); the first is looked up once, by the public values.
void fill_rows(const TableView& table) {
  std::vector<KoalaBear> inputs(poseidon2::width * table.height()), counts(table.height(), KoalaBear::zero());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    inputs[i] = KoalaBear::from(static_cast<std::uint32_t>(i / poseidon2::width + i % poseidon2::width));
  }
  counts[0] = KoalaBear::one();
  fill_permutations(table, inputs, counts);
}

std::vector<KoalaBear> public_values_of(const TableView& table) {
  const Row first = table.get<Row>(0);
  std::vector<KoalaBear> out(first.input, first.input + poseidon2::width);
  out.insert(out.end(), std::begin(first.final[poseidon2::half_full_rounds - 1]),
             std::end(first.final[poseidon2::half_full_rounds - 1]));
  return out;
}

Witness make_witness(unsigned log_rows) {
  auto witness = Witness::allocate(Poseidon2Machine::shape(), {static_cast<std::uint8_t>(log_rows)});
  CAIRN_ASSERT(witness.ok());
  fill_rows(witness->table(0));
  return std::move(witness).value();
}

void measure(const Options& options, Lines& lines, unsigned log_rows, unsigned log_rate) {
  const Json parameters = {{"chip", "poseidon2"},
                           {"log_rows", log_rows},
                           {"log_rate", log_rate},
                           {"threads", options.threads},
                           {"isa", isa_name(isa())}};
  const auto add = [&](std::string_view what, double value, std::string_view unit) {
    lines.add(what, value, unit, parameters);
  };
  Witness first = make_witness(log_rows);
  const std::vector<KoalaBear> public_values = public_values_of(first.table(0));
  const double cells = static_cast<double>(first.layout().cells),
               rows = static_cast<double>(first.table(0).height());

  PhaseTimes fastest;
  double seconds = 1e300;
  std::vector<std::uint8_t> proof;
  const bool fresh_peak = reset_peak_memory();
  const int calls = options.quick ? 1 : 3;
  for (int call = 0; call < calls; ++call) {
    Witness witness = call == 0 ? std::move(first) : make_witness(log_rows);
    PhaseTimes times;
    const double begun = seconds_now(options);
    auto result = prove<Poseidon2Machine>(std::move(witness), public_values, {log_rate, &times});
    const double took = seconds_now(options) - begun;
    CAIRN_ASSERT(result.ok());
    if (took < seconds) {
      seconds = took;
      fastest = times;
    }
    proof = std::move(result).value();
  }
  add("prove", seconds, "s");
  const double all = fastest.commit + fastest.gkr + fastest.zerocheck + fastest.open;
  add("prove_share_commit", fastest.commit / all, "of the time");
  add("prove_share_gkr", fastest.gkr / all, "of the time");
  add("prove_share_zerocheck", fastest.zerocheck / all, "of the time");
  add("prove_share_open", fastest.open / all, "of the time");
  add("prove_cells", cells / seconds, "committed cells/s");
  add("prove_permutations", rows / seconds, "permutations proved/s");
  add("prove_peak_memory", peak_memory_mib(), fresh_peak ? "MiB" : "MiB, of the whole process");
  add("proof_size", static_cast<double>(proof.size()) / 1024, "KiB");

  VerifyReport report;
  const double verify_s =
      fastest_s(options, [&] { report = verify<Poseidon2Machine>(proof, public_values); });
  CAIRN_ASSERT(report.ok());
  add("verify", verify_s * 1000, "ms");
  add("verify_permutations", static_cast<double>(report.permutations), "permutations");

  const int log_heights[] = {static_cast<int>(log_rows)};
  const auto statement = soundness::statement_of(Poseidon2Machine::shape(), log_heights).value();
  const WhirParams* whir = whir_params(static_cast<unsigned>(soundness::log_cells(statement)), log_rate);
  const auto bits =
      soundness::provable(statement, soundness::whir_parameters(*whir, soundness::claims_of(statement)));
  CAIRN_ASSERT(bits.ok());
  add("provable_bits", bits->total_bits, "bits");
}

}  // namespace

void measure_poseidon2_proof(const Options& options, Lines& lines) {
  set_thread_count(options.threads);
  std::vector<unsigned> sizes = options.quick ? std::vector{14u} : std::vector{14u, 16u, 18u};
  if (options.log_rows != 0) sizes = {options.log_rows};
  for (const unsigned log_rows : sizes) {
    for (const unsigned log_rate : {1u, 2u}) measure(options, lines, log_rows, log_rate);
  }
}

}  // namespace cairn::bench
