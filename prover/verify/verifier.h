// Verification of a whole proof. Specification: docs/proof-system/protocol.md. Mirror: prove/prover.h.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "prover/air/machine.h"
#include "prover/pcs/statement.h"
#include "prover/transcript/verify_error.h"
#include "prover/verify/proof_header.h"
#include "prover/verify/zerocheck.h"

namespace cairn::engine {

struct VerifyReport {
  VerifyError error = VerifyError::none;
  ProofHeader header;              ///< what the proof says it is about; meaningful once read
  std::uint64_t permutations = 0;  ///< Poseidon2 permutations that it took

  bool ok() const { return error == VerifyError::none; }
};

/// Whether `proof` shows that the machine has a valid trace with these public values. Total: any bytes get a
/// verdict, in time and memory bounded by the machine's limits; nothing is thrown, read or written outside.
/// Thread-safe.
VerifyReport verify(const MachineShape& machine, std::span<const std::uint8_t> proof,
                    std::span<const KoalaBear> public_values);

template <class M>
VerifyReport verify(std::span<const std::uint8_t> proof, std::span<const KoalaBear> public_values) {
  return verify(M::shape(), proof, public_values);
}

/// The claims about columns as statements about the committed polynomial: a column is the sum of its pieces,
/// and of its padding in the rows that are not committed.
std::vector<Statement> column_statements(const MachineShape& machine, const Layout& layout,
                                         std::span<const TableClaim> claims);

}  // namespace cairn::engine
