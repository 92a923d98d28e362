#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "chain/address.h"
#include "chain/keystore.h"
#include "chain/two_step_abi.h"
#include "cli/attestation.h"
#include "cli/child.h"
#include "cli/command.h"
#include "cli/services.h"
#include "cli/verifier_keys.h"
#include "common/json.h"
#include "stages/follow.h"

namespace cairn::cli {
namespace {

struct Options {
  std::string state = ".cairn";
  std::string config;
  bool json = false;
};

/// One thing that was looked at.
struct Finding {
  std::string what;
  bool ok;
  std::string detail;  // what was found, or what to do
};

class Examination {
 public:
  void add(std::string what, bool ok, std::string detail) {
    findings_.push_back({std::move(what), ok, std::move(detail)});
  }
  void add(std::string what, const Status& status, std::string when_ok) {
    add(std::move(what), status.ok(), status.ok() ? std::move(when_ok) : status.error().what);
  }

  bool healthy() const {
    for (const Finding& f : findings_) {
      if (!f.ok) return false;
    }
    return true;
  }

  void print(bool json) const {
    Json out = {{"ok", healthy()}, {"findings", Json::array()}};
    for (const Finding& f : findings_) {
      if (json)
        out["findings"].push_back({{"what", f.what}, {"ok", f.ok}, {"detail", f.detail}});
      else
        std::printf("%-5s %-12s %s\n", f.ok ? "ok" : "WRONG", f.what.c_str(), f.detail.c_str());
    }
    if (json) std::printf("%s\n", out.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  }

 private:
  std::vector<Finding> findings_;
};

void examine_programs(const PoolConfig& config, Examination& out) {
  if (config.redis.address.empty()) {
    out.add("redis", executable_exists(config.redis.server),
            config.redis.server + " (apt-get install redis-server)");
  }
  if (config.chain.rpc.empty()) {
    out.add("anvil", executable_exists(config.chain.dev.anvil), config.chain.dev.anvil + " (ops/install)");
  }
  std::error_code no_temporary;  // what TMPDIR says is of no use to a pool
  auto temporary = std::filesystem::temp_directory_path(no_temporary);
  if (no_temporary) temporary = "/tmp";
  for (const auto& [name, settings] : config.backends) {
    const auto work_root = temporary / ("cairn-doctor." + std::to_string(getpid()));
    const auto made = make_backend(settings, work_root);
    out.add("backend", made.ok() ? Status{} : Status(made.error()),
            name + ", programs: " + std::to_string(programs_of(settings).size()));
    std::error_code ignored;
    std::filesystem::remove_all(work_root, ignored);
  }
}

/// Redis should hold all that may be in flight, and as much again for its own copy on rewrite.
void examine_memory(const PoolConfig& config, Examination& out) {
  const std::uint64_t wanted_mib = (config.store.bytes_max >> 20) * 3 / 2 + 64;
  const bool enough = !config.redis.address.empty() || config.redis.max_memory_mib >= wanted_mib;
  out.add("memory", enough,
          "redis.max_memory_mib " + std::to_string(config.redis.max_memory_mib) +
              ", recommended for store.bytes_max: " + std::to_string(wanted_mib));
}

void examine_disk(const std::string& state, Examination& out) {
  struct statvfs space {};
  if (statvfs(state.c_str(), &space) != 0) return;
  const std::uint64_t mib = (std::uint64_t{space.f_bavail} * space.f_frsize) >> 20;
  out.add("disk", mib > 1024,
          std::to_string(mib) + " MiB free at " + state + ", 1024 wanted for the append-only file");
}

Status examine_chain(const Pool& pool, const PoolConfig& config, Examination& out) {
  CAIRN_ASSIGN(const auto chain, open_chain(pool, config));
  CAIRN_ASSIGN(const auto head, chain->head());
  CAIRN_ASSIGN(const auto windows, chain->windows());
  out.add("chain", true,
          "block " + std::to_string(head.number) + ", windows of " + std::to_string(windows.commit_blocks) +
              " and " + std::to_string(windows.reveal_blocks) + " blocks");
  CAIRN_ASSIGN(const auto key, chain::load_key(pool.keystore, pool.password_file));
  CAIRN_ASSIGN(const auto balance, chain->balance(key.address()));
  out.add("gas", !balance.is_zero(),
          chain::address_text(key.address()) + " holds " + balance.decimal() + " wei");
  CAIRN_ASSIGN(const auto prover, chain->prover(key.address()));
  CAIRN_ASSIGN(const auto returned,
               chain->node().call({{}, chain->contract(), chain::two_step::stake_terms(), {}}));
  CAIRN_ASSIGN(const auto terms, chain::two_step::decode_stake_terms(returned.returned));
  CAIRN_ASSIGN(const auto free, prover.stake.minus(prover.bonded));
  const chain::U256 bond = std::max(terms.slash_no_proof, terms.slash_incorrect_hash);
  out.add("stake", prover.stake >= terms.min_stake && free >= bond,
          prover.stake.decimal() + " staked, " + free.decimal() + " free; " + bond.decimal() +
              " are bonded per commitment");
  return {};
}

/// Signatures that no key here can make must come from somewhere.
Status examine_attestation(const Pool& pool, const PoolConfig& config, Examination& out) {
  if (config.attest.backends.empty()) return {};
  CAIRN_ASSIGN(const auto chain, open_chain(pool, config));
  CAIRN_ASSIGN(const auto domain, attestation_domain(pool, config.attest, chain->node()));
  CAIRN_ASSIGN(const chain::KeySet set, chain::read_key_set(chain->node(), domain.verifier));
  CAIRN_ASSIGN(const auto keys, load_verifier_keys(pool, config.attest));
  const auto own = static_cast<std::size_t>(std::ranges::count_if(set.keys, [&](const chain::Address& key) {
    return std::ranges::find(keys, key, &chain::SecretKey::address) != keys.end();
  }));
  out.add("attest", own >= set.threshold || !config.attest.collect.empty(),
          "set " + std::to_string(set.set) + ": " + std::to_string(set.threshold) + " of " +
              std::to_string(set.keys.size()) + " verifier keys sign, " + std::to_string(own) +
              " are here, " + std::to_string(config.attest.collect.size()) +
              " places for others' signatures");
  CAIRN_ASSIGN(const auto proofs, open_proofs(pool, config.attest));
  CAIRN_ASSIGN(const std::uint64_t bytes, proofs.stored_bytes());
  out.add("proofs", bytes < (config.attest.bytes_max_mib << 20) / 10 * 9,
          std::to_string(bytes >> 20) + " MiB of proofs, attest.bytes_max_mib " +
              std::to_string(config.attest.bytes_max_mib));
  return {};
}

/// A follower that cannot go on fails no task: it waits.
Status examine_follower(const Pool& pool, pipeline::Store& store, Examination& out) {
  CAIRN_ASSIGN(const chain::Address contract, chain::parse_address(pool.contract));
  const auto follower = store.group(stages::follow_task(contract, 0).group);
  if (!follower.ok()) return follower.error().code == Code::not_found ? Status() : follower.error();
  const auto fact = [&](const char* name) {
    const auto found = follower->facts.find(name);
    return found == follower->facts.end() ? std::string() : found->second;
  };
  const std::string chain = fact("chain");
  const bool reads = chain.empty() || chain == "answers";  // empty: it has not looked yet
  out.add("follower", reads, "at block " + fact("next_block") + (reads ? "" : ": " + chain));
  return {};
}

Status examine_store(const Pool& pool, const PoolConfig& config, Examination& out) {
  CAIRN_ASSIGN(const auto store, open_store(pool, config));
  CAIRN_ASSIGN(const std::uint64_t bytes, store->stored_bytes());
  out.add("store", true, std::to_string(bytes) + " bytes of tasks stored, functions loaded");
  CAIRN_ASSIGN(const auto dead, store->dead("", 1000));
  out.add("dead", dead.empty(), std::to_string(dead.size()) + " dead tasks (cairn dead list)");
  return config.chain.follow ? examine_follower(pool, *store, out) : Status();
}

Status examine(const Options& options, int& exit) {
  Examination out;
  const Result<Pool> pool = find_pool(options.state);
  const std::string path = !options.config.empty() ? options.config : pool.ok() ? pool->config : "cairn.yaml";
  const Result<PoolConfig> config = load_config(path, process_environment());
  out.add("config", config.ok() ? Status{} : Status(config.error()), path);
  if (config.ok()) {
    examine_programs(*config, out);
    examine_memory(*config, out);
    out.add("pool", pool.ok() ? Status{} : Status(pool.error()), pool.ok() ? pool->state : "");
    if (pool.ok()) {
      examine_disk(pool->state, out);
      if (const Status s = examine_store(*pool, *config, out); !s.ok()) out.add("store", s, "");
      if (const Status s = examine_chain(*pool, *config, out); !s.ok()) out.add("chain", s, "");
      if (const Status s = examine_attestation(*pool, *config, out); !s.ok()) out.add("attest", s, "");
    }
  }
  out.print(options.json);
  if (!out.healthy()) exit = config.ok() ? exit_failure : exit_config;
  return {};
}

}  // namespace

void add_doctor(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command = app.add("doctor", "Looks for what is missing or wrong, and says what to do.",
                            "cairn doctor --config ops/config/dev.yaml");
  command.state(options->state);
  command.option("--config", options->config, "Configuration file; default: the running pool's");
  command.flag("--json", options->json, "One JSON object");
  command.run([options, &exit] {
    const Status status = examine(*options, exit);
    if (!status.ok()) exit = fail(status.error(), options->json);
  });
}

}  // namespace cairn::cli
