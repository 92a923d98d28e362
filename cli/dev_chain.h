// The chain that `cairn up` runs for development: anvil, with the contracts, and a funded prover.
#pragma once

#include "cli/pool.h"
#include "cli/pool_config.h"
#include "cli/supervisor.h"

namespace cairn::cli {

/// Starts anvil under `supervisor` with its state in STATE/chain, deploys the contracts once, makes the
/// prover's key once, gives it stake and gas, and fills in what `pool` must know. Errors: not_found (no
/// anvil, no artifacts), unavailable, timeout.
Status start_dev_chain(Pool& pool, const PoolConfig& config, Supervisor& supervisor,
                       const std::atomic<bool>& stop);

}  // namespace cairn::cli
