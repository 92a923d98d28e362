#include "tests/simulation/world.h"

#include <algorithm>

#include "stages/hash_commit.h"
#include "stages/resend.h"
#include "stages/reveal.h"

namespace cairn::sim {

using pipeline::Outcome;
using pipeline::Task;
using pipeline::TaskSpec;

namespace {

constexpr std::uint64_t kLeaseMs = 3'000;
constexpr std::uint64_t kBlockMs = 1'000;
constexpr std::uint64_t kNever = UINT64_MAX;
constexpr std::uint64_t kStepsMax = 100'000;
constexpr std::uint64_t kSequenceMax = 4;
constexpr const char* kCapabilities[] = {"cpu", "gpu"};  // that leaves may need
constexpr chain::Windows kWindows = {8, 12, 14, 100};

std::string group_of(std::uint64_t height) { return "g" + std::to_string(height); }
Bytes leaf_output(const std::string& id) { return copy(view("out of " + id)); }
std::uint64_t number_in(ByteView payload) { return std::stoull(std::string(text(payload))); }
Bytes payload_of(std::uint64_t number) { return copy(view(std::to_string(number))); }

}  // namespace

/// A dispatcher or a worker; null while it is down.
struct RuntimeWorld::Actor {
  std::string stage;
  std::string endpoint;
  bool is_worker = false;
  std::uint32_t slots = 1;
  std::vector<pipeline::Capability> capabilities;
  std::unique_ptr<pipeline::Inbox> inbox;
  std::unique_ptr<pipeline::Dispatcher> dispatcher;
  std::unique_ptr<pipeline::Worker> worker;
  bool draining = false;
  std::uint64_t wake_ms = 0;  ///< its next turn, or when it comes back
  std::uint64_t frozen_until_ms = 0;
  std::vector<std::uint64_t> computed_ms;  ///< when running computations are ready

