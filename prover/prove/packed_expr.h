// What chips do with packed elements beyond their own arithmetic: constants, and weighted sums.
#pragma once

#include "prover/air/value_builder.h"
#include "prover/field/packed_quintic.h"

namespace cairn::engine {

/// A packed base field type.
template <class P>
concept PackedBase = requires(KoalaBear x) {
  P::lanes;
  P::broadcast(x);
};

template <PackedBase P>
CAIRN_DEVICE P operator+(const P& a, KoalaBear b) {
  return a + P::broadcast(b);
}
template <PackedBase P>
CAIRN_DEVICE P operator+(KoalaBear a, const P& b) {
  return P::broadcast(a) + b;
}
template <PackedBase P>
CAIRN_DEVICE P operator-(const P& a, KoalaBear b) {
  return a - P::broadcast(b);
}
template <PackedBase P>
CAIRN_DEVICE P operator-(KoalaBear a, const P& b) {
  return P::broadcast(a) - b;
}
template <PackedBase P>
CAIRN_DEVICE P operator*(const P& a, KoalaBear b) {
  return a * P::broadcast(b);
}
template <PackedBase P>
CAIRN_DEVICE P operator*(KoalaBear a, const P& b) {
  return P::broadcast(a) * b;
}

template <PackedBase P, bool called>
CAIRN_DEVICE PackedQuintic<P, called> operator+(const PackedQuintic<P, called>& a, KoalaBear b) {
  return a + P::broadcast(b);
}
template <PackedBase P, bool called>
CAIRN_DEVICE PackedQuintic<P, called> operator+(KoalaBear a, const PackedQuintic<P, called>& b) {
  return b + P::broadcast(a);
}
template <PackedBase P, bool called>
CAIRN_DEVICE PackedQuintic<P, called> operator-(const PackedQuintic<P, called>& a, KoalaBear b) {
  return a - P::broadcast(b);
}
template <PackedBase P, bool called>
CAIRN_DEVICE PackedQuintic<P, called> operator-(KoalaBear a, const PackedQuintic<P, called>& b) {
  return -(b - P::broadcast(a));
}
template <PackedBase P, bool called>
CAIRN_DEVICE PackedQuintic<P, called> operator*(const PackedQuintic<P, called>& a, KoalaBear b) {
  return a * P::broadcast(b);
}
template <PackedBase P, bool called>
CAIRN_DEVICE PackedQuintic<P, called> operator*(KoalaBear a, const PackedQuintic<P, called>& b) {
  return b * P::broadcast(a);
}

template <PackedBase P, bool called>
CAIRN_DEVICE void weigh_into(PackedQuintic<P, called>& sum, const Quintic& weight, const P& value) {
  sum += PackedQuintic<P, called>::broadcast(weight) * value;
}
template <PackedBase P, bool called>
CAIRN_DEVICE void weigh_into(PackedQuintic<P, called>& sum, const Quintic& weight,
                             const PackedQuintic<P, called>& value) {
  sum += PackedQuintic<P, called>::broadcast(weight) * value;
}
template <PackedBase P>
CAIRN_DEVICE P lift_to(KoalaBear x, const P*) {
  return P::broadcast(x);
}
template <PackedBase P, bool called>
CAIRN_DEVICE PackedQuintic<P, called> lift_to(KoalaBear x, const PackedQuintic<P, called>*) {
  return PackedQuintic<P, called>::from(P::broadcast(x));
}

}  // namespace cairn::engine
