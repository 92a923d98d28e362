#include "stages/reveal.h"

#include "stages/stage_names.h"

namespace cairn::stages {

pipeline::Process make_reveal(ChainServices services) {
  return [services = std::move(services)](const pipeline::Task& task, pipeline::Watch&) {
    return run_chain_step(kReveal, task, services);
  };
}

}  // namespace cairn::stages
