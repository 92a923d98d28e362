// The machine of the throughput benchmark, and the smallest whole example: a table of Poseidon2 permutations,
// one of which is public. A proof says: the public values are some input and its permutation; and the prover
// has computed as many other permutations as the table has rows.
#pragma once

#include "prover/air/machine.h"
#include "prover/chips/poseidon2.h"

namespace cairn::engine {

struct Poseidon2Spec {
  static constexpr std::string_view name = "poseidon2-1";
  static constexpr unsigned public_values = 2 * poseidon2::width;  ///< input, output
  enum : unsigned { permutation = 0 };
  static constexpr std::array buses = {Bus{"permutation", BusKind::lookup, 2 * poseidon2::width}};

  static std::vector<BoundaryTuple> boundary(const KoalaBear* publics) {
    return {{permutation, false, {publics, publics + public_values}}};
  }
};

using Poseidon2Machine = Machine<Poseidon2Spec,  //
                                 Poseidon2Chip<Poseidon2Spec::permutation>>;

}  // namespace cairn::engine
