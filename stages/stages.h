// The table of all stages. Adding a stage is one pair of files and one line in stages.cpp.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "chain/chain.h"
#include "chain/sender.h"
#include "pipeline/stage.h"
#include "stages/backends.h"
#include "stages/follow.h"
#include "stages/submission.h"

namespace cairn::stages {

/// What a process has to offer to its stage. All borrowed; they outlive the stages made with them.
/// Null where the process has none.
struct Services {
  const Catalog* catalog = nullptr;
  const Backends* backends = nullptr;
  chain::Chain* chain = nullptr;
  const chain::TxSigner* signer = nullptr;
  FollowRules follow;                    ///< of ingest
  std::function<void(Skip)> count_skip;  ///< of ingest; may be empty
  chain::sender::Policy sender;          ///< of hash_commit, reveal and resend
};

enum class Service : std::uint8_t { catalog, backends, chain, signer };

struct StageRow {
  std::string_view name;
  std::vector<Service> needs;           ///< must not be null to make it
  std::vector<std::string_view> wakes;  ///< stages that may get work when a task of this one is done
  pipeline::Process (*make)(const Services& services);
};

/// In the order of the pipeline.
const std::vector<StageRow>& all_stages();

bool needs(const StageRow& row, Service service);

/// What a process with these services can do that others may not: the backends, by name, of a stage that
/// needs some; of other stages nothing.
std::vector<pipeline::Capability> capabilities(const StageRow& row, const Services& services);

/// Errors: not_found (no such stage; lists them), invalid_input (naming the service that it needs).
Result<pipeline::Stage> make_stage(std::string_view name, const Services& services);

}  // namespace cairn::stages
