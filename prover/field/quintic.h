// The extension of degree 5 over KoalaBear by the irreducible X^5 + X^2 - 1, about 2^154.94 elements:
// where challenges live.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "prover/field/koala_bear.h"

namespace cairn::engine {

/// c[0] + c[1] X + … + c[4] X^4.
struct Quintic {
  static constexpr std::size_t degree = 5;
  std::array<KoalaBear, degree> c;

  CAIRN_DEVICE static constexpr Quintic zero() { return Quintic{}; }
  CAIRN_DEVICE static constexpr Quintic one() { return from(KoalaBear::one()); }
  CAIRN_DEVICE static constexpr Quintic from(KoalaBear x) { return {{x, {}, {}, {}, {}}}; }

  CAIRN_DEVICE constexpr bool is_zero() const {
    return (c[0].raw() | c[1].raw() | c[2].raw() | c[3].raw() | c[4].raw()) == 0;
  }
  CAIRN_DEVICE friend constexpr bool operator==(const Quintic& a, const Quintic& b) {
    return (a - b).is_zero();
  }
  CAIRN_DEVICE friend constexpr bool operator!=(const Quintic& a, const Quintic& b) { return !(a == b); }

  CAIRN_DEVICE friend constexpr Quintic operator+(const Quintic& a, const Quintic& b) {
    return {{a.c[0] + b.c[0], a.c[1] + b.c[1], a.c[2] + b.c[2], a.c[3] + b.c[3], a.c[4] + b.c[4]}};
  }
  CAIRN_DEVICE friend constexpr Quintic operator-(const Quintic& a, const Quintic& b) {
    return {{a.c[0] - b.c[0], a.c[1] - b.c[1], a.c[2] - b.c[2], a.c[3] - b.c[3], a.c[4] - b.c[4]}};
  }
  CAIRN_DEVICE constexpr Quintic operator-() const { return {{-c[0], -c[1], -c[2], -c[3], -c[4]}}; }

  /// The product modulo X^5 = 1 - X^2, so X^6 = X - X^3, X^7 = X^2 - X^4, X^8 = X^2 + X^3 - 1.
  CAIRN_DEVICE friend constexpr Quintic operator*(const Quintic& a, const Quintic& b) {
    const KoalaBear b14 = b.c[1] - b.c[4], b03 = b.c[0] - b.c[3], b42 = b.c[4] - b.c[2];
    const KoalaBear b341 = b.c[3] - b14;
    return {{dot(a, b.c[0], b.c[4], b.c[3], b.c[2], b14), dot(a, b.c[1], b.c[0], b.c[4], b.c[3], b.c[2]),
             dot(a, b.c[2], b14, b03, b42, b341), dot(a, b.c[3], b.c[2], b14, b03, b42),
             dot(a, b.c[4], b.c[3], b.c[2], b14, b03)}};
  }
  CAIRN_DEVICE friend constexpr Quintic operator*(const Quintic& a, KoalaBear b) {
    return {{a.c[0] * b, a.c[1] * b, a.c[2] * b, a.c[3] * b, a.c[4] * b}};
  }
  CAIRN_DEVICE friend constexpr Quintic operator*(KoalaBear a, const Quintic& b) { return b * a; }
  CAIRN_DEVICE friend constexpr Quintic operator+(const Quintic& a, KoalaBear b) {
    return {{a.c[0] + b, a.c[1], a.c[2], a.c[3], a.c[4]}};
  }
  CAIRN_DEVICE friend constexpr Quintic operator+(KoalaBear a, const Quintic& b) { return b + a; }
  CAIRN_DEVICE friend constexpr Quintic operator-(const Quintic& a, KoalaBear b) {
    return {{a.c[0] - b, a.c[1], a.c[2], a.c[3], a.c[4]}};
  }
  CAIRN_DEVICE friend constexpr Quintic operator-(KoalaBear a, const Quintic& b) { return -b + a; }
  CAIRN_DEVICE constexpr Quintic& operator+=(const Quintic& b) { return *this = *this + b; }
  CAIRN_DEVICE constexpr Quintic& operator-=(const Quintic& b) { return *this = *this - b; }
  CAIRN_DEVICE constexpr Quintic& operator*=(const Quintic& b) { return *this = *this * b; }
  CAIRN_DEVICE constexpr Quintic& operator*=(KoalaBear b) { return *this = *this * b; }

  CAIRN_DEVICE constexpr Quintic square() const { return *this * *this; }
  CAIRN_DEVICE constexpr Quintic doubled() const { return *this + *this; }
  CAIRN_DEVICE constexpr Quintic halve() const {
    return {{c[0].halve(), c[1].halve(), c[2].halve(), c[3].halve(), c[4].halve()}};
  }
  /// x^exponent; x^0 = 1, also of zero.
  CAIRN_DEVICE constexpr Quintic pow(std::uint64_t exponent) const {
    Quintic out = one(), base = *this;
    for (; exponent != 0; exponent >>= 1) {
      if ((exponent & 1) != 0) out *= base;
      base = base.square();
    }
    return out;
  }
  /// x^p.
  CAIRN_DEVICE constexpr Quintic frobenius() const {
    // Row i is X^(p i) in the basis 1, X, …, X^4 (canonical form).
    constexpr std::uint32_t rows[4][5] = {{0x5df5feeb, 0x45ecc3a0, 0x5d70a179, 0x47ef5387, 0x00250cf2},
                                          {0x64280990, 0x00151662, 0x24abc758, 0x5242ba9a, 0x119bee90},
                                          {0x1a4ca5a4, 0x1342862e, 0x2a053dae, 0x562a6968, 0x1e02e144},
                                          {0x5153c3c1, 0x443b54a6, 0x77b5ff2f, 0x088b9b96, 0x3d3d0ba1}};
    Quintic out = from(c[0]);
    for (std::size_t i = 1; i < degree; ++i) {
      for (std::size_t j = 0; j < degree; ++j) out.c[j] += c[i] * KoalaBear::from(rows[i - 1][j]);
    }
    return out;
  }
  /// 1 / x, and 0 of zero. By the norm: x^(1 + p + p^2 + p^3 + p^4) lies in the base field.
  CAIRN_DEVICE constexpr Quintic inverse() const {
    const Quintic a = frobenius();
    const Quintic b = a * a.frobenius();              // x^(p + p^2)
    const Quintic d = b * b.frobenius().frobenius();  // x^(p + p^2 + p^3 + p^4)
    return d * (*this * d).c[0].inverse();
  }

 private:
  /// a.c[0] b0 + … + a.c[4] b4, reduced once: four products are below 2^64, and taking 2^32 p away from
  /// the sum when its upper half is at least p leaves room for the fifth.
  CAIRN_DEVICE static constexpr KoalaBear dot(const Quintic& a, KoalaBear b0, KoalaBear b1, KoalaBear b2,
                                              KoalaBear b3, KoalaBear b4) {
    constexpr std::uint64_t shifted = std::uint64_t{KoalaBear::modulus} << 32;
    std::uint64_t sum = std::uint64_t{a.c[0].raw()} * b0.raw() + std::uint64_t{a.c[1].raw()} * b1.raw() +
                        std::uint64_t{a.c[2].raw()} * b2.raw() + std::uint64_t{a.c[3].raw()} * b3.raw();
    if (sum >= shifted) sum -= shifted;
    sum += std::uint64_t{a.c[4].raw()} * b4.raw();
    if (sum >= shifted) sum -= shifted;
    return KoalaBear::from_raw(KoalaBear::reduce(sum));
  }
};

static_assert(sizeof(Quintic) == 20);

}  // namespace cairn::engine
