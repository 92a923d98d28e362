#include "prover/hash/poseidon2.h"
#include "prover/pcs/whir_verify_of.h"
#include "prover/transcript/poseidon2_sponge.h"

namespace cairn::engine {

std::vector<Quintic> expand(const Quintic& z, unsigned n) {
  std::vector<Quintic> out;
  Quintic power = z;
  for (unsigned i = 0; i < n; ++i) {
    out.push_back(power);
    power = power.square();
  }
  return out;
}

template WhirCommitment<Poseidon2Hash> read_commitment<Poseidon2Hash>(Reader<Poseidon2Sponge>&,
                                                                      const WhirParams&, std::uint64_t);
template bool verify_opening<Poseidon2Hash>(Reader<Poseidon2Sponge>&, const WhirCommitment<Poseidon2Hash>&,
                                            std::span<const Statement>, std::uint64_t*);

}  // namespace cairn::engine
