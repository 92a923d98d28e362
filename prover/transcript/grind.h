// The search for proofs of work.
#pragma once

#include <cstdint>

#include "prover/transcript/poseidon2_sponge.h"

namespace cairn::engine {

/// The smallest nonce for which Transcript<Poseidon2Sponge>::absorb_nonce(nonce, bits) succeeds on
/// `sponge`. Tries about 2^bits permutations, in waves of fixed size over all threads; the answer
/// depends on neither threads nor instruction set. Requires 1 <= bits <= pow_bits_max. Aborts if no
/// nonce exists, which has a chance below e^-64.
std::uint32_t smallest_nonce(const Poseidon2Sponge& sponge, unsigned bits);

}  // namespace cairn::engine
