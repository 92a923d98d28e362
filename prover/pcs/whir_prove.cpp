#include "prover/hash/poseidon2.h"
#include "prover/pcs/whir_prove_of.h"
#include "prover/transcript/grind.h"

namespace cairn::engine {

template WhirWitness<Poseidon2Hash> commit<Poseidon2Hash>(Writer<Poseidon2Sponge>&, BaseVector, std::uint64_t,
                                                          const WhirParams&, WhirTimes*);
template void open<Poseidon2Hash>(Writer<Poseidon2Sponge>&, WhirWitness<Poseidon2Hash>,
                                  std::span<const Statement>, WhirTimes*);

}  // namespace cairn::engine
