// One small pool, whole, in one thread and on virtual time: real dispatchers, real workers and, in every
// fourth world, the real stages of the sender on a chain in memory. A seed decides the pool's shape, the
// order of everything, and what goes wrong: frames lost, late, twice and reordered; calls of the store that
// fail or lose their reply; processes that crash, freeze and drain. At the end of the faults everything must
// come true within a bounded time. After every step the promises are checked (watched_store.h, and below).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "common/metrics.h"
#include "pipeline/dispatcher.h"
#include "pipeline/store_memory.h"
#include "pipeline/worker.h"
#include "tests/simulation/broken_store.h"
#include "tests/simulation/network.h"
#include "tests/simulation/watched_store.h"
#include "tests/support/sim_chain.h"

namespace cairn::sim {

/// What a run did, for people, and to see that the faults really happened.
struct RunTally {
  std::uint64_t worlds = 0, steps = 0, tasks = 0, leases_lost = 0, stale = 0;
  std::uint64_t crashes = 0, freezes = 0, drains = 0, reveals = 0, blocks = 0;
  std::uint64_t virtual_ms = 0;
};

class RuntimeWorld {
 public:
  /// `trace` gets a line per step; null for none. `metrics` is borrowed and only written.
  RuntimeWorld(std::uint64_t seed, Broken broken, Metrics& metrics,
               std::function<void(const std::string&)> trace = nullptr);
  ~RuntimeWorld();

  /// Runs to the end. Empty when every promise was kept, else the first that was not.
  std::string run();
  RunTally tally;

 private:
  struct Actor;
  struct Chain;

  void make_actors();
  void add_sequences();
  pipeline::Stage stage(const std::string& name);
  Result<pipeline::Outcome> plan(const pipeline::Task& task);
  Result<pipeline::Outcome> leaf(const pipeline::Task& task);
  Result<pipeline::Outcome> join(const pipeline::Task& task);

  bool step();
  void act(Actor& actor);
  void start(Actor& actor);
  void end(Actor& actor, const char* how);
  void hurt(Actor& actor);
  void heal();
  void mine();
  void watch_broadcast(const SimTx& tx);
  bool all_ended();
  void check_end();
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  bool chance(std::uint32_t per_mille) { return pick(1000) < per_mille; }
  void say(const std::string& what) {
    if (trace_) trace_(std::to_string(now_ms_) + " ms: " + what);
  }

  std::mt19937_64 random_;
  Metrics& metrics_;
  std::function<void(const std::string&)> trace_;
  std::uint64_t now_ms_ = 1'000'000;
  std::uint64_t heal_ms_ = 0, end_ms_ = 0;
  bool healed_ = false;
  NetworkFaults network_faults_;
  StoreFaults store_faults_;
  std::uint32_t fault_ = 0;  ///< per mille of steps: an actor is hurt
  pipeline::StoreRules rules_;
  pipeline::MemoryStore memory_;
  std::unique_ptr<pipeline::Store> broken_;
  WatchedStore store_;
  Network network_;
  std::unique_ptr<Chain> chain_;  ///< null in worlds without a sender
  std::vector<std::unique_ptr<Actor>> actors_;
  std::map<std::string, std::vector<std::string>> dispatchers_;  ///< endpoints by stage
  std::vector<std::string> groups_;
  std::uint64_t names_ = 0;
};

}  // namespace cairn::sim