  bool up() const { return dispatcher || worker; }
  std::uint64_t next_ms() const {
    std::uint64_t next = wake_ms;
    for (const std::uint64_t at : computed_ms) next = std::min(next, at);
    return std::max(next, frozen_until_ms);
  }
};

struct RuntimeWorld::Chain {
  SimChain chain{kWindows};
  SimSigner signer{sim_address(1)};
  chain::sender::Policy policy;
  std::uint64_t next_block_ms = 0;
};

RuntimeWorld::RuntimeWorld(std::uint64_t seed, Broken broken, Metrics& metrics,
                           std::function<void(const std::string&)> trace)
    : random_(seed),
      metrics_(metrics),
      trace_(std::move(trace)),
      rules_{.lease_ms = kLeaseMs,
             .attempts_max = 10'000,
             .deaths_max = 10'000,
             .backoff_ms = 20,
             .backoff_max_ms = 500},
      memory_(rules_, [this] { return now_ms_; }),
      broken_(break_store(broken, memory_, random_, 30)),
      store_(*broken_, random_, now_ms_, store_faults_, kLeaseMs),
      network_(random_, now_ms_, network_faults_) {
  // From a calm world to one in which hardly anything arrives.
  const auto rate = [&](std::uint64_t most) {
    return chance(300) ? 0 : static_cast<std::uint32_t>(pick(most));
  };
  network_faults_ = {rate(200), rate(150), chance(300) ? 1 : pick(400)};
  store_faults_ = {rate(80), rate(80)};
  fault_ = rate(25);
  heal_ms_ = now_ms_ + 4'000 + pick(10'000);
  if (seed % 4 == 0) {
    chain_ = std::make_unique<Chain>();
    chain_->policy.confirmations_commit = 1 + pick(2);
    chain_->policy.confirmations_final = 3;
    chain_->policy.reveal_depth_blocks = pick(2);
    chain_->policy.rounds_lost_max = 1'000;
    chain_->policy.poll_ms = 500;
    chain_->chain.set_stake(chain_->signer.address(), 100'000);
    chain_->next_block_ms = now_ms_ + kBlockMs;
    chain_->chain.on_broadcast = [this](const SimTx& tx) { watch_broadcast(tx); };
    chain_->chain.before = [this](std::string_view) -> Status {
      if (healed_ || !chance(store_faults_.not_reached)) return {};
      return Error{Code::timeout, "simulated: the node does not answer"};
    };
  }
  // Once nothing goes wrong any more: a few leases and backoffs, and the windows of a lost round.
  end_ms_ = heal_ms_ + 20 * kLeaseMs + (chain_ ? 150 * kBlockMs : 0);
  make_actors();
  add_sequences();
}
RuntimeWorld::~RuntimeWorld() = default;

void RuntimeWorld::make_actors() {
  std::vector<std::string> stages = {"plan", "leaf", "join"};
  if (chain_) stages.insert(stages.end(), {"hash_commit", "reveal", "resend"});
  for (const std::string& stage : stages) {
    const std::uint64_t dispatchers = 1 + pick(2), workers = 1 + pick(stage == "leaf" ? 3 : 2);
    for (std::uint64_t i = 0; i < dispatchers; ++i) {
      auto actor = std::make_unique<Actor>();
      actor->stage = stage;
      actor->endpoint = stage + "-d" + std::to_string(i);
      dispatchers_[stage].push_back(actor->endpoint);
      actors_.push_back(std::move(actor));
    }
    for (std::uint64_t i = 0; i < workers; ++i) {
      auto actor = std::make_unique<Actor>();
      actor->stage = stage;
      actor->is_worker = true;
      actor->slots = 1 + static_cast<std::uint32_t>(pick(2));
      // Each can do something, and somebody can do everything.
      for (const char* capability : kCapabilities) {
        if (i == 0 || chance(400)) actor->capabilities.push_back(capability);
      }
      if (i > 0 && chance(300)) actor->capabilities.clear();
      actors_.push_back(std::move(actor));
    }
  }
  for (const auto& actor : actors_) actor->wake_ms = now_ms_ + pick(200);
}

void RuntimeWorld::add_sequences() {
  const std::uint64_t count = 1 + pick(kSequenceMax);
  for (std::uint64_t height = 1; height <= count; ++height) {
    TaskSpec first;
    first.group = group_of(height);
    first.id = first.group + "/plan";
    first.stage = "plan";
    first.height = height;
    first.payload = payload_of(1 + pick(4));  // leaves
    CAIRN_ASSERT(memory_.enqueue({first}).ok());
    groups_.push_back(first.group);
    if (!chain_) continue;
    const SequenceId id = sim_digest(first.group);
    chain_->chain.open(id, sim_digest("claim " + first.group), 1'000, chain_->chain.number() + 100'000);
  }
}

// --- the stages

pipeline::Stage RuntimeWorld::stage(const std::string& name) {
  using Step = Result<Outcome> (RuntimeWorld::*)(const Task&);
  const std::map<std::string, Step> own = {
      {"plan", &RuntimeWorld::plan}, {"leaf", &RuntimeWorld::leaf}, {"join", &RuntimeWorld::join}};
  if (const auto found = own.find(name); found != own.end()) {
    return {name, [this, step = found->second](const Task& task, pipeline::Watch&) -> Result<Outcome> {
              if (!healed_ && chance(40)) return Error{Code::failed, "simulated: the program failed"};
              return (this->*step)(task);
            }};
  }
  const stages::ChainServices services{chain_->chain, chain_->signer, chain_->policy};
  if (name == "hash_commit") return {name, stages::make_hash_commit(services)};
  if (name == "reveal") return {name, stages::make_reveal(services)};
  return {name, stages::make_resend(services)};
}

Result<Outcome> RuntimeWorld::plan(const Task& task) {
  Outcome out;
  TaskSpec join;
  join.id = task.group + "/join";
  join.stage = "join";
  join.height = task.height;
  join.group = task.group;
  join.waits_on = static_cast<std::uint32_t>(number_in(task.payload));
  out.emits.push_back(join);
  for (std::uint32_t i = 0; i < join.waits_on; ++i) {
    TaskSpec leaf = join;
    leaf.id = task.group + "/leaf/" + std::to_string(i);
    leaf.stage = "leaf";
    leaf.waits_on = 0;
    leaf.payload = payload_of(i % 3);  // steps before it is done
    leaf.feed = pipeline::Feed{join.id, i};
    if (i < 2) leaf.needs = kCapabilities[(i + task.height) % 2];
    out.emits.push_back(leaf);
  }
  return out;
}

Result<Outcome> RuntimeWorld::leaf(const Task& task) {
  Outcome out;
  const std::uint64_t steps = number_in(task.payload);
  if (steps == 0) {
    out.output = leaf_output(task.id);
  } else {
    out.again = pipeline::Again{payload_of(steps - 1), pick(300), std::nullopt};
  }
  return out;
}

Result<Outcome> RuntimeWorld::join(const Task& task) {
  for (std::size_t i = 0; i < task.inputs.size(); ++i) {
    if (task.inputs[i] != leaf_output(task.group + "/leaf/" + std::to_string(i))) {
      store_.fail("a join got another input than its slot's: " + task.id);
    }
  }
  if (task.inputs.empty()) store_.fail("a join without inputs: " + task.id);
  Outcome out;
  if (!chain_) {
    out.group_end = "joined";
    return out;
  }
  const Digest32 claim = sim_digest("claim " + task.group);
  TaskSpec commit;
  commit.id = task.group + "/h/0000";
  commit.stage = "hash_commit";
  commit.height = task.height;
  commit.group = task.group;
  commit.payload =
      encode(chain::sender::planned_row(sim_digest(task.group), claim, sim_proof(claim, task.group)));
  out.emits.push_back(commit);
  return out;
}

/// The proof is shown only under a canonical commitment, and not while somebody may still commit.
void RuntimeWorld::watch_broadcast(const SimTx& tx) {
  if (tx.call.purpose != Purpose::reveal) return;
  ++tally.reveals;
  const SimState& state = chain_->chain.state();
  const auto& sequence = state.sequences.at(tx.call.sequence).view;
  const SimCommitment* ours = state.find(tx.call.sequence, sequence.round, tx.from);
  if (ours == nullptr || ours->state == chain::CommitmentState::none)
    store_.fail("a reveal without a commitment");
  const bool proven = sequence.state == chain::SequenceState::proven;
  if (!proven && chain_->chain.number() + 1 <= sequence.first_commit_block + kWindows.commit_blocks) {
    store_.fail("a reveal in the commit window");
  }
}

// --- processes

void RuntimeWorld::start(Actor& actor) {
  const auto now = [this] { return static_cast<std::int64_t>(now_ms_); };
  if (!actor.is_worker) {
    actor.inbox = *network_.bind(actor.endpoint);
    pipeline::DispatcherOptions options;
    options.stage = actor.stage;
    options.worker_lost_ms = static_cast<std::int64_t>(kLeaseMs);
    options.poll_ms = 1'000;
    options.peers = dispatchers_;
    options.peers.erase(actor.stage);
    options.now_ms = now;
    if (actor.stage == "join") options.sweeps = {"plan", "leaf"};
    actor.dispatcher =
        std::make_unique<pipeline::Dispatcher>(options, store_, network_, *actor.inbox, metrics_);
  } else {
    actor.endpoint = actor.stage + "-w" + std::to_string(++names_);  // unique, also across restarts
    actor.inbox = *network_.bind(actor.endpoint);
    pipeline::WorkerOptions options;
    options.name = actor.endpoint;
    options.dispatchers = dispatchers_.at(actor.stage);
    options.slots = actor.slots;
    options.capabilities = actor.capabilities;
    options.prefetch = static_cast<std::uint32_t>(pick(2));
    options.beat_ms = 600;
    options.resend_ms = 900;
    options.silent_ms = 1'800;
    options.grace_ms = 500;
    options.settle_ms = 2'000;
    options.now_ms = now;
    options.own_threads = false;
    actor.worker =
        std::make_unique<pipeline::Worker>(options, stage(actor.stage), network_, *actor.inbox, metrics_);
  }
  actor.draining = false;
  actor.wake_ms = now_ms_;
  say(actor.endpoint + " starts");
}

void RuntimeWorld::end(Actor& actor, const char* how) {
  say(actor.endpoint + how);
  actor.worker.reset();
  actor.dispatcher.reset();
  actor.inbox.reset();
  actor.computed_ms.clear();
  actor.frozen_until_ms = 0;
  actor.wake_ms = now_ms_ + (healed_ ? 1 : pick(2'000));
}

void RuntimeWorld::hurt(Actor& actor) {
  if (!actor.up()) return;
  switch (pick(3)) {
    case 0:
      ++tally.crashes;
      return end(actor, " is killed");
    case 1:
      ++tally.freezes;
      actor.frozen_until_ms = now_ms_ + pick(3 * kLeaseMs);
      return say(actor.endpoint + " freezes until " + std::to_string(actor.frozen_until_ms));
    default:
      if (!actor.is_worker || actor.draining) return;
      ++tally.drains;
      actor.draining = true;
      actor.wake_ms = now_ms_;
      return say(actor.endpoint + " is told to drain");
  }
}

void RuntimeWorld::act(Actor& actor) {
  if (!actor.up()) return start(actor);
  if (actor.dispatcher) {
    actor.dispatcher->turn(0);
    actor.wake_ms =
        now_ms_ + static_cast<std::uint64_t>(std::max<std::int64_t>(1, actor.dispatcher->wait_ms()));
    return;
  }
  const auto ready = std::find_if(actor.computed_ms.begin(), actor.computed_ms.end(),
                                  [&](std::uint64_t at) { return at <= now_ms_; });
  if (ready != actor.computed_ms.end()) {
    actor.computed_ms.erase(ready);
    actor.worker->compute_one();
    actor.wake_ms = now_ms_;
  }
  if (!actor.worker->turn(actor.draining, 0)) return end(actor, " has drained");
  actor.wake_ms = now_ms_ + static_cast<std::uint64_t>(std::max<std::int64_t>(1, actor.worker->wait_ms()));
  const std::size_t running = std::min<std::size_t>(actor.slots, actor.worker->queued());
  while (actor.computed_ms.size() < running) {
    actor.computed_ms.push_back(now_ms_ + 1 + (chance(100) ? pick(2 * kLeaseMs) : pick(200)));
  }
}

void RuntimeWorld::heal() {
  healed_ = true;
  network_faults_ = {0, 0, 5};
  store_faults_ = {};
  fault_ = 0;
  for (const auto& actor : actors_) actor->frozen_until_ms = std::min(actor->frozen_until_ms, now_ms_);
  say("nothing goes wrong any more");
}

void RuntimeWorld::mine() {
  ++tally.blocks;
  if (!healed_ && chance(20) && chain_->chain.number() > 10) {
    chain_->chain.unwind(1, [](const SimTx&) { return true; });
    chain_->chain.mine();
    say("reorganisation");
  }
  chain_->chain.mine();
  chain_->next_block_ms = now_ms_ + kBlockMs;
}

// --- time

/// The next thing that is due, of those at the same time any. False when time is over.
bool RuntimeWorld::step() {
  std::uint64_t next = std::min(network_.next_ms(), chain_ ? chain_->next_block_ms : kNever);
  for (const auto& actor : actors_) next = std::min(next, actor->next_ms());
  now_ms_ = std::max(now_ms_, next);
  if (now_ms_ > end_ms_) return false;
  if (!healed_ && now_ms_ >= heal_ms_) heal();
  if (chain_ && chain_->next_block_ms <= now_ms_) mine();
  for (const std::string& endpoint : network_.deliver()) {
    for (const auto& actor : actors_) {
      if (actor->up() && actor->endpoint == endpoint) actor->wake_ms = std::min(actor->wake_ms, now_ms_);
    }
  }
  std::vector<Actor*> due;
  for (const auto& actor : actors_) {
    if (actor->next_ms() <= now_ms_) due.push_back(actor.get());
  }
  if (due.empty()) return true;
  Actor& actor = *due[pick(due.size())];
  if (chance(fault_)) hurt(*actors_[pick(actors_.size())]);
  if (actor.next_ms() <= now_ms_) act(actor);
  return true;
}

bool RuntimeWorld::all_ended() {
  return std::all_of(groups_.begin(), groups_.end(), [&](const std::string& id) {
    const auto group = memory_.group(id);
    return group.ok() && group->ended_ms != 0;
  });
}

void RuntimeWorld::check_end() {
  const std::string wanted = chain_ ? "verified" : "joined";
  for (const std::string& id : groups_) {
    const auto group = memory_.group(id);
    if (!group.ok()) {
      store_.fail("a sequence is lost: " + id);
    } else if (group->ended_ms == 0) {
      store_.fail("a sequence does not end: " + id + " is " + group->state);
    } else if (group->state != wanted) {
      store_.fail("a sequence ended as " + group->state + ": " + id);
    }
  }
  for (const auto& [stage, endpoints] : dispatchers_) {
    const auto counts = memory_.counts(stage);
    tally.tasks += counts->done_total;
    tally.leases_lost += counts->leases_lost_total;
    tally.stale += counts->stale_total;
  }
}

std::string RuntimeWorld::run() {
  const std::uint64_t begun_ms = now_ms_;
  while (store_.violation().empty()) {
    if (!step()) break;
    if (healed_ && now_ms_ > heal_ms_ + kLeaseMs + 2'000) store_.check_leases(kLeaseMs);
    if (++tally.steps % 16 == 0 && all_ended()) break;
    if (tally.steps > kStepsMax) {
      store_.fail("no end after " + std::to_string(kStepsMax) + " steps");
    }
  }
  if (store_.violation().empty()) check_end();
  tally.worlds = 1;
  tally.virtual_ms = now_ms_ - begun_ms;
  return store_.violation();
}

}  // namespace cairn::sim
