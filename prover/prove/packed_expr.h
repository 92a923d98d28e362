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
CAIRN_DEVICE P operator+(const P& a, KoalaBear b) { return a + P::broadcast(b); }
template <PackedBase P>
CAIRN_DEVICE P operator+(KoalaBear a, const P& b) { return P::broadcast(a) + b; }
template <PackedBase P>
CAIRN_DEVICE P operator-(const P& a, KoalaBear b) { return a - P::broadcast(b); }
template <PackedBase P>
CAIRN_DEVICE P operator-(KoalaBear a, const P& b) { return P::broadcast(a) - b; }
template <PackedBase P>
CAIRN_DEVICE P operator*(const P& a, KoalaBear b) { return a * P::broadcast(b); }
template <PackedBase P>
CAIRN_DEVICE P operator*(KoalaBear a, const P& b) { return P::broadcast(a) * b; }

template <PackedBase P>
CAIRN_DEVICE PackedQuintic<P> operator+(const PackedQuintic<P>& a, KoalaBear b) { return a + P::broadcast(b); }
template <PackedBase P>
CAIRN_DEVICE PackedQuintic<P> operator+(KoalaBear a, const PackedQuintic<P>& b) { return b + P::broadcast(a); }
template <PackedBase P>
CAIRN_DEVICE PackedQuintic<P> operator-(const PackedQuintic<P>& a, KoalaBear b) { return a - P::broadcast(b); }
template <PackedBase P>
CAIRN_DEVICE PackedQuintic<P> operator-(KoalaBear a, const PackedQuintic<P>& b) { return -(b - P::broadcast(a)); }
template <PackedBase P>
CAIRN_DEVICE PackedQuintic<P> operator*(const PackedQuintic<P>& a, KoalaBear b) { return a * P::broadcast(b); }
template <PackedBase P>
CAIRN_DEVICE PackedQuintic<P> operator*(KoalaBear a, const PackedQuintic<P>& b) { return b * P::broadcast(a); }

template <PackedBase P>
CAIRN_DEVICE void weigh_into(PackedQuintic<P>& sum, const Quintic& weight, const P& value) {
  sum += PackedQuintic<P>::broadcast(weight) * value;
}
template <PackedBase P>
CAIRN_DEVICE void weigh_into(PackedQuintic<P>& sum, const Quintic& weight, const PackedQuintic<P>& value) {
  sum += PackedQuintic<P>::broadcast(weight) * value;
}
template <PackedBase P>
CAIRN_DEVICE P lift_to(KoalaBear x, const P*) { return P::broadcast(x); }
template <PackedBase P>
CAIRN_DEVICE PackedQuintic<P> lift_to(KoalaBear x, const PackedQuintic<P>*) {
  return PackedQuintic<P>::from(P::broadcast(x));
}

}  // namespace cairn::engine
