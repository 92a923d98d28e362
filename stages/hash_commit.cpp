#include "stages/hash_commit.h"

#include "stages/stage_names.h"

namespace cairn::stages {

pipeline::Process make_hash_commit(ChainServices services) {
  return [services = std::move(services)](const pipeline::Task& task, pipeline::Watch&) {
    return run_chain_step(kHashCommit, task, services);
  };
}

}  // namespace cairn::stages
