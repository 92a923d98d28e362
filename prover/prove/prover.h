// Proving. Specification: docs/proof-system/protocol.md. Mirror: verify/verifier.h.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/result.h"
#include "prover/air/machine.h"
#include "prover/prove/table_kernels.h"
#include "prover/prove/witness.h"

namespace cairn::engine {

/// Where the time went, in seconds.
struct PhaseTimes {
  double commit = 0;  ///< encoding and hashing the columns
  double gkr = 0;     ///< fractions, their sum, and the proof of it
  double zerocheck = 0;
  double open = 0;  ///< WHIR after the commitment
};

/// Work that does not depend on the clock.
struct ProveWork {
  CommittedRows rows;
  std::uint64_t committed_cells = 0;
  std::uint64_t encoded_cells = 0;  ///< whole blocks of the committed polynomial
  std::uint64_t leaf_words = 0;     ///< hashed to the leaves of the first tree
};

struct ProveOptions {
  unsigned log_inverse_rate = 1;  ///< 1 to 4: smaller proofs for more work
  PhaseTimes* times = nullptr;    ///< filled when given
  ProveWork* work = nullptr;      ///< filled when given
};

/// A proof that the machine has this trace with these public values. The same bytes for any number of threads
/// and any instruction set. The trace is not checked: what check_trace() finds wrong makes a proof that is
/// refused. invalid_input: wrong number of public values, or no parameters for this rate and size.
Result<std::vector<std::uint8_t>> prove(const MachineShape& machine, MachineKernels kernels, Witness witness,
                                        std::span<const KoalaBear> public_values,
                                        const ProveOptions& options = {});

/// M must have been given to cairn_machine() of cmake/cairn_targets.cmake.
template <class M>
Result<std::vector<std::uint8_t>> prove(Witness witness, std::span<const KoalaBear> public_values,
                                        const ProveOptions& options = {}) {
  return prove(M::shape(), machine_kernels<M>, std::move(witness), public_values, options);
}

}  // namespace cairn::engine
