// The configuration of a pool: one YAML file, the same for every process. docs/configuration.md lists
// the keys; ops/config/dev.yaml is an example that `ops/demo` runs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "chain/sender.h"
#include "cli/backends.h"
#include "common/config.h"
#include "common/log_files.h"
#include "pipeline/store.h"
#include "stages/stages.h"

namespace cairn::cli {

struct RedisConfig {
  std::string address;  ///< "unix:/path" or "host:port"; empty: `cairn up` runs its own
  std::string user;     ///< empty for the default user
  std::string password_file;
  std::string server = "redis-server";
  std::uint64_t max_memory_mib = 1024;
  std::string append_fsync = "everysec";
  bool allow_unsafe = false;  ///< accept a server that may lose or evict tasks
};

/// A chain for development that `cairn up` runs itself when no node is configured.
struct DevChainConfig {
  std::string anvil = "anvil";
  std::string artifacts = "contracts/out";  ///< of `forge build`
  std::uint64_t block_ms = 1000;
  std::uint64_t commit_blocks = 10;
  std::uint64_t reveal_blocks = 10;
  std::uint64_t settlement_blocks = 20;
  std::uint64_t withdrawal_blocks = 100;
  std::uint32_t verifier_keys = 3;       ///< n of the AttestedVerifier, when a backend is attested
  std::uint32_t verifier_threshold = 2;  ///< k
};

struct ChainConfig {
  std::vector<std::string> rpc;  ///< URLs in order of preference; empty: a dev chain
  std::uint64_t chain_id = 0;    ///< that they serve; 0: what the first start finds
  std::string contract;          ///< TwoStepSubmission, 0x…
  std::string keystore;          ///< v3 file of the prover's key; empty with a dev chain: made anew
  std::string password_file;
  std::uint64_t rpc_timeout_ms = 10'000;
  std::size_t rpc_reply_bytes_max = 16 << 20;
  std::uint64_t follow_from_block = 0;
  bool follow = true;  ///< take sequences that others open on the contract
  DevChainConfig dev;
  chain::sender::Policy policy;
  stages::FollowRules follow_rules;
};

/// Who opens sequences, for `cairn produce --open`.
struct RequesterConfig {
  std::string keystore;  ///< v3 file; empty on a dev chain: the chain's first account
  std::string password_file;
  std::string verifier;  ///< IProofVerifier that the sequences name; empty: the dev chain's
  std::uint64_t expiry_blocks = 1'000'000;  ///< from now on that a round may begin
  std::uint64_t tx_timeout_ms = 300'000;    ///< for one transaction to be mined
};

/// Backends whose final proofs are stored and attested instead of submitted.
struct AttestConfig {
  std::vector<std::string> backends;
  std::string verifier;                     ///< AttestedVerifier; empty: the dev chain's
  std::vector<std::string> keystores;       ///< v3 files of verifier keys; empty on a dev chain: made anew
  std::vector<std::string> password_files;  ///< one for each of them, or one for all
  std::vector<std::string> collect;         ///< directories and URLs where other verifiers leave signatures
  std::uint64_t collect_ms = 60'000;        ///< how long they are waited for
  std::string uri;                          ///< of the proofs, up to the digest; empty: the console's
  std::string directory;                    ///< of the proofs; empty: STATE/proofs
  std::uint64_t bytes_max_mib = 4096;
};

struct StageConfig {
  std::uint32_t workers = 1;
  std::uint32_t slots = 1;     ///< tasks that one worker computes at the same time
  std::uint32_t prefetch = 0;  ///< tasks that it holds beyond that
  std::uint64_t grace_ms = 10'000;
};

struct LinksConfig {
  std::string public_key_file, secret_key_file;  ///< Z85, of this process
  std::string server_key_file;                   ///< public key of the dispatchers
  std::string allowed_keys_file;                 ///< public keys that may connect, one a line
};

/// What `cairn up --with-prometheus` runs beside the pool.
struct PrometheusConfig {
  std::string server = "prometheus";
  std::string directory;  ///< holds prometheus.yml and rules/; copied into the state directory
  std::string listen;     ///< "host:port"; empty: a free port of the loopback interface
  std::uint64_t retention_days = 15;
};

/// The page that `cairn up` and `cairn console` serve.
struct ConsoleConfig {
  std::string listen = "127.0.0.1:0";  ///< "host:port", port 0 for a free one
  std::string token_file;              ///< its first line must be shown; empty: only on loopback
};

/// Errors: invalid_input when other machines could look without a token.
Status check(const ConsoleConfig& console);

struct PoolConfig {
  std::string path;  ///< of the file
  std::string pool = "main";
  std::string log_level = "info";
  log::Bounds log_bounds;  ///< of each process
  std::string http_host = "127.0.0.1";
  RedisConfig redis;
  ChainConfig chain;
  RequesterConfig requester;
  AttestConfig attest;
  LinksConfig links;
  PrometheusConfig prometheus;
  ConsoleConfig console;
  pipeline::StoreRules store;
  std::map<std::string, StageConfig> stages;      ///< every stage of stages::all_stages()
  std::map<std::string, BackendConfig> backends;  ///< by name
};

/// How long a drain goes on after the grace of a stage, to have settled what it handed back: as long as
/// leases last, for until then it is not too late, but no longer than a service manager waits.
std::int64_t settle_ms(const PoolConfig& config);

/// Relative paths in the file are relative to its folder. Errors: not_found, invalid_input with
/// file and line.
Result<PoolConfig> load_config(const std::string& path, const Environment& environment);

}  // namespace cairn::cli
