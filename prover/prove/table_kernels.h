// What the prover computes row by row of one chip, one set per chip and instruction set. They work on rows,
// or pairs of neighbouring rows, [begin, end); sets for vectors require both to be multiples of 16.
#pragma once

#include <cstddef>

#include "prover/field/isa.h"
#include "prover/prove/ext_span.h"

namespace cairn::engine {

/// Columns as kernels read them: the committed ones, then the structured ones, written out.
struct BaseRows {
  const KoalaBear* const* columns;
  const KoalaBear* public_values;
};
struct ExtRows {
  const ExtSpan* columns;
  const KoalaBear* public_values;
};

/// Where the fractions of a table go: those of interaction i from i * height on.
struct Leaves {
  const Quintic* constants;  ///< per bus: Fingerprint::constant
  const Quintic* weights;    ///< Fingerprint::weights
  KoalaBear* numerators;
  ExtSpan denominators;
  std::size_t height;
};

/// A round polynomial without its factor eq, summed over pairs of rows: at 0, at -1 and at 2.
using ZerocheckSums = Quintic[3];

struct TableKernels {
  void (*leaves)(const BaseRows& rows, const Leaves& out, std::size_t begin, std::size_t end);
  /// Pair y are rows 2y and 2y + 1; element y - begin of `eq` belongs to it. In the first round constraints
  /// are taken to be zero at 0, where they are those of a row of the trace.
  void (*round_base)(const BaseRows& rows, const Quintic* weights, ExtSpan eq, std::size_t begin,
                     std::size_t end, ZerocheckSums& sums);
  void (*round_ext)(const ExtRows& rows, const Quintic* weights, ExtSpan eq, std::size_t begin,
                    std::size_t end, ZerocheckSums& sums);
};

struct PackedScalar;
struct PackedAvx2;
struct PackedAvx512;

/// Puts the kernels of machine M's tables for packed type P to their places, those of part `part` and of the
/// parts behind it. Defined by the objects that cairn_machine() of cmake/cairn_targets.cmake makes.
template <class M, class P, std::size_t part>
void put_table_kernels(TableKernels* tables);

/// The kernels of machine M's tables, in their order. Thread-safe.
template <class M, class P>
const TableKernels* table_kernels() {
  struct All {
    TableKernels tables[M::tables];
    All() { put_table_kernels<M, P, 0>(tables); }
  };
  static const All all;
  return all.tables;
}

/// The same, type-erased: kernels of all tables by instruction set.
using MachineKernels = const TableKernels* (*)(Isa);

template <class M>
const TableKernels* machine_kernels(Isa isa) {
  switch (isa) {
    case Isa::avx512:
      return table_kernels<M, PackedAvx512>();
    case Isa::avx2:
      return table_kernels<M, PackedAvx2>();
    case Isa::scalar:
      break;
  }
  return table_kernels<M, PackedScalar>();
}

}  // namespace cairn::engine
