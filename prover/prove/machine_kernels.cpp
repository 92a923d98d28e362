// The kernels of one machine for one instruction set: compiled once for each, with its header and type given by
// cairn_machine() of cmake/cairn_targets.cmake.
#include CAIRN_MACHINE_HEADER
#include CAIRN_PACKED_HEADER
#include "prover/prove/table_kernels_of.h"

namespace cairn::engine {

namespace {

template <class M>
struct KernelsOf;
template <class Spec, class... Chips>
struct KernelsOf<Machine<Spec, Chips...>> {
  static constexpr TableKernels tables[] = {TableKernelsOf<CAIRN_PACKED, Chips>::table()...};
};

}  // namespace

template <>
const TableKernels* table_kernels<CAIRN_MACHINE, CAIRN_PACKED>() {
  return KernelsOf<CAIRN_MACHINE>::tables;
}

}  // namespace cairn::engine
