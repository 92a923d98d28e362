#include "pipeline/dispatcher.h"

#include <algorithm>
#include <array>
#include <set>

#include "common/log.h"

namespace cairn::pipeline {
namespace {

constexpr int kFramesPerTurn = 512;
constexpr std::size_t kBytesPerTurn = 2 * limits::frame_bytes_max;
constexpr std::size_t kPeersMax = 4096;
constexpr std::size_t kProducersMax = 256;
constexpr std::size_t kUnsentMax = 16;  // per producer; it asks again for what it misses
constexpr std::int64_t kProducerForgottenMs = 30'000;
constexpr std::uint64_t kOrdersBytesMax = limits::frame_bytes_max / 2;
constexpr std::int64_t kConnectWaitMs = 5;

constexpr std::string_view kAnswerNames[] = {"accepted", "duplicate", "backpressure", "rejected"};

std::string_view verdict_name(Verdict verdict) {
  constexpr std::string_view names[] = {"ok", "duplicate", "stale"};
  return names[static_cast<int>(verdict)];
}

/// What the tasks of one sequence have in common in all logs: its group, which their ids begin with.
std::string_view trace_of(const TaskId& id) { return std::string_view(id).substr(0, id.find('/')); }

std::size_t task_bytes(const Task& task) { return value_bytes(task) + 512; }

}  // namespace

/// A worker as this dispatcher knows it.
struct Dispatcher::Peer {
  std::string name;
  std::string endpoint;
  std::unique_ptr<Outbox> outbox;
  std::int64_t heard_ms = 0;
  std::uint32_t credit = 0;
  bool draining = false;
  std::vector<Capability> capabilities;
  struct Lease {
    std::int64_t lost_ms = 0;     ///< not reported until then, it counts as lost
    double progress = -1;         ///< as last reported
    std::int64_t changed_ms = 0;  ///< when that was new
  };
  /// Leases sent and not settled.
  std::map<std::pair<TaskId, Fence>, Lease> held;

