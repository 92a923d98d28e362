// The keys that every anvil and hardhat chain funds at start. Everybody has them: they are for
// development chains and tests, and hold nothing of worth anywhere.
#pragma once

#include "chain/signer.h"

namespace cairn::chain {

inline constexpr std::size_t dev_keys_count = 10;

/// Account `index` of the mnemonic "test test test test test test test test test test test junk",
/// m/44'/60'/0'/0/index. Requires index < dev_keys_count (asserted).
SecretKey dev_key(std::size_t index);

}  // namespace cairn::chain
