// Compiles what every chip of every machine says as device code: the same text that prover and verifier run. One kernel per
// chip folds the constraints and bus terms of a row with weights, and one lists them. Nothing is run.
#include "prover/air/value_builder.h"
#include "prover/chips/calculator.h"
#include "prover/chips/poseidon2_machine.h"
#include "prover/rv32/chips/machine.h"

namespace cairn::engine {

template <class Chip>
__global__ void fold_rows(const KoalaBear* rows, const KoalaBear* structured, const KoalaBear* public_values,
                          const Quintic* weights, Quintic* out, unsigned count) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  using Row = typename Chip::template Columns<KoalaBear>;
  const Row& row = *reinterpret_cast<const Row*>(rows + i * chip_width<Chip>);
  FoldBuilder<KoalaBear, Quintic> fold(structured + i * Chip::structured.size(), public_values, weights, Quintic::zero());
  Chip::eval(fold, row);
  out[i] = fold.sum();
}

template <class Chip>
__global__ void list_extension_row(const Quintic* row, const Quintic* structured, const KoalaBear* public_values,
                                   Quintic* out) {
  ListBuilder<Quintic> list(structured, public_values, out);
  Chip::eval(list, *reinterpret_cast<const typename Chip::template Columns<Quintic>*>(row));
}

template <class Spec, class... Chips>
void launch(Machine<Spec, Chips...>*) {
  (fold_rows<Chips><<<1, 32>>>(nullptr, nullptr, nullptr, nullptr, nullptr, 0), ...);
  (list_extension_row<Chips><<<1, 1>>>(nullptr, nullptr, nullptr, nullptr), ...);
}

void launch_all() {
  launch(static_cast<Poseidon2Machine*>(nullptr));
  launch(static_cast<Calculator*>(nullptr));
  launch(static_cast<rv32::Rv32*>(nullptr));
}

}  // namespace cairn::engine