  std::uint32_t room() const {
    if (draining || held.size() >= credit) return 0;
    return credit - static_cast<std::uint32_t>(held.size());
  }
};

/// What one turn gathers per worker before it talks to the store.
struct Dispatcher::Turn {
  struct Share {
    std::vector<Completion> completions;
    std::vector<Failure> failures;
    std::vector<HandBack> hand_backs;
    std::vector<Running> running;
    Orders orders;
    std::size_t results() const { return completions.size() + failures.size() + hand_backs.size(); }
  };
  /// In the order of their names: that of addresses would differ from run to run.
  struct ByName {
    bool operator()(const Peer* a, const Peer* b) const { return a->name < b->name; }
  };
  std::map<Peer*, Share, ByName> shares;
  std::vector<Submit> submits;
  std::set<std::string> woken;
  /// A call of this turn did not reach the store. Another would wait as long, and everybody else with it;
  /// what is not said now is reported again.
  bool store_away = false;
};

Dispatcher::Dispatcher(DispatcherOptions options, Store& store, Transport& transport, Inbox& inbox,
                       Metrics& metrics)
    : options_(std::move(options)), store_(store), transport_(transport), inbox_(inbox), metrics_(metrics) {
  // Known label sets begin at 0: whoever watches can tell "never" from "not there", and rates see the first.
  const std::string& stage = options_.stage;
  for (const Metric metric :
       {Metric::tasks_leased, Metric::tasks_handed_back, Metric::frames_refused, Metric::store_errors}) {
    metrics_.add(metric, {stage}, 0);
  }
  for (const Verdict verdict : {Verdict::ok, Verdict::duplicate, Verdict::stale}) {
    metrics_.add(Metric::tasks_completed, {stage, verdict_name(verdict)}, 0);
  }
  for (const char* kind : {"retry", "permanent"}) metrics_.add(Metric::tasks_failed, {stage, kind}, 0);
  for (const char* direction : {"sent", "received"}) metrics_.add(Metric::hints, {stage, direction}, 0);
  if (!options_.admit) return;
  for (const std::string_view outcome : kAnswerNames) metrics_.add(Metric::submissions, {outcome}, 0);
}
Dispatcher::~Dispatcher() = default;

std::int64_t Dispatcher::wait_ms() const {
  std::int64_t until = std::min(next_poll_ms_, next_housekeeping_ms_) - options_.now_ms();
  // A worker whose connection is being made is looked at again soon.
  for (const auto& [name, peer] : peers_) {
    if (peer->room() > 0 && !peer->outbox->ready()) until = std::min(until, kConnectWaitMs);
  }
  for (const auto& [endpoint, producer] : producers_) {
    if (!producer.unsent.empty()) until = std::min(until, kConnectWaitMs);
  }
  return std::clamp<std::int64_t>(until, 0, options_.poll_ms);
}

void Dispatcher::turn(std::int64_t wait_ms) {
  Turn turn;
  std::size_t bytes = 0;
  for (int i = 0; i < kFramesPerTurn && bytes < kBytesPerTurn; ++i) {
    const std::optional<Bytes> frame = inbox_.receive(i == 0 ? wait_ms : 0);
    if (!frame) break;
    bytes += frame->size();
    Result<Message> message = decode(*frame);
    if (message.ok()) {
      take(*message, turn);
    } else {
      metrics_.add(Metric::frames_refused, {options_.stage});
      log::warn("frame_refused", {{"why", message.error().what}});
    }
  }
  forget_lost_peers(turn);
  exchange(turn);
  settle(turn);
  renew(turn);
  answer(turn);
  admit(turn);
  answer_producers();
  for (const std::string& stage : turn.woken) hint(stage);
  if (!turn.store_away && options_.now_ms() >= next_housekeeping_ms_) housekeeping(turn);
}

void Dispatcher::take(Message& message, Turn& turn) {
  if (const auto* report = std::get_if<Report>(&message)) return take(*report, turn);
  if (auto* submit = std::get_if<Submit>(&message)) return turn.submits.push_back(std::move(*submit));
  if (std::holds_alternative<Hint>(message)) {
    metrics_.add(Metric::hints, {options_.stage, "received"});
    next_poll_ms_ = 0;
    return;
  }
  metrics_.add(Metric::frames_refused, {options_.stage});
}

/// The worker that reports, met now if need be; null when it cannot be answered.
Dispatcher::Peer* Dispatcher::peer_for(const Report& report, Turn& turn) {
  const auto known = peers_.find(report.worker);
  if (known != peers_.end()) {
    if (known->second->endpoint == report.endpoint) return known->second.get();
    turn.shares.erase(known->second.get());
    peers_.erase(known);
  }
  if (peers_.size() >= kPeersMax) {
    log::error("too_many_workers", {{"worker", report.worker}});
    return nullptr;
  }
  auto outbox = transport_.connect(report.endpoint);
  if (!outbox.ok()) {
    log::warn("worker_unreachable", {{"worker", report.worker}, {"why", outbox.error().what}});
    return nullptr;
  }
  auto peer = std::make_unique<Peer>();
  peer->name = report.worker;
  peer->endpoint = report.endpoint;
  peer->outbox = std::move(*outbox);
  log::info("worker_met", {{"worker", report.worker}, {"endpoint", report.endpoint}});
  return (peers_[report.worker] = std::move(peer)).get();
}

void Dispatcher::take(const Report& report, Turn& turn) {
  if (report.stage != options_.stage || report.worker.empty()) {
    metrics_.add(Metric::frames_refused, {options_.stage});
    log::warn("report_refused", {{"worker", report.worker}, {"their_stage", report.stage}});
    return;
  }
  Peer* const found = peer_for(report, turn);
  if (found == nullptr) return;
  Peer& peer = *found;
  const std::int64_t now = options_.now_ms();
  peer.heard_ms = now;
  peer.credit = report.credit;
  peer.draining = report.draining;
  peer.capabilities = report.capabilities;
  for (const Running& r : report.running) {
    Peer::Lease& lease = peer.held[{r.id, r.fence}];
    lease.lost_ms = now + options_.worker_lost_ms;
    if (r.progress != lease.progress) {
      lease.progress = r.progress;
      lease.changed_ms = now;
    }
  }

  Turn::Share& share = turn.shares[&peer];
  if (!report.running.empty()) share.running = report.running;  // the latest beat of this turn
  for (const TaskResult& result : report.results) {
    // Neither a call of the store nor a frame of orders takes more; the rest is reported again.
    if (share.results() == kTasksMax) break;
    if (const auto* done = std::get_if<Completion>(&result)) share.completions.push_back(*done);
    if (const auto* failure = std::get_if<Failure>(&result)) share.failures.push_back(*failure);
    if (const auto* back = std::get_if<HandBack>(&result)) share.hand_backs.push_back(*back);
  }
}

/// Not one that was heard in this turn, however long that took.
void Dispatcher::forget_lost_peers(const Turn& turn) {
  const std::int64_t now = options_.now_ms();
  std::erase_if(peers_, [&](const auto& entry) {
    Peer& peer = *entry.second;
    const bool lost = now - peer.heard_ms > options_.worker_lost_ms && !turn.shares.contains(&peer);
    if (lost) log::warn("worker_lost", {{"worker", peer.name}, {"held", peer.held.size()}});
    return lost;
  });
  for (auto& [name, peer] : peers_) {
    std::erase_if(peer->held, [&](const auto& held) { return now > held.second.lost_ms; });
  }
}

/// Takes completions to the store and leases as many tasks as workers have room for: those that reported
/// in this turn, and all others when it is time to look for work. One call, so that nothing that is leased
/// waits for another answer of the store.
void Dispatcher::exchange(Turn& turn) {
  std::vector<Exchange> exchanges;
  std::vector<Peer*> order;
  std::size_t offered = 0;
  for (auto& [peer, share] : turn.shares) {
    // What is about to be settled frees room.
    for (const Completion& c : share.completions) peer->held.erase({c.id, c.fence});
    for (const Failure& f : share.failures) peer->held.erase({f.id, f.fence});
    for (const HandBack& h : share.hand_backs) peer->held.erase({h.id, h.fence});
    const std::uint32_t room = lease_room(*peer);
    if (room == 0 && share.completions.empty()) continue;
    exchanges.push_back({options_.stage, peer->name, std::move(share.completions), room, peer->capabilities});
    order.push_back(peer);
    offered += room;
  }
  if (options_.now_ms() >= next_poll_ms_) {
    next_poll_ms_ = options_.now_ms() + options_.poll_ms;
    for (auto& [name, peer] : peers_) {
      if (offered >= limits::store_batch_max) break;
      const std::uint32_t room = turn.shares.contains(peer.get()) ? 0 : lease_room(*peer);
      if (room == 0) continue;
      exchanges.push_back({options_.stage, name, {}, room, peer->capabilities});
      order.push_back(peer.get());
      offered += room;
    }
  }
  if (exchanges.empty()) return take_back(turn);
  const std::int64_t begun = options_.now_ms();
  const auto replies = store_.exchange_all(exchanges);
  CAIRN_ASSERT(replies.size() == exchanges.size());
  metrics_.observe(Metric::store_seconds, {options_.stage},
                   static_cast<double>(options_.now_ms() - begun) / 1000.0);
  std::size_t leased = 0, bytes = 0;
  reply_lost_ = false;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    take(*order[i], exchanges[i], replies[i], turn);
    if (!replies[i].ok()) {
      reply_lost_ = reply_lost_ || is_transient(replies[i].error().code);
      continue;
    }
    leased += replies[i]->leased.size();
    for (const Task& task : replies[i]->leased) bytes += value_bytes(task);
  }
  // A full batch: there may be more, and workers that were not asked.
  if (leased >= limits::store_batch_max || bytes > limits::lease_bytes_max) next_poll_ms_ = 0;
}

