// Runs a body once for each instruction set that this CPU has, and puts the old choice back.
#pragma once

#include <vector>

#include "prover/field/isa.h"

namespace cairn::engine::test {

inline std::vector<Isa> isas() {
  std::vector<Isa> out;
  for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    if (isa <= best_isa()) out.push_back(isa);
  }
  return out;
}

template <class Body>
void for_each_isa(Body&& body) {
  const Isa before = isa();
  for (const Isa each : isas()) {
    SCOPED_TRACE(isa_name(each));
    set_isa(each);
    body();
  }
  set_isa(before);
}

}  // namespace cairn::engine::test
