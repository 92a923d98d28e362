// The store owns the state of every task. Each call is atomic and safe to repeat when its reply was
// lost. Two implementations keep the same contract (tests/conformance/store_test.h): Redis, and memory.
//
// States:  waiting ──▶ ready ──▶ leased ──▶ done
//                     ▲ │ ▲        │ │ └──▶ dead ──▶ (replay) ready
//             delayed ┘ │ └────────┘ └────▶ delayed      any but done ──▶ cancelled
//
// Errors of every call: unavailable or timeout (not reached; the outcome is unknown; repeat it),
// corrupt (the stored state makes no sense), invalid_input (nothing changed: a field breaks check() of
// task.h or below). Not thread-safe: one instance per thread.
//
// Repeating a call is safe: enqueue is settled by the id, everything about a lease by its fence, and an
// exchange that is repeated for the same workers hands out the leases of the lost reply again. cancel,
// replay and drop answer conflict or not_found when the lost call has worked.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/task.h"

namespace cairn::pipeline {

/// Rules that are the same for all callers of one pool.
struct StoreRules {
  std::uint64_t lease_ms = 10'000;  ///< a lease not renewed for this long is lost
  std::uint32_t attempts_max = 5;   ///< failures reported by workers before a task is dead
  std::uint32_t deaths_max = 3;     ///< leases lost (worker died or hung) before it is dead
  std::uint64_t backoff_ms = 500;   ///< first delay after a failure; doubles, ≤ backoff_max_ms
  std::uint64_t backoff_max_ms = 60'000;
  std::uint64_t depth_max = 1'000'000;     ///< tasks not done per stage above which enqueue is refused
  std::uint64_t bytes_max = 256ull << 20;  ///< stored payloads and blobs above which it is refused
  std::uint64_t done_ms = 3'600'000;       ///< how long done ids and ended groups are remembered
  std::uint64_t done_max = 250'000;        ///< done tasks without a group that are remembered at most
};

struct EnqueueReply {
  std::vector<Admission> admissions;  ///< one per spec, in order
};

/// One round trip of the hot path: completions are applied in order, then up to `lease_max` tasks leased.
struct Exchange {
  std::string stage;
  std::string worker;  ///< recorded with the leases
  std::vector<Completion> completions;
  std::uint32_t lease_max = 0;
  std::vector<Capability> capabilities = {};  ///< of the worker: tasks that need another are not leased
};
struct ExchangeReply {
  std::vector<Verdict> verdicts;   ///< one per completion, in order
  std::vector<Task> leased;        ///< the lowest heights that it can do, lowest first
  std::vector<std::string> woken;  ///< other stages that got ready work from this call, each once
};

struct StageCounts {
  std::uint64_t waiting = 0, delayed = 0, ready = 0, leased = 0, dead = 0;
  std::uint64_t done_total = 0;                       ///< since the pool began
  std::uint64_t leases_lost_total = 0;                ///< expired leases
  std::uint64_t stale_total = 0;                      ///< refused completions, failures and renewals
  std::uint64_t failures_total = 0;                   ///< fail() calls that were accepted
  std::uint64_t duplicates_total = 0;                 ///< enqueues of a known id
  std::uint64_t oldest_ready_ms = 0;                  ///< age of the lowest ready task, 0 when none
  std::uint64_t lowest_height = 0;                    ///< of tasks that are ready or leased; 0 when none
  std::map<Capability, std::uint64_t> ready_by_need;  ///< ready tasks that need something; none of 0
};

struct TaskRecord {
  TaskId id;
  std::string stage;
  std::uint64_t height = 0;
  GroupId group;
  TaskState state = TaskState::waiting;
  Fence fence = 0;
  std::uint32_t attempts = 0;  ///< failures so far
  std::uint32_t deaths = 0;    ///< leases lost so far
  std::uint32_t waits_on = 0;  ///< inputs still missing
  std::string worker;          ///< of the present or last lease
  std::string reason;          ///< of the last failure
  std::uint64_t since_ms = 0;  ///< Unix time of the last change of state
  Capability needs;            ///< of the worker
};

struct GroupRecord {
  GroupId id;
  std::uint64_t height = 0;
  std::string state;  ///< "running", "stalled" (a task of it is dead), "cancelled", or the end status
  std::uint64_t begun_ms = 0;
  std::uint64_t ended_ms = 0;  ///< 0 while running
  std::map<std::string, std::string> facts;
};

/// What every store refuses. Errors: invalid_input naming the completion and its field.
Status check(const Exchange& exchange);

class Store {
 public:
  virtual ~Store() = default;