/// What a call has leased whose reply was lost waits for the next. When nobody has room for it any more, as
/// in a drain, it goes back at once instead of when its lease expires.
void Dispatcher::take_back(Turn& turn) {
  if (!reply_lost_) return;
  reply_lost_ = !reached_store(store_.exchange({options_.stage, "", {}, 0, {}}), turn);
}

std::uint32_t Dispatcher::lease_room(const Peer& peer) const {
  return draining_ || !peer.outbox->ready() ? 0 : peer.room();
}

void Dispatcher::take(Peer& peer, const Exchange& exchange, const Result<ExchangeReply>& reply, Turn& turn) {
  if (!reached_store(reply, turn)) return;  // the worker reports its results again
  CAIRN_ASSERT(reply->verdicts.size() == exchange.completions.size());
  Turn::Share& share = turn.shares[&peer];
  std::array<double, 3> verdicts{};
  for (std::size_t i = 0; i < reply->verdicts.size(); ++i) {
    const Completion& done = exchange.completions[i];
    const Verdict verdict = reply->verdicts[i];
    share.orders.settled.push_back({done.id, done.fence, verdict});
    ++verdicts[static_cast<std::size_t>(verdict)];
    if (verdict == Verdict::ok && !done.outcome.group_end.empty()) note_end(done);
    log::write(verdict == Verdict::stale ? log::Level::warn : log::Level::info, "task_completed",
               {{"task", done.id},
                {"fence", done.fence},
                {"worker", peer.name},
                {"verdict", verdict_name(verdict)},
                {"again", done.outcome.again.has_value()},
                {"trace", trace_of(done.id)}});
  }
  for (const Verdict verdict : {Verdict::ok, Verdict::duplicate, Verdict::stale}) {
    const double count = verdicts[static_cast<std::size_t>(verdict)];
    if (count > 0) metrics_.add(Metric::tasks_completed, {options_.stage, verdict_name(verdict)}, count);
  }
  const std::int64_t now = options_.now_ms();
  for (const Task& task : reply->leased) {
    peer.held[{task.id, task.fence}] = {now + options_.worker_lost_ms, 0, now};
    share.orders.tasks.push_back(task);
    log::info("task_leased", {{"task", task.id},
                              {"height", task.height},
                              {"fence", task.fence},
                              {"attempt", task.attempt},
                              {"worker", peer.name},
                              {"trace", trace_of(task.id)}});
  }
  metrics_.add(Metric::tasks_leased, {options_.stage}, static_cast<double>(reply->leased.size()));
  for (const std::string& stage : reply->woken) {
    stage == options_.stage ? void(next_poll_ms_ = 0) : void(turn.woken.insert(stage));
  }
}

