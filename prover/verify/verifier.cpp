#include "prover/verify/verifier.h"

#include <algorithm>

#include "prover/hash/poseidon2.h"
#include "prover/pcs/whir_verify.h"
#include "prover/verify/relation.h"

namespace cairn::engine {

std::vector<Statement> column_statements(const Layout& layout, std::span<const TableClaim> claims) {
  std::vector<Statement> out;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const PlacedTable& placed = layout.tables[i];
    Statement statement{claims[i].point, {}};
    for (std::size_t column = 0; column < claims[i].values.size(); ++column) {
      statement.claims.push_back(
          {(placed.cell_offset >> placed.log_height) + column, claims[i].values[column]});
    }
    out.push_back(std::move(statement));
  }
  return out;
}

VerifyReport verify(const MachineShape& machine, std::span<const std::uint8_t> proof,
                    std::span<const KoalaBear> public_values) {
  VerifyReport report;
  ProofHeader& header = report.header;
  report.error = read_header(machine, proof, header);
  if (!report.ok()) return report;
  if (!std::equal(header.public_values.begin(), header.public_values.end(), public_values.begin(),
                  public_values.end())) {
    report.error = VerifyError::public_values;
    return report;
  }
  const auto layout = lay_out(machine, header.log_heights, report.error);
  if (!layout) return report;
  const WhirParams* params = whir_params(layout->log_cells, header.log_inverse_rate);
  if (params == nullptr) {
    report.error = VerifyError::unsupported_size;
    return report;
  }

  Reader<Poseidon2Sponge> reader(proof.subspan(4 * header_words(machine)), proof_domain(machine));
  reader.observe(observed_words(header));
  const auto commitment = read_commitment<Poseidon2Hash>(reader, *params);
  const auto claims = verify_relation(reader, machine, *layout, public_values.data());
  if (reader.ok()) {
    verify_opening(reader, commitment, std::span<const Statement>(column_statements(*layout, claims)),
                   &report.permutations);
  }
  report.error = reader.ok() ? reader.finish() : reader.error();
  report.permutations += reader.permutations();
  return report;
}

}  // namespace cairn::engine
