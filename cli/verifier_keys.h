// Where signatures for AttestedVerifier come from: the verifier keys of this pool, and what other verifiers
// have left.
#pragma once

#include <string>
#include <vector>

#include "chain/signer.h"
#include "cli/pool.h"
#include "cli/pool_config.h"

namespace cairn::cli {

/// Those of the configuration, or those that `cairn up` has made for its dev chain. Errors: invalid_input.
Result<std::vector<chain::SecretKey>> load_verifier_keys(const Pool& pool, const AttestConfig& config);

/// What other verifiers have left under `name` at `places`, directories and URLs; a place that has nothing,
/// or cannot be reached in 3 s, is passed over. Nothing is checked.
std::vector<std::string> collect_signatures(const std::vector<std::string>& places, const std::string& name);

/// A file or an http or https URL, at most `bytes_max`; a URL gets `total_ms`. Errors: not_found,
/// unavailable, timeout, exhausted (too large).
Result<std::string> fetch(const std::string& place, std::size_t bytes_max, long total_ms);

}  // namespace cairn::cli