/// Times a sequence that has just ended; one more look at the store per sequence.
void Dispatcher::note_end(const Completion& last) {
  const Result<TaskRecord> task = store_.task(last.id);
  if (!task.ok() || task->group.empty()) return;
  const Result<GroupRecord> group = store_.group(task->group);
  if (!group.ok() || group->ended_ms < group->begun_ms) return;
  metrics_.observe(Metric::sequence_seconds, {last.outcome.group_end},
                   static_cast<double>(group->ended_ms - group->begun_ms) / 1000.0);
}

/// Takes failures and returned tasks to the store.
void Dispatcher::settle(Turn& turn) {
  for (auto& [peer, share] : turn.shares) {
    for (const Failure& failure : share.failures) {
      if (turn.store_away) return;
      const Result<Verdict> verdict = store_.fail(options_.stage, failure);
      if (!reached_store(verdict, turn)) continue;
      share.orders.settled.push_back({failure.id, failure.fence, *verdict});
      const bool permanent = failure.kind == FailKind::permanent;
      metrics_.add(Metric::tasks_failed, {options_.stage, permanent ? "permanent" : "retry"});
      log::warn("task_failed", {{"task", failure.id},
                                {"fence", failure.fence},
                                {"worker", peer->name},
                                {"permanent", permanent},
                                {"reason", failure.reason},
                                {"trace", trace_of(failure.id)}});
    }
    if (share.hand_backs.empty() || turn.store_away) continue;
    std::vector<Store::Held> held;
    for (const HandBack& back : share.hand_backs) held.push_back({back.id, back.fence});
    const auto verdicts = store_.hand_back(options_.stage, held);
    if (!reached_store(verdicts, turn)) continue;
    for (std::size_t i = 0; i < held.size(); ++i) {
      share.orders.settled.push_back({held[i].id, held[i].fence, (*verdicts)[i]});
    }
    metrics_.add(Metric::tasks_handed_back, {options_.stage}, static_cast<double>(held.size()));
    next_poll_ms_ = 0;
  }
}

