// Seeded random field elements for tests, and the values at the edges. CAIRN_SEED=N repeats a failing run.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <vector>

#include "prover/field/quintic.h"

namespace cairn::engine {

inline void PrintTo(KoalaBear x, std::ostream* out) { *out << x.canonical(); }
inline void PrintTo(const Quintic& x, std::ostream* out) {
  for (const KoalaBear c : x.c) *out << c.canonical() << ' ';
}

namespace test {

class RandomElements {
 public:
  RandomElements() {
    const char* given = std::getenv("CAIRN_SEED");
    const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
    bits_.seed(seed);
  }
  std::uint64_t bits() { return bits_(); }
  KoalaBear base() { return KoalaBear::from(bits_()); }
  Quintic ext() { return {{base(), base(), base(), base(), base()}}; }
  std::vector<KoalaBear> bases(std::size_t n) {
    std::vector<KoalaBear> out(n);
    for (KoalaBear& x : out) x = base();
    return out;
  }
  std::vector<Quintic> exts(std::size_t n) {
    std::vector<Quintic> out(n);
    for (Quintic& x : out) x = ext();
    return out;
  }

 private:
  std::mt19937_64 bits_;
};

/// Values whose residues, canonical or Montgomery, are at an end of the range or one off.
inline std::vector<KoalaBear> edges() {
  std::vector<KoalaBear> out;
  constexpr std::uint32_t p = KoalaBear::modulus;
  for (const std::uint32_t x :
       {0u, 1u, 2u, 3u, (p - 1) / 2, (p + 1) / 2, 1u << 24, 1u << 30, p - 3, p - 2, p - 1}) {
    out.push_back(KoalaBear::from(x));
    out.push_back(KoalaBear::from_raw(x));
  }
  return out;
}

}  // namespace test
}  // namespace cairn::engine
