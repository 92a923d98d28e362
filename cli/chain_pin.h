// Which chain a pool works on. What has been signed and stored is for one chain only, so the pool is bound to
// it: by chain.chain_id, or by what its first start has found.
#pragma once

#include <atomic>

#include "cli/pool_config.h"

namespace cairn::cli {

/// The chain id of the configured nodes. @param remembered of an earlier start of this pool; 0: there was
/// none Nodes that do not answer are left for later, when each answer is held against the id; when none
/// answers and the id is not known, they are asked again for 30 s. Errors: invalid_input (a node serves
/// another chain: says which), unavailable, cancelled.
Result<std::uint64_t> pin_chain(const ChainConfig& config, std::uint64_t remembered,
                                const std::atomic<bool>& stop);

}  // namespace cairn::cli
