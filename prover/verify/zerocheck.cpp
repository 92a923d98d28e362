#include "prover/verify/zerocheck.h"

#include <array>

namespace cairn::engine {

template <class Sponge>
std::vector<TableClaim> verify_zerocheck(Reader<Sponge>& reader, const MachineShape& machine,
                                         const Layout& layout, const KoalaBear* public_values,
                                         std::span<const Quintic> tau,
                                         std::span<const std::vector<Quintic>> weights, const Quintic& sum) {
  std::vector<Quintic> point(layout.rounds);
  Quintic left = sum;
  for (unsigned variable = layout.rounds; variable-- > 0;) {
    std::array<Quintic, kDegreeMax> c;  // c1, c2, c3; (1 - t) p(0) + t p(1) = left gives c0
    reader.extension(c);
    const Quintic c0 = left - tau[variable] * (c[0] + c[1] + c[2]);
    const Quintic r = reader.challenge();
    point[variable] = r;
    left = c0 + r * (c[0] + r * (c[1] + r * c[2]));
  }
  std::vector<TableClaim> claims;
  for (std::size_t i = 0; i < layout.tables.size() && reader.ok(); ++i) {
    const PlacedTable& placed = layout.tables[i];
    const TableShape& table = machine.tables[placed.table];
    TableClaim claim{
        placed.table, {point.end() - placed.log_height, point.end()}, std::vector<Quintic>(table.width)};
    reader.extension(claim.values);
    std::vector<Quintic> structured;
    for (const Structured& column : table.structured) {
      structured.push_back(column.evaluate(claim.point.data(), placed.log_height));
    }
    left -= table.fold(claim.values.data(), structured.data(), public_values, weights[i].data());
    claims.push_back(std::move(claim));
  }
  if (!left.is_zero()) reader.fail(VerifyError::zerocheck);
  return claims;
}

template std::vector<TableClaim> verify_zerocheck(Reader<Poseidon2Sponge>&, const MachineShape&,
                                                  const Layout&, const KoalaBear*, std::span<const Quintic>,
                                                  std::span<const std::vector<Quintic>>, const Quintic&);

}  // namespace cairn::engine