void Dispatcher::renew(Turn& turn) {
  for (auto& [peer, share] : turn.shares) {
    std::vector<Store::Held> held;
    for (const Running& running : share.running) {
      const bool settled =
          std::any_of(share.orders.settled.begin(), share.orders.settled.end(),
                      [&](const Settled& s) { return s.id == running.id && s.fence == running.fence; });
      if (!settled) held.push_back({running.id, running.fence});
    }
    if (held.empty() || turn.store_away) continue;
    const auto verdicts = store_.renew(options_.stage, held);
    if (!reached_store(verdicts, turn)) continue;
    for (std::size_t i = 0; i < held.size(); ++i) {
      if ((*verdicts)[i] != Verdict::stale) continue;
      // It takes its slot until the worker reports its end.
      share.orders.stops.push_back({held[i].id, held[i].fence});
      log::warn("lease_lost", {{"task", held[i].id}, {"fence", held[i].fence}, {"worker", peer->name}});
    }
  }
}

/// Sends each worker its orders; leases that cannot be sent go back at once.
void Dispatcher::answer(Turn& turn) {
  for (auto& [peer, share] : turn.shares) {
    std::vector<Task> tasks = std::move(share.orders.tasks);
    std::size_t next = 0;
    bool sent = true;
    // One frame, or several when the inputs are large.
    do {
      Orders orders = std::move(share.orders);
      share.orders = {};
      orders.last = peer->draining;
      std::uint64_t bytes = 0;
      while (next < tasks.size() && bytes + task_bytes(tasks[next]) <= kOrdersBytesMax) {
        bytes += task_bytes(tasks[next]);
        orders.tasks.push_back(std::move(tasks[next++]));
      }
      if (orders.tasks.empty() && next < tasks.size()) orders.tasks.push_back(std::move(tasks[next++]));
      Bytes frame = encode(orders);
      if (frame.size() > limits::frame_bytes_max) {  // of one task: more than one fit into half of that
        give_up(*peer, orders.tasks, turn);
        orders.tasks.clear();
        frame = encode(orders);
      }
      sent = peer->outbox->send(frame);
      if (!sent) {
        std::vector<Store::Held> back;
        for (const Task& task : orders.tasks) back.push_back({task.id, task.fence});
        for (; next < tasks.size(); ++next) back.push_back({tasks[next].id, tasks[next].fence});
        for (const auto& held : back) peer->held.erase({held.id, held.fence});
        if (!back.empty() && !turn.store_away) {
          (void)reached_store(store_.hand_back(options_.stage, back), turn);
        }
      }
    } while (sent && next < tasks.size());
  }
}

/// Nobody could ever be sent these.
void Dispatcher::give_up(Peer& peer, const std::vector<Task>& tasks, Turn& turn) {
  for (const Task& task : tasks) {
    peer.held.erase({task.id, task.fence});
    const std::string reason = "payload and inputs have " + std::to_string(task_bytes(task)) +
                               " bytes, and one frame takes " + std::to_string(limits::frame_bytes_max);
    log::error("task_too_large", {{"task", task.id}, {"fence", task.fence}, {"why", reason}});
    (void)reached_store(store_.fail(options_.stage, {task.id, task.fence, FailKind::permanent, reason}),
                        turn);
  }
}

