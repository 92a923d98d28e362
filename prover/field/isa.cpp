#include "prover/field/isa.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "common/result.h"

namespace cairn::engine {
namespace {

Isa chosen() {
  const char* name = std::getenv("CAIRN_ISA");
  if (name == nullptr || *name == '\0') return best_isa();
  for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    if (isa_name(isa) == name && isa <= best_isa()) return isa;
  }
  std::fprintf(stderr, "CAIRN_ISA=%s: want scalar, avx2 or avx512; this CPU can run up to %s\n", name,
               isa_name(best_isa()).data());
  std::abort();
}

std::atomic<Isa>& current() {
  static std::atomic<Isa> isa = chosen();
  return isa;
}

}  // namespace

std::string_view isa_name(Isa isa) {
  switch (isa) {
    case Isa::scalar:
      return "scalar";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
  }
  return "";
}

Isa best_isa() {
  static const Isa best = [] {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
      return Isa::avx512;
    }
    return __builtin_cpu_supports("avx2") ? Isa::avx2 : Isa::scalar;
  }();
  return best;
}

Isa isa() { return current().load(std::memory_order_relaxed); }

void set_isa(Isa isa) {
  CAIRN_ASSERT(isa <= best_isa());
  current().store(isa, std::memory_order_relaxed);
}

}  // namespace cairn::engine
