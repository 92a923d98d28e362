// Which instruction set the kernels use. One binary holds all three; results are the same bit for bit.
#pragma once

#include <string_view>

namespace cairn::engine {

enum class Isa { scalar, avx2, avx512 };

/// "scalar", "avx2" or "avx512".
std::string_view isa_name(Isa isa);
/// The best that this CPU can run.
Isa best_isa();
/// What kernels use: best_isa(), or what CAIRN_ISA names when the CPU can run it. Another value of CAIRN_ISA
/// aborts with a message at the first use.
Isa isa();
/// For tests and benchmarks. Requires a set that this CPU can run (asserted), and no kernel running.
void set_isa(Isa isa);

/// Of a table of kernels for each instruction set, the one in use.
template <class Kernels>
const Kernels& kernels_of(const Kernels& scalar, const Kernels& avx2, const Kernels& avx512) {
  switch (isa()) {
    case Isa::avx512:
      return avx512;
    case Isa::avx2:
      return avx2;
    case Isa::scalar:
      break;
  }
  return scalar;
}

}  // namespace cairn::engine