/// Takes submissions to the store, after all that workers wait for.
void Dispatcher::admit(Turn& turn) {
  for (const Submit& submit : turn.submits) {
    if (turn.store_away) return;  // no answer: the producers submit again, which is safe
    admit(submit, turn);
  }
}

void Dispatcher::admit(const Submit& submit, Turn& turn) {
  Answers answers{submit.batch, {}};
  std::vector<TaskSpec> specs;
  std::vector<std::size_t> places;  // of each spec in the answers
  for (const Bytes& submission : submit.submissions) {
    Result<TaskSpec> spec =
        options_.admit ? options_.admit(submission)
                       : Result<TaskSpec>(Error{Code::invalid_input, "this stage takes no submissions"});
    if (spec.ok()) {
      places.push_back(answers.answers.size());
      answers.answers.push_back({Answer::Kind::backpressure, spec->group, ""});
      specs.push_back(std::move(*spec));
    } else {
      answers.answers.push_back(
          {Answer::Kind::rejected, "", spec.error().what.substr(0, limits::reason_bytes_max)});
    }
  }
  if (!specs.empty()) {
    const Result<EnqueueReply> reply = store_.enqueue(specs);
    if (!reached_store(reply, turn)) return;
    for (std::size_t i = 0; i < specs.size(); ++i) {
      const Admission admission = reply->admissions[i];
      answers.answers[places[i]].kind = admission == Admission::accepted    ? Answer::Kind::accepted
                                        : admission == Admission::duplicate ? Answer::Kind::duplicate
                                                                            : Answer::Kind::backpressure;
    }
    next_poll_ms_ = 0;
  }
  for (const Answer& a : answers.answers) {
    metrics_.add(Metric::submissions, {kAnswerNames[static_cast<int>(a.kind)]});
  }
  Correspondent& producer = producers_[submit.reply_to];
  if (!producer.outbox) {
    auto outbox = transport_.connect(submit.reply_to);
    if (!outbox.ok() || producers_.size() > kProducersMax) {
      log::warn("producer_unreachable", {{"endpoint", submit.reply_to}});
      producers_.erase(submit.reply_to);
      return;
    }
    producer.outbox = std::move(*outbox);
  }
  producer.heard_ms = options_.now_ms();
  if (producer.unsent.size() < kUnsentMax) producer.unsent.push_back(encode(answers));
}

/// Sends answers to producers that are connected by now, and forgets producers that have gone.
void Dispatcher::answer_producers() {
  for (auto& [endpoint, producer] : producers_) {
    while (!producer.unsent.empty() && producer.outbox->send(producer.unsent.front())) {
      producer.unsent.pop_front();
    }
  }
  const std::int64_t now = options_.now_ms();
  std::erase_if(producers_,
                [&](const auto& entry) { return now - entry.second.heard_ms > kProducerForgottenMs; });
}

void Dispatcher::hint(const std::string& stage) {
  const auto peers = options_.peers.find(stage);
  if (peers == options_.peers.end()) return;
  for (const std::string& endpoint : peers->second) {
    std::unique_ptr<Outbox>& outbox = hint_outboxes_[endpoint];
    if (!outbox) {
      auto made = transport_.connect(endpoint);
      if (!made.ok()) continue;
      outbox = std::move(*made);
    }
    if (outbox->send(encode(Hint{stage}))) metrics_.add(Metric::hints, {options_.stage, "sent"});
  }
}

