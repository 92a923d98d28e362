#include "tests/support/sender_world.h"

#include <algorithm>

#include "chain/fees.h"
#include "stages/hash_commit.h"
#include "stages/resend.h"
#include "stages/reveal.h"

namespace cairn::sim {

namespace sender = chain::sender;
using chain::CommitmentState;
using chain::SequenceState;
using pipeline::Outcome;
using pipeline::Task;

namespace {

constexpr std::uint64_t reorg_depth_max = 6;
constexpr std::uint64_t gwei = 1'000'000'000;

struct NoWatch : pipeline::Watch {
  bool cancelled() const override { return false; }
  void progress(double) override {}
};

std::string group_of(std::size_t i) { return "s" + std::to_string(i); }

const Address rival = sim_address(0xe0);
const Address thief = sim_address(0xf0);

}  // namespace

SenderWorld::SenderWorld(std::uint64_t seed, const Faults& faults, std::size_t pools)
    : random_(seed), faults_(faults) {
  windows_.commit_blocks = 4 + pick(7);
  windows_.reveal_blocks = 6 + pick(5);
  windows_.settlement_blocks = windows_.reveal_blocks + pick(4);
  windows_.withdrawal_blocks = 100;
  policy_.confirmations_commit = 1 + pick(3);
  policy_.confirmations_final = reorg_depth_max + 2 + pick(4);
  policy_.reveal_depth_blocks = pick(3);
  policy_.gap_after_blocks = 6;
  policy_.fees.patience_blocks = 2;
  policy_.fees.max_fee_per_gas = chain::U256(100 * gwei);
  policy_.fees.max_priority_fee_per_gas = chain::U256(20 * gwei);
  chain_ = std::make_unique<SimChain>(windows_);
  chain_->min_tip = gwei;
  chain_->next_block_calls = chance(700);

  const std::size_t count = 1 + pick(5);
  for (std::size_t i = 0; i < count; ++i) {
    const SequenceId id = sim_digest("sequence " + std::to_string(i));
    claims_[id] = sim_digest("claim " + std::to_string(i));
    sequences_.push_back(id);
    chain_->open(id, claims_[id], 1'000'000, chain_->number() + 40 + pick(300));
  }
  chain_->set_stake(rival, 700);
  chain_->set_stake(thief, 500);
  pools_.reserve(pools);
  for (std::size_t i = 0; i < pools; ++i) add_pool(static_cast<std::uint8_t>(1 + i), policy_);

  setup_block_ = highest_ = chain_->number();
  chain_->on_broadcast = [this](const SimTx& tx) { watch_broadcast(tx); };
  chain_->before = [this](std::string_view) -> Status {
    if (playing_ == nullptr || quiet_) return {};
    if (chance(faults_.block_in_step)) {
      ++blocks_in_step_;
      mine(false);
    }
    if (!chance(faults_.rpc_error)) return {};
    return Error{std::array{Code::unavailable, Code::timeout, Code::corrupt}[pick(3)], "fault"};
  };
  chain_->after_broadcast = [this](const SimTx&) -> Status {
    if (playing_ == nullptr || quiet_ || !chance(faults_.error_after_send)) return {};
    return Error{Code::timeout, "fault after acceptance"};
  };
}

void SenderWorld::add_pool(std::uint8_t name, const sender::Policy& policy) {
  Pool pool;
  pool.signer = std::make_unique<SimSigner>(sim_address(name));
  const stages::ChainServices services{*chain_, *pool.signer, policy};
  pool.stages["hash_commit"] = stages::make_hash_commit(services);
  pool.stages["reveal"] = stages::make_reveal(services);
  pool.stages["resend"] = stages::make_resend(services);
  chain_->set_stake(pool.signer->address(), 1000);
  const bool deterministic = chance(500);
  for (std::size_t i = 0; i < sequences_.size(); ++i) {
    const Digest32 claim = claims_[sequences_[i]];
    const std::string tail = deterministic ? "same" : "by " + std::to_string(name);
    Task task;
    task.group = group_of(i);
    task.id = task.group + "/h/0000";
    task.stage = "hash_commit";
    task.height = i;
    task.payload = encode(sender::planned_row(sequences_[i], claim, sim_proof(claim, tail)));
    pool.store.known.insert(task.id);
    pool.store.tasks[std::string(task.id)] = {task, 0, 0, "", {}};
  }
  pool.older = pool.store;
  pools_.push_back(std::move(pool));
}

bool SenderWorld::chance(std::uint32_t per_mille) { return random_() % 1000 < per_mille; }
std::uint64_t SenderWorld::pick(std::uint64_t below) { return random_() % below; }

void SenderWorld::fail(std::string what) {
  if (violation.empty()) violation = std::move(what);
}

// --- the store and the worker

Outcome SenderWorld::play(Pool& pool, const Task& task, bool& failed, std::string& why) {
  NoWatch watch;
  playing_ = &pool;
  group_ = task.group;
  blocks_in_step_ = 0;
  auto outcome = pool.stages.at(task.stage)(task, watch);
  playing_ = nullptr;
  ++tally.steps;
  failed = !outcome.ok();
  if (failed) {
    why = outcome.error().what;
    if (outcome.error().code != Code::invalid_input) fail("step failed: " + why);
    return {};
  }
  return std::move(*outcome);
}

void SenderWorld::step(Pool& pool, const std::string& id, bool quiet) {
  const Task task = pool.store.tasks.at(id).task;
  bool failed = false;
  std::string why;
  Outcome outcome = play(pool, task, failed, why);
  if (!quiet && chance(faults_.crash)) return;
  if (!quiet && chance(faults_.repeat)) {
    bool failed_again = false;
    Outcome second = play(pool, task, failed_again, why);
    if (chance(500)) {
      outcome = std::move(second);
      failed = failed_again;
    }
  }
  if (failed) {
    const bool expected = why.find("rounds, each for a slash") != std::string::npos;
    if (!expected) fail("unexpected death: " + why);
    pool.store.tasks.erase(id);
    pool.store.ends[task.group] = "dead";
    return;
  }
  apply(pool, id, outcome);
  if (!quiet && chance(faults_.stale)) {
    stale_ = true;
    if (chance(600)) mine(false);
    play(pool, task, failed, why);
    stale_ = false;
  }
}

void SenderWorld::apply(Pool& pool, const std::string& id, const Outcome& outcome) {
  Store& store = pool.store;
  if (!outcome.output.empty()) fail("a step of the sender has an output");
  for (const auto& [name, value] : outcome.facts) {
    if (name == "rounds_lost") ++tally.rounds_lost;
    if (name == "filled_nonce") ++tally.gaps;
    if (name == "waiting_for") store.tasks.at(id).waiting_for = value;
    if (name == "adopted_round") ++tally.adopted;
    if (name == "sender" && value == "late_reveal") ++tally.late;
  }
  if (outcome.again) {
    Entry& entry = store.tasks.at(id);
    if (!outcome.emits.empty() || !outcome.group_end.empty()) fail("again, and something else");
    if (outcome.again->payload) {
      entry.task.payload = *outcome.again->payload;
      check_row(pool, entry);
    }
    if (const auto& request = outcome.again->number) {
      std::uint64_t& next = store.counters[request->counter];
      next = std::max(next, request->floor);
      entry.task.number = next++;
    }
    const bool next_block = outcome.again->delay_ms >= policy_.poll_ms;
    entry.block = next_block ? chain_->number() + 1 : 0;
    entry.action = outcome.again->delay_ms > 0 && !next_block ? action_ + 10 : 0;
    return;
  }
  const std::string group = store.tasks.at(id).task.group;
  store.tasks.erase(id);
  for (const pipeline::TaskSpec& spec : outcome.emits) {
    if (!pipeline::check(spec).ok()) fail("malformed task " + spec.id);
    if (!store.known.insert(spec.id).second) {
      fail("task id used twice: " + spec.id);
      continue;
    }
    Task task;
    task.id = spec.id;
    task.stage = spec.stage;
    task.height = spec.height;
    task.group = spec.group;
    task.payload = spec.payload;
    Entry& entry = store.tasks[spec.id] = {task, 0, 0, "", {}};
    if (spec.delay_ms >= policy_.poll_ms) entry.block = chain_->number() + 1;
    check_row(pool, entry);
  }
  if (!outcome.group_end.empty()) {
    store.ends[group] = outcome.group_end;
    check_end(pool, group, outcome.group_end);
  } else if (outcome.emits.size() != 1) {
    fail("a row vanished: " + id);
  }
}

// --- what happens

void SenderWorld::mine(bool quiet) {
  ++tally.blocks;
  const bool lazy = !quiet && chance(faults_.lazy_block);
  chain_->mine([&](const SimTx&) { return !lazy || chance(400); });
  highest_ = std::max(highest_, chain_->number());
}

void SenderWorld::reorg() {
  ++tally.reorgs;
  const std::uint64_t floor = std::max(setup_block_, highest_ - reorg_depth_max);
  if (chain_->number() <= floor) return;
  const std::uint64_t depth = std::min(1 + pick(reorg_depth_max), chain_->number() - floor);
  const std::uint32_t survival = std::array{0u, 500u, 1000u}[pick(3)];
  chain_->unwind(depth, [&](const SimTx&) { return chance(survival); });
  const std::uint64_t back = chance(800) ? depth : depth - 1;
  for (std::uint64_t i = 0; i < back; ++i) {
    const bool empty = chance(500);
    chain_->mine([&](const SimTx&) { return !empty && chance(600); });
  }
  highest_ = std::max(highest_, chain_->number());
}

void SenderWorld::fault() {
  Pool& pool = pools_[pick(pools_.size())];
  if (chance(faults_.reorg)) reorg();
  if (chance(faults_.drop) && !chain_->pool.empty()) {
    chain_->pool.erase(
        std::next(chain_->pool.begin(), static_cast<std::ptrdiff_t>(pick(chain_->pool.size()))));
  }
  if (chance(faults_.fees)) {
    chain_->base_fee = gwei * std::array{1u, 1u, 3u, 20u, 150u}[pick(5)];
    chain_->min_tip = gwei * std::array{1u, 1u, 2u, 5u}[pick(4)];
  }
  if (chance(faults_.no_funds)) {
    const Address who = pool.signer->address();
    if (!chain_->without_funds.erase(who)) chain_->without_funds.insert(who);
  }
  if (chance(faults_.foreign)) {
    const Address who = pool.signer->address();
    const std::uint64_t nonce = chain_->pending_nonce(who).value();
    const chain::U256 fee(30 * gwei);
    SimTx tx = decode_sim_tx(pool.signer->pay_reward(sim_digest("else"), nonce, {fee, fee}, 0).raw);
    chain_->pool[{who, nonce}] = tx;
  }
  if (chance(faults_.rollback)) {
    const auto cancelled_ends = pool.store.ends;
    pool.store = pool.older;
  } else if (chance(50)) {
    pool.older = pool.store;
  }
  if (chance(faults_.cancel) && !pool.store.tasks.empty()) {
    const auto victim =
        std::next(pool.store.tasks.begin(), static_cast<std::ptrdiff_t>(pick(pool.store.tasks.size())));
    ++tally.cancelled;
    pool.cancelled.insert(victim->second.task.group);
    pool.store.tasks.erase(victim);
  }
  if (chance(faults_.rival)) act_rival();
}

void SenderWorld::act_rival() {
  const SequenceId id = sequences_[pick(sequences_.size())];
  const SimSigner signer(rival);
  const Bytes proof = sim_proof(claims_[id], chance(500) ? "same" : "rival");
  const std::uint64_t nonce = chain_->pending_nonce(rival).value();
  const chain::U256 fee(200 * gwei);
  const chain::Fees fees{fee, fee};
  chain::SignedTx tx;
  switch (pick(4)) {
    case 0:
    case 1:
      tx = signer.commit(id, bound_hash(proof, rival), nonce, fees, 0);
      break;
    case 2:
      tx = signer.reveal(id, proof, nonce, fees, 0);
      break;
    default:
      tx = signer.pay_reward(id, nonce, fees, 0);
      break;
  }
  chain_->broadcast(tx.raw).value();
}

/// Copies every proof that it has seen, in a commitment and in a reveal.
void SenderWorld::act_thief() {
  if (thief_block_ == chain_->number()) return;
  thief_block_ = chain_->number();
  const SimSigner signer(thief);
  const chain::U256 fee(200 * gwei);
  const chain::Fees fees{fee, fee};
  for (const Bytes& proof : public_proofs_) {
    for (const SequenceId& id : sequences_) {
      if (!std::equal(claims_[id].begin(), claims_[id].end(), proof.begin())) continue;
      for (const SimCall& call : {SimCall{Purpose::commit, id, bound_hash(proof, thief), {}},
                                  SimCall{Purpose::reveal, id, {}, proof}}) {
        if (!chain_->would_revert(thief, call).empty()) continue;
        const std::uint64_t nonce = chain_->pending_nonce(thief).value();
        const auto tx = call.purpose == Purpose::commit ? signer.commit(id, call.digest, nonce, fees, 0)
                                                        : signer.reveal(id, proof, nonce, fees, 0);
        chain_->broadcast(tx.raw).value();
      }
    }
  }
}

void SenderWorld::act(bool quiet) {
  quiet_ = quiet;
  ++action_;
  if (!quiet) fault();
  act_thief();
  std::vector<std::pair<Pool*, std::string>> ready;
  bool short_wait = false;
  for (Pool& pool : pools_) {
    for (const auto& [id, entry] : pool.store.tasks) {
      const bool due = entry.block <= chain_->number() && entry.action <= action_;
      short_wait = short_wait || (!due && entry.block <= chain_->number());
      if (due || (!quiet && chance(30))) ready.emplace_back(&pool, id);
    }
  }
  if (ready.empty() || chance(quiet ? 0 : faults_.hurry)) {
    // Blocks are slow against steps: short waits end before the next one, most of the time.
    if (!short_wait || chance(50)) mine(quiet);
    return;
  }
  const auto& [pool, id] = ready[pick(ready.size())];
  step(*pool, id, quiet);
}

bool SenderWorld::finished() const {
  return std::all_of(pools_.begin(), pools_.end(), [](const Pool& p) { return p.store.tasks.empty(); });
}

bool SenderWorld::run(std::size_t actions) {
  ++tally.worlds;
  for (std::size_t i = 0; i < actions && violation.empty() && !finished(); ++i) act(false);
  chain_->base_fee = gwei;
  chain_->min_tip = gwei;
  chain_->without_funds.clear();
  for (std::size_t i = 0; i < 30'000 && violation.empty() && !finished(); ++i) act(true);
  if (violation.empty()) check_quiescence();
  return violation.empty();
}

std::uint64_t SenderWorld::thief_reward() const {
  const auto it = chain_->state().rewards.find(thief);
  return it == chain_->state().rewards.end() ? 0 : it->second;
}

}  // namespace cairn::sim
