// A whole world for the sender, from one seed: pools that run the three chain stages over an in-memory
// store, rivals, a thief, and a chain that misbehaves. After every step the invariants are checked; the
// first one broken is kept as `violation`.
//
// Fault rates are per mille of actions. A crash throws a step's outcome away after its side effects; a
// repeat runs a step twice; a stale step runs an old copy of a task later and throws its outcome away.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "pipeline/stage.h"
#include "stages/chain_step.h"
#include "tests/support/sim_chain.h"

namespace cairn::sim {

struct Faults {
  std::uint32_t hurry = 0;  ///< a block comes while tasks are ready
  std::uint32_t crash = 0, repeat = 0, stale = 0;
  std::uint32_t rpc_error = 0;         ///< per question
  std::uint32_t error_after_send = 0;  ///< per broadcast
  std::uint32_t block_in_step = 0;     ///< per question: a block arrives
  std::uint32_t reorg = 0;             ///< depth 1 … 6
  std::uint32_t drop = 0;              ///< a pending transaction vanishes
  std::uint32_t lazy_block = 0;        ///< a block takes only some transactions
  std::uint32_t fees = 0;              ///< the fee market jumps, at times beyond our limits
  std::uint32_t no_funds = 0;
  std::uint32_t foreign = 0;   ///< somebody else sends with a pool's key
  std::uint32_t rollback = 0;  ///< a pool's store falls back to a recent copy
  std::uint32_t cancel = 0;    ///< a sequence is cancelled; its row vanishes
  std::uint32_t rival = 0;     ///< a scripted prover commits, reveals, or does not
};

struct Tally {
  std::uint64_t worlds = 0, steps = 0, blocks = 0, reorgs = 0;
  std::uint64_t verified = 0, given_up = 0, dead = 0, cancelled = 0;
  std::uint64_t rounds_lost = 0, fills = 0, raises = 0, late = 0, gaps = 0, adopted = 0;
};

class SenderWorld {
 public:
  SenderWorld(std::uint64_t seed, const Faults& faults, std::size_t pools);

  /// `actions` with faults, then none until all rows have ended. False: see `violation`.
  bool run(std::size_t actions);

  std::string violation;
  Tally tally;
  std::uint64_t thief_reward() const;

 private:
  struct Entry {
    pipeline::Task task;
    std::uint64_t block = 0;   ///< not ready before this block …
    std::uint64_t action = 0;  ///< … and this action
    std::string waiting_for;
    std::set<std::uint64_t> nonces;  ///< of its row, those of filled gaps left out
  };
  struct Store {
    std::map<std::string, Entry> tasks;
    std::set<std::string> known;
    std::map<std::string, std::uint64_t> counters;
    std::map<std::string, std::string> ends;  ///< by group
  };
  struct Pool {
    std::unique_ptr<SimSigner> signer;
    std::map<std::string, pipeline::Process> stages;
    Store store;
    Store older;  ///< the copy that a rollback returns to
    std::set<std::string> cancelled;
    std::set<TxHash> durable;  ///< signed bytes that were in a stored row
    std::set<SequenceId> shown;
    std::map<std::uint64_t, std::map<std::string, std::set<std::string>>> used;  ///< nonce → group → what
    std::map<TxHash, std::string> sent_by;                                       ///< group
    std::map<std::uint64_t, unsigned> takeovers;  ///< by nonce: new offers of one group above another's
  };

  void add_pool(std::uint8_t name, const chain::sender::Policy& policy);
  void act(bool quiet);
  void step(Pool& pool, const std::string& id, bool quiet);
  pipeline::Outcome play(Pool& pool, const pipeline::Task& task, bool& failed, std::string& why);
  void apply(Pool& pool, const std::string& id, const pipeline::Outcome& outcome);
  void mine(bool quiet);
  void reorg();
  void fault();
  void act_rival();
  void act_thief();
  void watch_broadcast(const SimTx& tx);
  void check_reveal(Pool& pool, const SimTx& tx);
  void check_bid(Pool& pool, const SimTx& tx);
  void check_row(Pool& pool, Entry& entry);
  void check_raise(const chain::sender::Attempt& old, const chain::sender::Attempt& next);
  void check_end(Pool& pool, const std::string& group, const std::string& end);
  void check_quiescence();
  bool finished() const;
  void fail(std::string what);
  bool chance(std::uint32_t per_mille);
  std::uint64_t pick(std::uint64_t below);
  bool has_faults() const { return !quiet_; }

  std::mt19937_64 random_;
  Faults faults_;
  chain::Windows windows_{};
  chain::sender::Policy policy_;
  std::unique_ptr<SimChain> chain_;
  std::vector<Pool> pools_;
  std::vector<SequenceId> sequences_;
  std::map<SequenceId, Digest32> claims_;
  std::set<Bytes> public_proofs_;
  std::uint64_t thief_block_ = 0;
  std::uint64_t setup_block_ = 0;  ///< nothing before it is reorganised
  std::uint64_t highest_ = 0;
  std::uint64_t action_ = 0;
  bool quiet_ = false;
  // of the step being played
  Pool* playing_ = nullptr;
  std::string group_;
  bool stale_ = false;
  std::uint64_t blocks_in_step_ = 0;
};

}  // namespace cairn::sim