  /// Adds tasks from outside, all or nothing per spec. A group comes to life with its first task; into
  /// one that has ended nothing is added: duplicate. A known task that waits because its payload was
  /// lost gets it back.
  virtual Result<EnqueueReply> enqueue(const std::vector<TaskSpec>& specs) = 0;

  /// Requires: every completion belongs to `stage`. A completion with a valid fence, atomically: stores
  /// emits, delivers the output along the feed, counts the join down, applies Again or marks the task
  /// done, releases its payload and inputs, updates the group. A lease that expired but was not given
  /// to another is still valid. Then reaps up to 100 expired leases of the stage, promotes up to 100
  /// delayed tasks whose time has come, and leases: fewer than it may when their values exceed
  /// limits::lease_bytes_max. Draining works when Redis is full.
  /// A task whose payload or an input is missing or damaged is not handed out: its producer runs again
  /// (recursively, up to the first task of the group, whose payload is kept until the group ends) and
  /// it waits for it. Without a producer it waits to be enqueued again; its reason says so.
  /// A task that feeds a slot which its target does not have is dead.
  virtual Result<ExchangeReply> exchange(const Exchange& exchange) = 0;
  /// The same for several workers at once, pipelined where the store can; each is atomic by itself.
  virtual std::vector<Result<ExchangeReply>> exchange_all(const std::vector<Exchange>& exchanges) {
    std::vector<Result<ExchangeReply>> out;
    for (const Exchange& one : exchanges) out.push_back(exchange(one));
    return out;
  }

  struct Held {
    TaskId id;
    Fence fence;
  };
  /// Moves the deadlines of leases that are still the caller's. One verdict per entry, ok or stale.
  virtual Result<std::vector<Verdict>> renew(const std::string& stage, const std::vector<Held>&) = 0;
  /// Counts a failure and delays or kills the task.
  virtual Result<Verdict> fail(const std::string& stage, const Failure& failure) = 0;
  /// Gives a task back as if it had never been leased: neither attempt nor death is counted.
  virtual Result<std::vector<Verdict>> hand_back(const std::string& stage, const std::vector<Held>&) = 0;

  /// Reaps expired leases, promotes delayed tasks, forgets done tasks and ended groups past their time,
  /// each bounded per call. Returns the stages with new ready work.
  virtual Result<std::vector<std::string>> sweep(const std::vector<std::string>& stages) = 0;

  /// Ends a group: pending tasks vanish, running ones lose their fence. Errors: not_found, conflict
  /// when it has ended already.
  virtual Status cancel(const GroupId& group) = 0;
  /// Dead tasks, oldest first. `stage` empty for all.
  virtual Result<std::vector<TaskRecord>> dead(const std::string& stage, std::size_t max) = 0;
  /// Back to ready with fresh budgets. Errors: not_found when `id` is not dead.
  virtual Status replay(const TaskId& id) = 0;
  /// Forgets a dead task; its group ends as "failed". Errors: not_found when `id` is not dead.
  virtual Status drop(const TaskId& id) = 0;

  virtual Result<StageCounts> counts(const std::string& stage) = 0;
  /// Bytes of all stored payloads and blobs.
  virtual Result<std::uint64_t> stored_bytes() = 0;
  virtual Result<TaskRecord> task(const TaskId& id) = 0;
  virtual Result<GroupRecord> group(const GroupId& id) = 0;
  /// Groups with first height in [from, to], ascending, ended ones that are still remembered included.
  virtual Result<std::vector<GroupRecord>> groups(std::uint64_t from, std::uint64_t to, std::size_t max) = 0;
  /// Tasks of a group, by stage and id.
  virtual Result<std::vector<TaskRecord>> group_tasks(const GroupId& id, std::size_t max) = 0;
};

}  // namespace cairn::pipeline
