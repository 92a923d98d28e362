// What an opening proves about a committed polynomial P in n variables.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "prover/field/quintic.h"

namespace cairn::engine {

/// One column: its value at the statement's point.
struct Claim {
  std::uint64_t selector;  ///< Its place among columns: see Statement.
  Quintic value;
};

/// A part of each column of a statement: 2^variables of its values, which lie together in P.
struct Piece {
  unsigned variables;   ///< v: the last coordinates of the point are those of the piece.
  std::uint64_t first;  ///< What is added to a claim's selector.
  Quintic coefficient;
};

/// Claims at one point of m <= n coordinates: columns of one table stacked in P. The sum over the pieces of
/// coefficient P(bits(first + selector), last v coordinates of the point) is the claim's value; the bits fix
/// the first n - v variables (the most significant is variable 0). A dense claim has m = n and selector 0, a
/// single cell m = 0 and its index as selector. Whoever opens or verifies has absorbed point, coefficients
/// and values, or derives them from what was absorbed.
struct Statement {
  /// Columns in one piece.
  Statement(std::vector<Quintic> at, std::vector<Claim> columns)
      : point(std::move(at)),
        pieces{{static_cast<unsigned>(point.size()), 0, Quintic::one()}},
        claims(std::move(columns)) {}
  Statement(std::vector<Quintic> at, std::vector<Piece> of, std::vector<Claim> columns)
      : point(std::move(at)), pieces(std::move(of)), claims(std::move(columns)) {}

  std::vector<Quintic> point;
  std::vector<Piece> pieces;
  std::vector<Claim> claims;
};

}  // namespace cairn::engine