/// Ready tasks that need what none of this dispatcher's workers has. Each need is logged when that begins.
std::uint64_t Dispatcher::unserved(const StageCounts& counts) {
  std::set<Capability> offered, needed;
  for (const auto& [name, peer] : peers_)
    offered.insert(peer->capabilities.begin(), peer->capabilities.end());
  std::uint64_t tasks = 0;
  for (const auto& [need, count] : counts.ready_by_need) {
    if (offered.contains(need)) continue;
    tasks += count;
    needed.insert(need);
    if (!unserved_.contains(need)) log::warn("need_unserved", {{"need", need}, {"ready", count}});
  }
  unserved_ = std::move(needed);
  return tasks;
}

void Dispatcher::housekeeping(Turn& turn) {
  next_housekeeping_ms_ = options_.now_ms() + options_.housekeeping_ms;
  std::vector<std::string> stages = {options_.stage};
  stages.insert(stages.end(), options_.sweeps.begin(), options_.sweeps.end());
  const auto woken = store_.sweep(stages);
  if (!reached_store(woken, turn)) return;
  for (const std::string& stage : *woken) {
    stage == options_.stage ? void(next_poll_ms_ = 0) : hint(stage);
  }
  const auto counts = store_.counts(options_.stage);
  const auto bytes = store_.stored_bytes();
  if (!counts.ok() || !bytes.ok()) return;
  const std::string& stage = options_.stage;
  const auto number = [](std::uint64_t n) { return static_cast<double>(n); };
  metrics_.set(Metric::queue_tasks, {stage, "waiting"}, number(counts->waiting));
  metrics_.set(Metric::queue_tasks, {stage, "delayed"}, number(counts->delayed));
  metrics_.set(Metric::queue_tasks, {stage, "ready"}, number(counts->ready));
  metrics_.set(Metric::queue_tasks, {stage, "leased"}, number(counts->leased));
  metrics_.set(Metric::queue_tasks, {stage, "dead"}, number(counts->dead));
  metrics_.set(Metric::unserved, {stage}, number(unserved(*counts)));
  metrics_.set(Metric::oldest_ready_seconds, {stage}, number(counts->oldest_ready_ms) / 1000);
  metrics_.set(Metric::lowest_height, {stage}, number(counts->lowest_height));
  metrics_.set(Metric::tasks_done, {stage}, number(counts->done_total));
  metrics_.set(Metric::leases_lost, {stage}, number(counts->leases_lost_total));
  metrics_.set(Metric::stale_answers, {stage}, number(counts->stale_total));
  metrics_.set(Metric::stored_bytes, {}, number(*bytes));
  metrics_.set(Metric::workers, {stage}, number(peers_.size()));
  std::uint64_t credit = 0;
  std::int64_t quiet_ms = 0;
  for (const auto& [name, peer] : peers_) {
    credit += peer->room();
    for (const auto& [key, lease] : peer->held)
      quiet_ms = std::max(quiet_ms, options_.now_ms() - lease.changed_ms);
  }
  metrics_.set(Metric::credit, {stage}, number(credit));
  metrics_.set(Metric::quiet_seconds, {stage}, static_cast<double>(quiet_ms) / 1000);
}

/// Notes what came of a call; true when it has a value.
template <class T>
bool Dispatcher::reached_store(const Result<T>& reply, Turn& turn) {
  if (reply.ok() && !store_reachable_) log::info("store_back");
  if (!reply.ok()) {
    metrics_.add(Metric::store_errors, {options_.stage});
    if (store_reachable_) log::error("store_lost", {{"why", reply.error().what}});
    turn.store_away = turn.store_away || is_transient(reply.error().code);
  }
  store_reachable_ = reply.ok();
  return reply.ok();
}

void Dispatcher::drain(std::int64_t grace_ms) {
  draining_ = true;
  const std::int64_t until = options_.now_ms() + grace_ms;
  const auto holding = [&] {
    return std::any_of(peers_.begin(), peers_.end(),
                       [](const auto& entry) { return !entry.second->held.empty(); });
  };
  do {
    turn(std::clamp<std::int64_t>(until - options_.now_ms(), 0, 50));
  } while (holding() && options_.now_ms() < until);
}

}  // namespace cairn::pipeline
