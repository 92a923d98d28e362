#include "pipeline/store_memory.h"

#include <algorithm>
#include <cmath>

namespace cairn::pipeline {
namespace {

constexpr const char* kLostWaits = "a stored payload or input was lost; what made it runs again";
constexpr const char* kLostAlone =
    "its stored payload was lost and nothing in the pool can make it again: submit it again";

}  // namespace

// --- values

ValuePool::Value ValuePool::put(const Bytes& bytes) {
  bytes_ += added(bytes);
  if (bytes.size() <= limits::inline_bytes_max) return {bytes.size(), bytes, std::nullopt};
  const Digest32 digest = sha256(bytes);
  Blob& blob = blobs_[digest];
  ++blob.references;
  blob.bytes = bytes;
  return {bytes.size(), std::nullopt, digest};
}

std::uint64_t ValuePool::added(const Bytes& bytes) const {
  const bool known = bytes.size() > limits::inline_bytes_max && blobs_.contains(sha256(bytes));
  return known ? 0 : bytes.size();
}

void ValuePool::release(const Value& value) {
  if (value.digest) {
    const auto blob = blobs_.find(*value.digest);
    if (--blob->second.references > 0) return;
    blobs_.erase(blob);
  }
  bytes_ -= value.size;
}

const Bytes* ValuePool::find(const Value& value) const {
  const std::optional<Bytes>& bytes = value.digest ? blobs_.at(*value.digest).bytes : value.bytes;
  return bytes ? &*bytes : nullptr;
}

void ValuePool::lose(Value& value) {
  if (value.digest) blobs_.at(*value.digest).bytes.reset();
  if (value.size > 0) value.bytes.reset();
}

// --- the life of one task

MemoryStore::MemoryStore(StoreRules rules, NowMs now_ms) : rules_(rules), clock_(std::move(now_ms)) {}
MemoryStore::~MemoryStore() = default;

MemoryStore::Entry* MemoryStore::find(const TaskId& id) {
  const auto at = tasks_.find(id);
  return at == tasks_.end() ? nullptr : &at->second;
}

MemoryStore::Group* MemoryStore::find_group(const GroupId& id) {
  const auto at = groups_.find(id);
  return at == groups_.end() ? nullptr : &at->second;
}

bool MemoryStore::over(const GroupId& id) {
  const Group* group = find_group(id);
  return group != nullptr && group->record.ended_ms > 0;
}

MemoryStore::Queue* MemoryStore::queue(StageQueues& stage, TaskState state, const Capability& needs) {
  switch (state) {
    case TaskState::ready:
      return &stage.ready[needs];
    case TaskState::leased:
      return &stage.leased;
    case TaskState::delayed:
      return &stage.delayed;
    case TaskState::dead:
      return &stage.dead;
    default:
      return nullptr;
  }
}

void MemoryStore::move(Entry& t, TaskState state, std::uint64_t score) {
  TaskRecord& r = t.record;
  StageQueues& stage = stages_[r.stage];
  Group* group = find_group(r.group);
  if (Queue* from = queue(stage, r.state, r.needs)) from->erase({t.score, r.id});
  if (r.state == TaskState::waiting) --stage.totals.waiting;
  if (r.state == TaskState::dead) {
    dead_.erase({t.score, r.id});
    if (group != nullptr) --group->dead;
  }
  if (Queue* to = queue(stage, state, r.needs)) to->insert({score, r.id});
  if (state == TaskState::waiting) ++stage.totals.waiting;
  if (state == TaskState::ready) woken_.insert(r.stage);
  if (state == TaskState::dead) {
    dead_.insert({score, r.id});
    if (group != nullptr) ++group->dead;
  }
  r.state = state;
  r.since_ms = now_;
  t.score = score;
}

/// To where a task belongs that nobody works on.
void MemoryStore::offer(Entry& t) {
  if (!t.payload || t.record.waits_on > 0) {
    move(t, TaskState::waiting);
  } else if (t.due_ms > now_) {
    move(t, TaskState::delayed, t.due_ms);
  } else {
    move(t, TaskState::ready, t.record.height);
  }
}

void MemoryStore::kill(Entry& t, std::string reason) {
  t.record.reason = std::move(reason);
  move(t, TaskState::dead, now_);
}

void MemoryStore::count_failure(Entry& t, bool permanent, std::string reason) {
  ++t.record.attempts;
  ++stages_[t.record.stage].totals.failures_total;
  if (permanent || t.record.attempts >= rules_.attempts_max) return kill(t, std::move(reason));
  t.record.reason = std::move(reason);
  const auto doubled = static_cast<double>(rules_.backoff_ms) *
                       std::pow(2.0, std::min<std::uint32_t>(t.record.attempts - 1, 40));
  const double delay = std::min(doubled, static_cast<double>(rules_.backoff_max_ms));
  t.due_ms = now_ + static_cast<std::uint64_t>(delay);
  offer(t);
}

void MemoryStore::close(Entry& t, Ended how) {
  t.open = false;
  t.ended_fence = t.record.fence;
  t.ended = how;
}

/// What a fence is worth. Sets `t` when the answer is ok.
Verdict MemoryStore::verdict(const TaskId& id, const std::string& stage, Fence fence, Ended how, Entry*& t) {
  Entry* found = find(id);
  if (found != nullptr && found->record.stage == stage && fence > 0) {
    if (found->open && found->record.fence == fence) {
      t = found;
      return Verdict::ok;
    }
    if (how != Ended::no && found->ended_fence == fence && found->ended == how) {
      return Verdict::duplicate;
    }
  }
  if (how != Ended::handed_back) ++stages_[stage].totals.stale_total;
  return Verdict::stale;
}

// --- lost values

void MemoryStore::release_payload(Entry& t) {
  if (!t.payload || t.payload->size == 0) return;
  values_.release(*t.payload);
  t.payload.reset();
}

void MemoryStore::release_inputs(Entry& t) {
  for (Input& input : t.inputs) {
    if (input.value) values_.release(*input.value);
    input.value.reset();
    input.awaited = false;
  }
}

bool MemoryStore::payload_present(const Entry& t) const {
  return t.payload && values_.find(*t.payload) != nullptr;
}

bool MemoryStore::input_present(const Input& input) const {
  return input.value && values_.find(*input.value) != nullptr;
}

/// The maker of something lost runs again, if it was done. False when it never will.
bool MemoryStore::rerun(const TaskId& id) {
  Entry* t = find(id);
  if (t == nullptr || t->record.state == TaskState::cancelled) return false;
  if (t->record.state == TaskState::done) {
    t->record.attempts = t->record.deaths = 0;
    t->open = false;
    t->redo = true;
    move(*t, TaskState::ready, t->record.height);
  }
  return true;
}

/// True when something that the task needs is lost: then it waits for that, and the makers run again.
bool MemoryStore::wait_for_lost(Entry& t) {
  std::vector<TaskId> makers;
  if (!payload_present(t)) {
    release_payload(t);
    makers.push_back(t.from);
  }
  for (Input& input : t.inputs) {
    if (input_present(input)) continue;
    if (input.value) values_.release(*input.value);
    input.value.reset();
    input.awaited = true;
    ++t.record.waits_on;
    makers.push_back(input.feeder);
  }
  if (makers.empty()) return false;
  move(t, TaskState::waiting);
  bool alone = false;
  for (const TaskId& id : makers) alone = !rerun(id) || alone;
  t.record.reason = alone ? kLostAlone : kLostWaits;
  return true;
}

// --- admission

bool MemoryStore::over_cap(const TaskSpec& spec) {
  const StageQueues& s = stages_[spec.stage];
  std::uint64_t depth = s.totals.waiting + s.leased.size() + s.delayed.size() + s.dead.size();
  for (const auto& [need, ready] : s.ready) depth += ready.size();
  return depth >= rules_.depth_max || values_.bytes() + values_.added(spec.payload) > rules_.bytes_max;
}

Admission MemoryStore::admit(const TaskSpec& spec, const TaskId& from, bool capped) {
  if (Entry* known = find(spec.id)) {
    const TaskState state = known->record.state;
    if (!known->payload && state != TaskState::done && state != TaskState::cancelled) {
      known->payload = values_.put(spec.payload);
      if (state == TaskState::waiting && known->record.waits_on == 0) offer(*known);
    }
    return Admission::duplicate;
  }
  if (over(spec.group)) return Admission::duplicate;
  if (capped && over_cap(spec)) return Admission::backpressure;
  Entry& t = tasks_[spec.id];
  t.record.id = spec.id;
  t.record.stage = spec.stage;
  t.record.height = spec.height;
  t.record.group = spec.group;
  t.record.waits_on = spec.waits_on;
  t.record.needs = spec.needs;
  t.record.state = TaskState::cancelled;  // of no queue, until offered
  t.feed = spec.feed;
  t.from = from;
  t.inputs.resize(spec.waits_on);
  if (spec.delay_ms > 0) t.due_ms = now_ + spec.delay_ms;
  if (!spec.group.empty()) {
    const auto [group, begins] = groups_.try_emplace(spec.group);
    if (begins) group->second.record = {spec.group, spec.height, "", now_, 0, {}};
    group->second.tasks.insert({spec.stage, spec.id});
    t.first = begins;
  }
  t.payload = values_.put(spec.payload);
  offer(t);
  return Admission::accepted;
}

Result<EnqueueReply> MemoryStore::enqueue(const std::vector<TaskSpec>& specs) {
  for (const TaskSpec& spec : specs) CAIRN_TRY(check(spec));
  keep_clock();
  EnqueueReply reply;
  for (const TaskSpec& spec : specs) {
    reply.admissions.push_back(admit(spec, "", true));
    if (reply.admissions.back() == Admission::duplicate) {
      ++stages_[spec.stage].totals.duplicates_total;
    }
  }
  return reply;
}

// --- completion

/// Fills the slot that the task feeds, if it is awaited. False when the target has no such slot.
bool MemoryStore::deliver(Entry& t, const Bytes& output) {
  Entry* target = t.feed ? find(t.feed->task) : nullptr;
  if (target == nullptr) return true;
  if (t.feed->slot >= target->inputs.size()) return false;
  Input& input = target->inputs[t.feed->slot];
  if (!input.awaited || target->record.state == TaskState::done ||
      target->record.state == TaskState::cancelled) {
    return true;
  }
  input = {t.record.id, values_.put(output), false};
  --target->record.waits_on;
  if (target->record.waits_on == 0 && target->record.state == TaskState::waiting && target->payload) {
    offer(*target);
  }
  return true;
}

void MemoryStore::run_again(Entry& t, const Again& again) {
  if (again.payload) {
    release_payload(t);
    t.payload = values_.put(*again.payload);
  }
  if (again.number) {
    std::uint64_t& next = numbers_[again.number->counter];
    t.number = std::max(next, again.number->floor);
    next = *t.number + 1;
  }
  t.record.attempts = t.record.deaths = 0;
  t.due_ms = now_ + again.delay_ms;
  offer(t);
}

void MemoryStore::finish(Entry& t) {
  if (!t.first) release_payload(t);
  release_inputs(t);
  t.record.waits_on = 0;
  t.record.reason.clear();
  t.number.reset();
  t.due_ms = 0;
  if (!t.redo) ++stages_[t.record.stage].totals.done_total;
  move(t, TaskState::done);
  if (t.record.group.empty()) done_.emplace_back(now_, t.record.id);
}

Verdict MemoryStore::complete(const std::string& stage, const Completion& c) {
  Entry* t = nullptr;
  const Verdict v = verdict(c.id, stage, c.fence, Ended::completed, t);
  if (v != Verdict::ok) return v;
  for (const TaskSpec& spec : c.outcome.emits) admit(spec, c.id, false);
  if (Group* group = find_group(t->record.group)) {
    auto& facts = group->record.facts;
    for (const auto& [name, value] : c.outcome.facts) {
      if (facts.contains(name) || facts.size() < limits::group_facts_max) facts[name] = value;
    }
  }
  close(*t, Ended::completed);
  if (c.outcome.again) {
    run_again(*t, *c.outcome.again);
  } else if (!deliver(*t, c.outcome.output)) {
    const std::size_t width = find(t->feed->task)->inputs.size();
    count_failure(*t, true,
                  "feeds slot " + std::to_string(t->feed->slot) + " of " + t->feed->task + ", which has " +
                      std::to_string(width) + " inputs");
  } else {
    finish(*t);
    if (!c.outcome.group_end.empty() && !t->record.group.empty()) {
      end_group(t->record.group, c.outcome.group_end);
    }
  }
  return v;
}

// --- groups

void MemoryStore::cancel_task(Entry& t) {
  release_payload(t);
  release_inputs(t);
  t.open = false;
  move(t, TaskState::cancelled);
}

void MemoryStore::end_group(const GroupId& id, const std::string& state) {
  Group& group = groups_.at(id);
  group.record.state = state;
  group.record.ended_ms = now_;
  ended_.insert({now_, id});
  for (const auto& [stage, task] : group.tasks) {
    Entry& t = tasks_.at(task);
    if (t.record.state != TaskState::done && t.record.state != TaskState::cancelled) cancel_task(t);
    release_payload(t);  // that of the first task
  }
}

void MemoryStore::erase_task(const TaskId& id) { tasks_.erase(id); }

Status MemoryStore::cancel(const GroupId& id) {
  Group* group = find_group(id);
  if (group == nullptr) return Error{Code::not_found, "no group " + id};
  if (over(id)) return Error{Code::conflict, "group " + id + " has ended: " + group->record.state};
  keep_clock();
  end_group(id, "cancelled");
  return {};
}

Status MemoryStore::replay(const TaskId& id) {
  Entry* t = find(id);
  if (t == nullptr || t->record.state != TaskState::dead) {
    return Error{Code::not_found, "no dead task " + id};
  }
  keep_clock();
  t->record.attempts = t->record.deaths = 0;
  t->open = false;
  t->due_ms = 0;
  offer(*t);
  return {};
}

Status MemoryStore::drop(const TaskId& id) {
  Entry* t = find(id);
  if (t == nullptr || t->record.state != TaskState::dead) {
    return Error{Code::not_found, "no dead task " + id};
  }
  keep_clock();
  const GroupId group = t->record.group;
  cancel_task(*t);
  if (!group.empty()) {
    groups_.at(group).tasks.erase({t->record.stage, id});
    erase_task(id);
    end_group(group, "failed");
  } else {
    erase_task(id);
  }
  return {};
}

// --- leases

/// As in lua/exchange.lua: never behind the clock.
Fence MemoryStore::next_fence() const {
  constexpr std::uint64_t per_ms = 1000, ms_max = 1ull << 42;
  return std::max(fence_ + 1, std::min(now_, ms_max) * per_ms);
}

Task MemoryStore::hand_out(Entry& t, const std::string& worker) {
  t.record.fence = fence_ = next_fence();
  t.record.worker = worker;
  t.open = true;
  move(t, TaskState::leased, now_ + rules_.lease_ms);
  Task task{t.record.id, t.record.stage, t.record.height, t.record.group, t.record.fence, 1, {}, {}, {}};
  task.attempt = t.record.attempts + t.record.deaths + 1;
  task.payload = *values_.find(*t.payload);
  for (const Input& input : t.inputs) task.inputs.push_back(*values_.find(*input.value));
  task.number = t.number;
  return task;
}

/// Of the tasks that the worker can do; null when there is none.
MemoryStore::Entry* MemoryStore::lowest_ready(const Exchange& exchange) {
  const auto& ready = stages_[exchange.stage].ready;
  const std::pair<std::uint64_t, TaskId>* lowest = nullptr;
  const auto look_at = [&](const Capability& need) {
    const auto queue = ready.find(need);
    if (queue == ready.end() || queue->second.empty()) return;
    if (lowest == nullptr || *queue->second.begin() < *lowest) lowest = &*queue->second.begin();
  };
  look_at("");
  for (const Capability& capability : exchange.capabilities) look_at(capability);
  return lowest == nullptr ? nullptr : &tasks_.at(lowest->second);
}

void MemoryStore::lease(const Exchange& exchange, std::vector<Task>& out, std::size_t& bytes) {
  while (out.size() < exchange.lease_max && bytes <= limits::lease_bytes_max) {
    Entry* t = lowest_ready(exchange);
    if (t == nullptr) return;
    if (wait_for_lost(*t)) continue;
    out.push_back(hand_out(*t, exchange.worker));
    bytes += value_bytes(out.back());
  }
}

Result<ExchangeReply> MemoryStore::exchange(const Exchange& exchange) {
  return std::move(exchange_all({exchange}).front());
}

std::vector<Result<ExchangeReply>> MemoryStore::exchange_all(const std::vector<Exchange>& exchanges) {
  std::vector<Result<ExchangeReply>> replies;
  keep_clock();
  woken_.clear();
  std::map<std::string, std::uint64_t> done;  // of each stage, before
  for (const Exchange& x : exchanges) {
    if (Status status = check(x); !status.ok()) {
      replies.emplace_back(status.error());
      continue;
    }
    done.emplace(x.stage, stages_[x.stage].totals.done_total);
    ExchangeReply reply;
    for (const Completion& c : x.completions) reply.verdicts.push_back(complete(x.stage, c));
    replies.emplace_back(std::move(reply));
  }
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < exchanges.size(); ++i) {
    if (!replies[i].ok()) continue;
    reap(exchanges[i].stage);
    promote(exchanges[i].stage);
    lease(exchanges[i], replies[i]->leased, bytes);
  }
  for (std::size_t i = 0; i < exchanges.size(); ++i) {
    if (replies[i].ok()) replies[i]->woken = woken_without(exchanges[i].stage);
  }
  // Forgetting keeps up with what is done, at twice its pace.
  std::size_t steps = 0;
  for (const auto& [stage, before] : done) steps += stages_[stage].totals.done_total / 50 - before / 50;
  forget(std::min(steps * kStep, 10 * kStep));
  return replies;
}

