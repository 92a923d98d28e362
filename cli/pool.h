// A pool on this machine: its state directory, and what its processes and commands find in it.
//
//   STATE/pool.json    where everything is (this file)
//   STATE/lock         held while `cairn up` runs
//   STATE/pids         children of `cairn up`
//   STATE/redis/       append-only file
//   STATE/chain/       dev chain and its deployment
//   STATE/keys/        keystore of the prover, and those of the verifiers of a dev chain
//   STATE/proofs/      final proofs that were attested, by their SHA-256
//   STATE/prometheus/  targets, and the data of a Prometheus of its own
//   STATE/log/         one file per process
//   RUN/*.sock         sockets; RUN is STATE/run, or a short path in /tmp when that is too long
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/result.h"

namespace cairn::cli {

struct Pool {
  std::string state;   ///< absolute
  std::string run;     ///< absolute
  std::string config;  ///< the YAML file
  std::string name;
  std::string redis;  ///< "unix:/path" or "host:port"
  std::vector<std::string> rpc;
  std::uint64_t chain_id = 0;  ///< that they must serve; 0: not known
  std::string contract;
  std::string verifier;           ///< of the dev chain; empty elsewhere
  std::string token;              ///< of the dev chain; empty elsewhere
  std::string attested_verifier;  ///< of the dev chain, when a backend is attested; empty elsewhere
  std::vector<std::string> verifier_keystores;  ///< of the dev chain's AttestedVerifier
  std::string verifier_password_file;           ///< of all of them
  std::string keystore, password_file;
  std::map<std::string, std::vector<std::string>> dispatchers;  ///< endpoints by stage

  std::string path(std::string_view file) const { return state + "/" + std::string(file); }
  std::string log(std::string_view process) const { return path("log/" + std::string(process) + ".log"); }
};

/// Makes the directories of a pool. Errors: unavailable.
Result<Pool> make_pool(const std::string& state);
Status save(const Pool& pool);
/// Errors: not_found, saying how to start a pool; corrupt, also when a stage has no dispatcher.
Result<Pool> find_pool(const std::string& state);
/// True while a `cairn up` of this machine has the pool's state directory.
bool is_held(const Pool& pool);

}  // namespace cairn::cli
