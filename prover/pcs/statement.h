// What an opening proves about a committed polynomial P in n variables.
#pragma once

#include <cstdint>
#include <vector>

#include "prover/field/quintic.h"

namespace cairn::engine {

/// P(bits(selector), point) = value: the selector fixes the first n - m variables (its most
/// significant bit is variable 0), the point of the statement the last m.
struct Claim {
  std::uint64_t selector;  ///< < 2^(n - m).
  Quintic value;
};

/// Claims at one point of m <= n coordinates: columns of one table stacked in P. A dense claim has
/// m = n and selector 0, a single cell m = 0 and its index as selector. Whoever opens or verifies
/// has absorbed point and values, or derives both from what was absorbed.
struct Statement {
  std::vector<Quintic> point;
  std::vector<Claim> claims;
};

}  // namespace cairn::engine
