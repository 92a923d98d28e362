#include "prover/verify/logup.h"

#include "prover/poly/multilinear.h"

namespace cairn::engine {

Fraction boundary_sum(const MachineShape& machine, const KoalaBear* public_values,
                      const Fingerprint& fingerprint) {
  Fraction sum{Quintic::zero(), Quintic::one()};
  if (machine.boundary == nullptr) return sum;
  for (const BoundaryTuple& one : machine.boundary(public_values)) {
    Quintic denominator = fingerprint.constant(one.bus);
    for (std::size_t i = 0; i < one.tuple.size(); ++i) denominator -= fingerprint.weights[i] * one.tuple[i];
    const Quintic here = one.received ? -sum.denominator : sum.denominator;
    sum.numerator = sum.numerator * denominator + here;
    sum.denominator *= denominator;
  }
  return sum;
}

std::vector<Quintic> emission_weights(const MachineShape& machine, const Layout& layout,
                                      const PlacedTable& placed, const Fingerprint& fingerprint,
                                      std::span<const Quintic> point, std::span<const Quintic> alpha_powers,
                                      Quintic& constant) {
  const TableShape& table = machine.tables[placed.table];
  std::vector<Quintic> at(table.interactions.size());
  for (std::size_t i = 0; i < at.size(); ++i) {
    const std::uint64_t place = (placed.fraction_offset >> placed.log_height) + i;
    at[i] = eq_at(place, point.first(layout.log_fractions - placed.log_height));
    constant += at[i] * fingerprint.constant(table.interactions[i].bus);
  }
  std::vector<Quintic> weights(table.emissions.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Emission& said = table.emissions[i];
    switch (said.kind) {
      case Emission::Kind::constraint:
        weights[i] = alpha_powers[2 + placed.first_constraint + said.index];
        break;
      case Emission::Kind::multiplicity:
        weights[i] = table.interactions[said.index].received ? -at[said.index] : at[said.index];
        break;
      case Emission::Kind::element:
        weights[i] = -(alpha_powers[1] * at[said.index] * fingerprint.weights[said.element]);
        break;
    }
  }
  return weights;
}

Quintic tail_indicator(std::uint64_t count, std::span<const Quintic> point) {
  if (count >> point.size() != 0) return Quintic::zero();
  // i >= count: equal in the first coordinates, then 1 against 0; or equal in all.
  Quintic equal = Quintic::one(), sum = Quintic::zero();
  for (std::size_t i = 0; i < point.size(); ++i) {
    const bool set = (count >> (point.size() - 1 - i) & 1) != 0;
    if (!set) sum += equal * point[i];
    equal *= set ? point[i] : Quintic::one() - point[i];
  }
  return sum + equal;
}

}  // namespace cairn::engine
