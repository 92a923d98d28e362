#include "prover/verify/verifier.h"

#include <algorithm>

#include "prover/hash/poseidon2.h"
#include "prover/pcs/whir_verify.h"
#include "prover/verify/relation.h"

namespace cairn::engine {

std::vector<Statement> column_statements(const MachineShape& machine, const Layout& layout,
                                         std::span<const TableClaim> claims) {
  std::vector<Statement> out;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const PlacedTable& placed = layout.tables[i];
    const std::vector<KoalaBear>& padding = machine.tables[placed.table].padding;
    const std::span<const Quintic> point(claims[i].point);
    Statement statement(claims[i].point, {}, {});
    for (const PlacedPiece& piece : placed.pieces) {
      const unsigned log_rows = piece.log_rows;
      statement.pieces.push_back(
          {log_rows, piece.cell_offset >> log_rows,
           eq_at(piece.first_row >> log_rows, point.first(placed.log_height - log_rows))});
    }
    const bool whole = placed.committed_rows == std::uint64_t{1} << placed.log_height;
    const Quintic missing = whole ? Quintic::zero() : tail_indicator(placed.committed_rows, point);
    for (std::size_t column = 0; column < claims[i].values.size(); ++column) {
      const Quintic& value = claims[i].values[column];
      statement.claims.push_back({column, whole ? value : value - missing * padding[column]});
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
  const auto layout = lay_out(machine, header.rows, report.error);
  if (!layout) return report;
  const WhirParams* params = whir_params(layout->log_cells, header.log_inverse_rate);
  if (params == nullptr) {
    report.error = VerifyError::unsupported_size;
    return report;
  }

  Reader<Poseidon2Sponge> reader(proof.subspan(4 * header_words(machine)), proof_domain(machine));
  reader.observe(observed_words(header));
  const auto commitment = read_commitment<Poseidon2Hash>(reader, *params, layout->cells);
  const auto claims = verify_relation(reader, machine, *layout, public_values.data());
  if (reader.ok()) {
    const std::vector<Statement> statements = column_statements(machine, *layout, claims);
    verify_opening(reader, commitment, std::span<const Statement>(statements), &report.permutations);
  }
  report.error = reader.ok() ? reader.finish() : reader.error();
  report.permutations += reader.permutations();
  return report;
}

}  // namespace cairn::engine
