// A prover backend that times its steps.
#pragma once

#include <memory>
#include <string>

#include "common/metrics.h"
#include "prover/backend/backend.h"

namespace cairn::cli {

/// `name` is the backend's in the configuration. Borrows both; they outlive it.
std::unique_ptr<prover::ProverBackend> make_metered_backend(std::string name, prover::ProverBackend& backend,
                                                            Metrics& metrics);

}  // namespace cairn::cli