Result<std::vector<Verdict>> MemoryStore::renew(const std::string& stage, const std::vector<Held>& held) {
  keep_clock();
  std::vector<Verdict> verdicts;
  for (const Held& h : held) {
    Entry* t = nullptr;
    verdicts.push_back(verdict(h.id, stage, h.fence, Ended::no, t));
    if (t == nullptr) continue;
    const std::uint64_t since = t->record.state == TaskState::leased ? t->record.since_ms : now_;
    move(*t, TaskState::leased, now_ + rules_.lease_ms);
    t->record.since_ms = since;
  }
  return verdicts;
}

Result<Verdict> MemoryStore::fail(const std::string& stage, const Failure& failure) {
  keep_clock();
  Entry* t = nullptr;
  const Verdict v = verdict(failure.id, stage, failure.fence, Ended::failed, t);
  if (t != nullptr) {
    close(*t, Ended::failed);
    count_failure(*t, failure.kind == FailKind::permanent,
                  failure.reason.substr(0, limits::reason_bytes_max));
  }
  return v;
}

Result<std::vector<Verdict>> MemoryStore::hand_back(const std::string& stage, const std::vector<Held>& held) {
  keep_clock();
  std::vector<Verdict> verdicts;
  for (const Held& h : held) {
    Entry* t = nullptr;
    verdicts.push_back(verdict(h.id, stage, h.fence, Ended::handed_back, t));
    if (t == nullptr) continue;
    close(*t, Ended::handed_back);
    offer(*t);
  }
  return verdicts;
}

std::vector<std::string> MemoryStore::woken_without(const std::string& stage) const {
  std::vector<std::string> out(woken_.begin(), woken_.end());
  std::erase(out, stage);
  return out;
}

void MemoryStore::lose(const TaskId& id, std::optional<std::uint32_t> slot) {
  Entry* t = find(id);
  CAIRN_ASSERT(t != nullptr && (!slot || *slot < t->inputs.size()));
  std::optional<Value>& value = slot ? t->inputs[*slot].value : t->payload;
  if (value) values_.lose(*value);
}

}  // namespace cairn::pipeline
