// What the groups of measurements share: inputs, and loops over instruction sets and threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/prover_lines.h"
#include "prover/field/isa.h"
#include "prover/parallel.h"
#include "prover/poly/ext_vector.h"

namespace cairn::bench {

using namespace engine;

inline constexpr Isa all_isas[] = {Isa::scalar, Isa::avx2, Isa::avx512};

/// Calls body for each instruction set of this CPU, then puts the best back.
template <class Body>
void for_each_isa(Body&& body) {
  for (const Isa each : all_isas) {
    if (each > best_isa()) continue;
    set_isa(each);
    body(std::string(isa_name(each)));
  }
  set_isa(best_isa());
}

/// Calls body(threads) with one thread, and with all of them when there are more.
template <class Body>
void with_one_and_all_threads(const Options& options, Body&& body) {
  for (const unsigned threads : {1u, options.threads}) {
    set_thread_count(threads);
    body(threads);
    if (options.threads == 1) break;
  }
}

/// Different everywhere, below p, and made in no time.
inline BaseVector some_elements(std::size_t n) {
  BaseVector out(n);
  parallel_for(n, 1 << 16, [&](std::size_t begin, std::size_t end) {
    std::uint64_t x = begin * 0x9e3779b97f4a7c15ull + 1;
    for (std::size_t i = begin; i < end; ++i) {
      x ^= x << 13, x ^= x >> 7, x ^= x << 17;
      out[i] = KoalaBear::from_raw(static_cast<std::uint32_t>(x >> 34));
    }
  });
  return out;
}

inline ExtVector some_ext_elements(std::size_t n) {
  ExtVector out(n);
  const BaseVector x = some_elements(5 * n);
  for (std::size_t k = 0; k < 5; ++k) std::copy_n(x.data() + k * n, n, out.plane(k));
  return out;
}

inline std::vector<Quintic> some_point(std::size_t n) {
  const ExtVector x = some_ext_elements(n + 1);
  std::vector<Quintic> out(n);
  for (std::size_t i = 0; i < n; ++i) out[i] = x.get(i + 1);
  return out;
}

}  // namespace cairn::bench
