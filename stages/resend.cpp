#include "stages/resend.h"

#include "stages/stage_names.h"

namespace cairn::stages {

pipeline::Process make_resend(ChainServices services) {
  return [services = std::move(services)](const pipeline::Task& task, pipeline::Watch&) {
    return run_chain_step(kResend, task, services);
  };
}

}  // namespace cairn::stages
