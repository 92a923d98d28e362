#include "prover/prove/prover.h"

#include "prover/hash/poseidon2.h"
#include "prover/pcs/whir_prove.h"
#include "prover/prove/relation.h"
#include "prover/prove/stopwatch.h"
#include "prover/prove/trace.h"
#include "prover/verify/verifier.h"

namespace cairn::engine {

Result<std::vector<std::uint8_t>> prove(const MachineShape& machine, MachineKernels kernels, Witness witness,
                                        std::span<const KoalaBear> public_values,
                                        const ProveOptions& options) {
  const CommittedRows rows = witness.committed_rows(machine);
  VerifyError refused = VerifyError::none;
  const auto laid_out = lay_out(machine, rows, refused);
  if (!laid_out) return Error{Code::invalid_input, std::string(verify_error_name(refused))};
  const Layout& layout = *laid_out;
  const WhirParams* params = whir_params(layout.log_cells, options.log_inverse_rate);
  if (params == nullptr) return Error{Code::invalid_input, "no parameters for this size and rate"};
  if (public_values.size() != machine.public_values)
    return Error{Code::invalid_input, "wrong number of public values"};

  PhaseTimes times;
  Stopwatch watch;
  const ProofHeader header{static_cast<std::uint8_t>(options.log_inverse_rate),
                           rows,
                           {public_values.begin(), public_values.end()}};
  Writer<Poseidon2Sponge> writer(proof_domain(machine));
  writer.observe(observed_words(header));
  const std::vector<TableTrace> traces = make_traces(machine, witness, kernels);
  auto committed = commit<Poseidon2Hash>(writer, witness.stack(layout), layout.cells, *params);
  times.commit = watch.lap();
  if (options.work != nullptr) {
    *options.work = {rows, layout.cells, (committed.values.size() >> whir_first_fold) * committed.blocks,
                     committed.codeword.height() * committed.leaf_words};
  }

  RelationTimes relation;
  const auto claims = prove_relation(writer, machine, layout, std::span<const TableTrace>(traces),
                                     public_values.data(), &relation);
  times.gkr = relation.gkr;
  times.zerocheck = relation.zerocheck;
  watch.lap();

  witness.drop();
  const std::vector<Statement> statements = column_statements(machine, layout, claims);
  open(writer, std::move(committed), std::span<const Statement>(statements));
  times.open = watch.lap();
  if (options.times != nullptr) *options.times = times;

  std::vector<std::uint8_t> proof;
  write_header(machine, header, proof);
  const auto& words = writer.bytes();
  proof.insert(proof.end(), words.begin(), words.end());
  return proof;
}

}  // namespace cairn::engine
