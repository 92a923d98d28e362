#include "stages/prove.h"

#include <utility>

#include "stages/payload.h"

namespace cairn::stages {

pipeline::Process make_prove(Backends backends) {
  return [backends = std::move(backends)](const pipeline::Task& task,
                                          pipeline::Watch& watch) -> Result<pipeline::Outcome> {
    CAIRN_ASSIGN(const ProvePayload payload, decode_prove(task.payload));
    CAIRN_ASSIGN(prover::ProverBackend * backend, find_backend(backends, payload.backend));
    WatchControl control(watch);
    pipeline::Outcome outcome;
    CAIRN_ASSIGN(outcome.output,
                 check_proof_part("prove", backend->prove(payload.program, payload.segment, control)));
    return outcome;
  };
}

}  // namespace cairn::stages
