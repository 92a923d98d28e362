// Honest traces of every machine, and what becomes of them when they are changed.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "prover/air/check_trace.h"
#include "prover/prove/prover.h"
#include "prover/prove/relation.h"
#include "prover/verify/relation.h"

namespace cairn::engine::test {

/// An honest trace and its statement; `real_rows` per table, in front of the padding.
struct Trial {
  Witness witness;
  std::vector<KoalaBear> public_values;
  std::vector<std::size_t> real_rows;
};

inline const Domain kTrialDomain{"trial", 1, {}};

/// What the verifier says of buses and constraints. The columns at the last point are taken as they are,
/// without a commitment: what it refuses here it refuses whatever the opening says.
template <class M>
VerifyError relation_verdict(const Trial& trial) {
  Writer<Poseidon2Sponge> writer(kTrialDomain);
  const auto traces = make_traces(M::shape(), trial.witness, machine_kernels<M>);
  prove_relation(writer, M::shape(), trial.witness.layout(), std::span<const TableTrace>(traces),
                 trial.public_values.data());
  const auto bytes = writer.take();
  Reader<Poseidon2Sponge> reader(bytes, kTrialDomain);
  verify_relation(reader, M::shape(), trial.witness.layout(), trial.public_values.data());
  return reader.finish();
}

template <class M>
std::vector<std::string> faults_of(const Trial& trial) {
  std::vector<std::string> out;
  for (const Fault& fault : check_trace<M>(trial.witness.tables(), trial.public_values))
    out.push_back(to_string(fault));
  return out;
}

/// One cell of the trace changed and put back.
template <class Look>
auto with_cell(const Trial& trial, std::size_t table, std::size_t row, std::size_t column, KoalaBear change,
               Look&& look) {
  KoalaBear& cell = trial.witness.table(table).at(row, column);
  const KoalaBear before = cell;
  cell += change;
  auto seen = look();
  cell = before;
  return seen;
}

/// Changes every committed column in turn, in the first, a middle and the last real row and in the padding.
/// Returns the changes that were accepted: in real rows all, in padding those of which check_trace() finds
/// something wrong.
template <class M>
std::vector<std::string> accepted_changes(const Trial& trial, std::size_t& tried) {
  std::vector<std::string> out;
  for (std::size_t t = 0; t < trial.witness.tables().size(); ++t) {
    const TableView& table = trial.witness.table(t);
    if (table.cells == nullptr) continue;
    const std::size_t real = trial.real_rows[t];
    std::vector<std::size_t> rows = {0, real / 2, real - 1};
    if (real < table.height()) rows.insert(rows.end(), {real, table.height() - 1});
    for (std::size_t column = 0; column < table.width; ++column) {
      for (const std::size_t row : rows) {
        ++tried;
        const bool accepted = with_cell(trial, t, row, column, KoalaBear::one(), [&] {
          return relation_verdict<M>(trial) == VerifyError::none &&
                 (row < real || !faults_of<M>(trial).empty());
        });
        if (!accepted) continue;
        out.push_back(std::string(M::shape().tables[t].name) + " row " + std::to_string(row) + " column " +
                      std::to_string(column));
      }
    }
  }
  return out;
}

}  // namespace cairn::engine::test
