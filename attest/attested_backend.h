// Any prover backend whose final proofs are too large for a transaction: its proof goes into the store,
// and what is submitted on the chain is an attestation of it.
#pragma once

#include <memory>

#include "attest/attester.h"
#include "attest/proof_store.h"
#include "prover/backend/backend.h"

namespace cairn::attest {

/// Splits, proves and joins like `backend`. finalize() makes the backend's final proof, has the backend
/// verify it, stores it, and only then signs; its result is what AttestedVerifier takes, so the hash
/// that is committed covers exactly those bytes. verify() checks signatures, fetches the proof that
/// they name from the store, and has the backend verify that. Errors also: those of ProofStore and Attester.
///
/// Borrows all three; they outlive it.
std::unique_ptr<prover::ProverBackend> make_attested_backend(prover::ProverBackend& backend,
                                                             const ProofStore& store,
                                                             const Attester& attester);

}  // namespace cairn::attest
