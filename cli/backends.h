// The prover backends that a configuration can name.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "prover/backend/command.h"
#include "prover/backend/zkvm.h"

namespace cairn::cli {

/// One for each `kind`. work_root of a command is filled in when it is made.
using BackendConfig = std::variant<prover::CommandConfig, prover::ZkvmConfig>;

std::vector<std::string> programs_of(const BackendConfig& config);

/// Errors: those of CommandBackend::create() and ZkvmBackend::create().
Result<std::unique_ptr<prover::ProverBackend>> make_backend(const BackendConfig& config,
                                                            const std::filesystem::path& work_root);

}  // namespace cairn::cli
