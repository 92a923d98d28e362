// P::lanes extension elements as five packed coordinates; P is a packed type (packed_scalar.h).
#pragma once

#include <cstddef>

#include "prover/field/packed_scalar.h"
#include "prover/field/quintic.h"

namespace cairn::engine {

/// With `called`, products are calls of one function. Chips say hundreds of them: as code in line they take
/// minutes to compile and do not fit the cache of instructions.
template <class P, bool called = false>
struct PackedQuintic {
  static constexpr std::size_t lanes = P::lanes;
  P c[Quintic::degree];

  /// Elements i … i + lanes - 1 of planes that begin at `planes` and are `stride` elements apart.
  CAIRN_DEVICE static PackedQuintic load(const KoalaBear* planes, std::size_t stride, std::size_t i) {
    return {{P::load(planes + i), P::load(planes + stride + i), P::load(planes + 2 * stride + i),
             P::load(planes + 3 * stride + i), P::load(planes + 4 * stride + i)}};
  }
  CAIRN_DEVICE void store(KoalaBear* planes, std::size_t stride, std::size_t i) const {
    for (std::size_t k = 0; k < Quintic::degree; ++k) c[k].store(planes + k * stride + i);
  }
  CAIRN_DEVICE static PackedQuintic broadcast(const Quintic& x) {
    return {{P::broadcast(x.c[0]), P::broadcast(x.c[1]), P::broadcast(x.c[2]), P::broadcast(x.c[3]),
             P::broadcast(x.c[4])}};
  }
  CAIRN_DEVICE static PackedQuintic zero() {
    return {{P::zero(), P::zero(), P::zero(), P::zero(), P::zero()}};
  }
  CAIRN_DEVICE static PackedQuintic from(P x) { return {{x, P::zero(), P::zero(), P::zero(), P::zero()}}; }

  CAIRN_DEVICE friend PackedQuintic operator+(const PackedQuintic& a, const PackedQuintic& b) {
    return {{a.c[0] + b.c[0], a.c[1] + b.c[1], a.c[2] + b.c[2], a.c[3] + b.c[3], a.c[4] + b.c[4]}};
  }
  CAIRN_DEVICE friend PackedQuintic operator-(const PackedQuintic& a, const PackedQuintic& b) {
    return {{a.c[0] - b.c[0], a.c[1] - b.c[1], a.c[2] - b.c[2], a.c[3] - b.c[3], a.c[4] - b.c[4]}};
  }
  CAIRN_DEVICE PackedQuintic operator-() const { return {{-c[0], -c[1], -c[2], -c[3], -c[4]}}; }
  /// As in quintic.h.
  CAIRN_DEVICE friend PackedQuintic operator*(const PackedQuintic& a, const PackedQuintic& b) {
    if constexpr (called) {
      return called_product(a, b);
    } else {
      return product(a, b);
    }
  }
  CAIRN_DEVICE friend PackedQuintic operator*(const PackedQuintic& a, P b) {
    return {{a.c[0] * b, a.c[1] * b, a.c[2] * b, a.c[3] * b, a.c[4] * b}};
  }
  CAIRN_DEVICE friend PackedQuintic operator*(P a, const PackedQuintic& b) { return b * a; }
  CAIRN_DEVICE friend PackedQuintic operator+(const PackedQuintic& a, P b) {
    return {{a.c[0] + b, a.c[1], a.c[2], a.c[3], a.c[4]}};
  }
  CAIRN_DEVICE friend PackedQuintic operator-(const PackedQuintic& a, P b) {
    return {{a.c[0] - b, a.c[1], a.c[2], a.c[3], a.c[4]}};
  }
  CAIRN_DEVICE PackedQuintic& operator+=(const PackedQuintic& b) { return *this = *this + b; }
  CAIRN_DEVICE PackedQuintic& operator-=(const PackedQuintic& b) { return *this = *this - b; }
  CAIRN_DEVICE PackedQuintic& operator*=(const PackedQuintic& b) { return *this = *this * b; }

  CAIRN_DEVICE static void unzip(const PackedQuintic& a, const PackedQuintic& b, PackedQuintic& even,
                                 PackedQuintic& odd) {
    for (std::size_t k = 0; k < Quintic::degree; ++k) P::unzip(a.c[k], b.c[k], even.c[k], odd.c[k]);
  }
  /// Of elements i … i + 2 lanes - 1.
  CAIRN_DEVICE static void load_unzipped(const KoalaBear* planes, std::size_t stride, std::size_t i,
                                         PackedQuintic& even, PackedQuintic& odd) {
    for (std::size_t k = 0; k < Quintic::degree; ++k)
      P::load_unzipped(planes + k * stride + i, even.c[k], odd.c[k]);
  }

  /// The sum of the lanes.
  CAIRN_DEVICE Quintic sum() const { return {{c[0].sum(), c[1].sum(), c[2].sum(), c[3].sum(), c[4].sum()}}; }

 private:
  CAIRN_DEVICE static PackedQuintic product(const PackedQuintic& a, const PackedQuintic& b) {
    const P b14 = b.c[1] - b.c[4], b03 = b.c[0] - b.c[3], b42 = b.c[4] - b.c[2];
    const P b341 = b.c[3] - b14;
    return {{P::dot5(a.c, b.c[0], b.c[4], b.c[3], b.c[2], b14),
             P::dot5(a.c, b.c[1], b.c[0], b.c[4], b.c[3], b.c[2]), P::dot5(a.c, b.c[2], b14, b03, b42, b341),
             P::dot5(a.c, b.c[3], b.c[2], b14, b03, b42), P::dot5(a.c, b.c[4], b.c[3], b.c[2], b14, b03)}};
  }
  __attribute__((noinline)) static PackedQuintic called_product(const PackedQuintic& a,
                                                                const PackedQuintic& b) {
    return product(a, b);
  }
};

}  // namespace cairn::engine
