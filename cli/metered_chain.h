// A chain client that counts and times its calls, and shows what they say of the chain.
#pragma once

#include <memory>

#include "chain/chain.h"
#include "common/metrics.h"

namespace cairn::cli {

/// Borrows both; they outlive it.
std::unique_ptr<chain::Chain> make_metered_chain(chain::Chain& chain, Metrics& metrics);

}  // namespace cairn::cli
