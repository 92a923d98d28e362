// One KoalaBear with the interface of the packed types, so that a kernel is one template for every
// instruction set, and for the elements behind the last full vector.
//
// A packed type P has P::lanes elements. All operations act on each lane and return canonical Montgomery
// residues (below p), so equal values are equal bits. load and store need no alignment.
#pragma once

#include <cstddef>
#include <cstdint>

#include "prover/field/koala_bear.h"

namespace cairn::engine {

struct PackedScalar {
  static constexpr std::size_t lanes = 1;
  KoalaBear v;

  CAIRN_DEVICE static PackedScalar load(const KoalaBear* from) { return {*from}; }
  CAIRN_DEVICE void store(KoalaBear* to) const { *to = v; }
  CAIRN_DEVICE static PackedScalar broadcast(KoalaBear x) { return {x}; }
  CAIRN_DEVICE static PackedScalar zero() { return {KoalaBear::zero()}; }

  CAIRN_DEVICE friend PackedScalar operator+(PackedScalar a, PackedScalar b) { return {a.v + b.v}; }
  CAIRN_DEVICE friend PackedScalar operator-(PackedScalar a, PackedScalar b) { return {a.v - b.v}; }
  CAIRN_DEVICE friend PackedScalar operator*(PackedScalar a, PackedScalar b) { return {a.v * b.v}; }
  CAIRN_DEVICE PackedScalar operator-() const { return {-v}; }
  CAIRN_DEVICE PackedScalar cube() const { return {v.cube()}; }
  CAIRN_DEVICE PackedScalar halve() const { return {v.halve()}; }
  /// x / 2^n. Requires 1 <= n <= 24.
  template <int n>
  CAIRN_DEVICE PackedScalar divide_by_power() const {
    // p = 1 mod 2^n, so x - (x mod 2^n) p is a multiple of 2^n.
    const std::uint32_t low = v.raw() & ((1u << n) - 1), high = v.raw() >> n, m = low * (127u << (24 - n));
    return {KoalaBear::from_raw(high >= m ? high - m : high - m + KoalaBear::modulus)};
  }
  /// (x + c)^3.
  CAIRN_DEVICE PackedScalar add_and_cube(KoalaBear c) const { return {(v + c).cube()}; }
  /// a[0] b[0] + … + a[4] b[4], reduced once.
  CAIRN_DEVICE static PackedScalar dot5(const PackedScalar (&a)[5], PackedScalar b0, PackedScalar b1,
                                        PackedScalar b2, PackedScalar b3, PackedScalar b4) {
    constexpr std::uint64_t shifted = std::uint64_t{KoalaBear::modulus} << 32;
    std::uint64_t sum = std::uint64_t{a[0].v.raw()} * b0.v.raw() + std::uint64_t{a[1].v.raw()} * b1.v.raw() +
                        std::uint64_t{a[2].v.raw()} * b2.v.raw() + std::uint64_t{a[3].v.raw()} * b3.v.raw();
    if (sum >= shifted) sum -= shifted;
    sum += std::uint64_t{a[4].v.raw()} * b4.v.raw();
    if (sum >= shifted) sum -= shifted;
    return {KoalaBear::from_raw(KoalaBear::reduce(sum))};
  }
  /// A sum of any number of products that is reduced once, at its end.
  class ProductSum {
   public:
    CAIRN_DEVICE void add(PackedScalar a, PackedScalar b) {
      sum_ += std::uint64_t{a.v.raw()} * b.v.raw();
      if (sum_ >= shifted) sum_ -= shifted;
    }
    /// Two products: cheaper than one by one.
    CAIRN_DEVICE void add(PackedScalar a, PackedScalar b, PackedScalar c, PackedScalar d) {
      // below 2^32 p + 2 p^2 < 2^64
      sum_ += std::uint64_t{a.v.raw()} * b.v.raw() + std::uint64_t{c.v.raw()} * d.v.raw();
      if (sum_ >= shifted) sum_ -= shifted;
    }
    CAIRN_DEVICE PackedScalar reduce() const { return {KoalaBear::from_raw(KoalaBear::reduce(sum_))}; }

   private:
    static constexpr std::uint64_t shifted = std::uint64_t{KoalaBear::modulus} << 32;
    std::uint64_t sum_ = 0;
  };

  /// The sum of the lanes.
  CAIRN_DEVICE KoalaBear sum() const { return v; }

  /// Of the elements of a and, behind them, of b: those with an even number, and those with an odd one.
  CAIRN_DEVICE static void unzip(PackedScalar a, PackedScalar b, PackedScalar& even, PackedScalar& odd) {
    even = a;
    odd = b;
  }
  /// Of 2 lanes elements.
  CAIRN_DEVICE static void load_unzipped(const KoalaBear* from, PackedScalar& even, PackedScalar& odd) {
    unzip(load(from), load(from + lanes), even, odd);
  }

  /// Row i of `rows` begins at from + i * step and has W elements: out[j] has element j of the first `lanes`
  /// rows. And back.
  template <std::size_t W>
  CAIRN_DEVICE static void load_transposed(const KoalaBear* from, std::size_t, PackedScalar (&out)[W]) {
    for (std::size_t j = 0; j < W; ++j) out[j] = load(from + j);
  }
  template <std::size_t W>
  CAIRN_DEVICE static void store_transposed(const PackedScalar (&in)[W], KoalaBear* to, std::size_t) {
    for (std::size_t j = 0; j < W; ++j) in[j].store(to + j);
  }
};

}  // namespace cairn::engine
