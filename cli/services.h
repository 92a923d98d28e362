// Makes what a process needs to run its stage, from the configuration and the pool's state.
#pragma once

#include <memory>

#include "chain/eth_chain.h"
#include "cli/attestation.h"
#include "cli/chain_watch.h"
#include "cli/pool.h"
#include "cli/pool_config.h"
#include "common/metrics.h"
#include "pipeline/store.h"
#include "pipeline/transport_zmq.h"
#include "stages/stages.h"

namespace cairn::cli {

/// Connects to the pool's Redis and loads the functions. Errors: unavailable; conflict when the server
/// could lose tasks (no maxmemory, evicting, no AOF) and the configuration does not allow it.
Result<std::unique_ptr<pipeline::Store>> open_store(const Pool& pool, const PoolConfig& config);

/// Link keys of the configuration; nullopt when it names none. Errors: invalid_input, naming the file.
Result<std::optional<pipeline::LinkKeys>> load_link_keys(const LinksConfig& links);

/// The catalog of what the configured backends prove.
stages::Catalog catalog_of(const PoolConfig& config);

/// A chain client of this thread's own. Errors: invalid_input, unavailable.
Result<std::unique_ptr<chain::EthChain>> open_chain(const Pool& pool, const PoolConfig& config);

/// The backend `name` of the configuration, as it is there. Errors: not_found, and those of its making.
Result<std::unique_ptr<prover::ProverBackend>> make_backend(const std::string& name, const Pool& pool,
                                                            const PoolConfig& config);

/// Owns everything that the stage of one worker process borrows.
class StageServices {
 public:
  /// Makes what `row` needs; `metrics` is borrowed. Errors: invalid_input (wrong backend or key), unavailable
  /// (no node).
  /// Of the backends only those `chosen`, all when empty.
  static Result<std::unique_ptr<StageServices>> make(const stages::StageRow& row, const Pool& pool,
                                                     const PoolConfig& config, Metrics& metrics,
                                                     const std::vector<std::string>& chosen = {});
  const stages::Services& services() const { return services_; }

 private:
  Status add_backends(const stages::StageRow& row, const Pool& pool, const PoolConfig& config,
                      Metrics& metrics, const std::vector<std::string>& chosen);
  Status watch_chain(const Pool& pool, const PoolConfig& config, Metrics& metrics);

  stages::Catalog catalog_;
  std::unique_ptr<Attestation> attestation_;
  std::vector<std::unique_ptr<prover::ProverBackend>> owned_backends_;
  stages::Backends backends_;
  std::unique_ptr<chain::EthChain> chain_;
  std::unique_ptr<chain::Chain> metered_chain_;
  std::unique_ptr<chain::TwoStepSigner> signer_;
  stages::Services services_;
  std::unique_ptr<chain::EthChain> watched_chain_;
  std::unique_ptr<chain::Chain> metered_watched_chain_;
  std::unique_ptr<ChainWatchThread> watch_;  // ends before what it borrows
};

}  // namespace cairn::cli
