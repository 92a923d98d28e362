// A task: one unit of work of one stage. These are the words that every part of the runtime speaks;
// docs/task-lifecycle.md draws the states.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/bytes.h"
#include "common/limits.h"

namespace cairn::pipeline {

using TaskId = std::string;   ///< deterministic, [a-z0-9._:/-], at most limits::task_id_bytes_max
using GroupId = std::string;  ///< the sequence that a task belongs to; empty for none
using Fence = std::uint64_t;  ///< grows with every lease in the pool; 0 is no lease
/// Something that not every worker of a stage can do, e.g. the name of a prover backend: [A-Za-z0-9._-], at
/// most limits::capability_bytes_max.
using Capability = std::string;

/// Where a task's output goes when it is done: into input `slot` of the waiting task `task`.
struct Feed {
  TaskId task;
  std::uint32_t slot = 0;
  bool operator==(const Feed&) const = default;
};

/// A task to enqueue. The same id always means the same work.
struct TaskSpec {
  TaskId id;
  std::string stage;
  std::uint64_t height = 0;  ///< ≤ limits::height_max; the lowest is leased first, ties by id
  GroupId group;
  Bytes payload;               ///< ≤ limits::value_bytes_max
  std::uint32_t waits_on = 0;  ///< inputs that must arrive before the task is ready
  std::optional<Feed> feed;    ///< names a task enqueued before or with this one
  std::uint64_t delay_ms = 0;  ///< not ready before this has passed
  Capability needs;            ///< only workers that have it are leased the task; empty: all are
  bool operator==(const TaskSpec&) const = default;
};

/// What enqueue says of one spec.
enum class Admission : std::uint8_t {
  accepted,
  duplicate,     ///< the id is known, in whatever state: nothing changed
  backpressure,  ///< above a cap of depth or bytes, or Redis is full: try again later
};

/// A leased task as a worker gets it: everything it needs, and the fence that proves the right.
struct Task {
  TaskId id;
  std::string stage;
  std::uint64_t height = 0;
  GroupId group;
  Fence fence = 0;
  std::uint32_t attempt = 1;  ///< 1 for the first
  Bytes payload;
  std::vector<Bytes> inputs;            ///< outputs of the tasks it waited on, by slot
  std::optional<std::uint64_t> number;  ///< granted by Again::number at the previous step
};

/// Of the payload and all inputs.
std::size_t value_bytes(const Task& task);

/// Asks for the next number of a counter shared by the pool, e.g. the nonce of a key.
struct NumberRequest {
  std::string counter;      ///< e.g. "nonce/0xabc…"
  std::uint64_t floor = 0;  ///< the number granted is at least this
};

/// The task is not done: keep it, run it again after a delay. What it learned so far is in `payload`,
/// stored in the same atomic call that ends the lease. Resets the attempt count.
struct Again {
  std::optional<Bytes> payload;  ///< nullopt keeps the present one
  std::uint64_t delay_ms = 0;
  std::optional<NumberRequest> number;  ///< the grant arrives in Task::number at the next lease
};

/// Facts about the group for people (`status`, `explain`): name and value, last one wins.
using Facts = std::vector<std::pair<std::string, std::string>>;

/// What a stage makes of a task.
struct Outcome {
  Bytes output;                 ///< goes along the task's feed, if it has one
  std::vector<TaskSpec> emits;  ///< enqueued in the same atomic call; known ids change nothing
  std::optional<Again> again;   ///< set: not done yet (then `output` must be empty)
  Facts facts;
  std::string group_end;  ///< not empty: the group is finished with this status, e.g. "verified"
};

/// A completion of a leased task, as the store takes it.
struct Completion {
  TaskId id;
  Fence fence = 0;
  Outcome outcome;
};

/// The store's answer to whoever says that it holds a lease.
enum class Verdict : std::uint8_t {
  ok,
  duplicate,  ///< this very fence has completed the task already: the lost reply, repeated
  stale,      ///< another lease, or none: the caller must forget the task
};

enum class FailKind : std::uint8_t {
  retry,      ///< again after backoff, until the attempt budget is used up
  permanent,  ///< the same input will fail again: dead at once
};

struct Failure {
  TaskId id;
  Fence fence = 0;
  FailKind kind = FailKind::retry;
  std::string reason;  ///< at most limits::reason_bytes_max, with the tail of what the program said
};

enum class TaskState : std::uint8_t { waiting, delayed, ready, leased, done, dead, cancelled };

/// True for a well-formed task or group id.
bool valid_id(std::string_view id);
/// True for a well-formed capability.
bool valid_capability(std::string_view capability);
/// Errors: invalid_input for too many, or one that is not well-formed.
Status check_capabilities(const std::vector<Capability>& capabilities);
/// True for a stage name: [a-z_], at most limits::stage_name_bytes_max.
bool valid_stage(std::string_view stage);
/// Errors: invalid_input naming the field (id, stage, height, sizes, a feed to itself, what it needs).
Status check(const TaskSpec& spec);
/// True of what a store takes as the outcome of a task. Errors: invalid_input naming the field (sizes,
/// an emitted task, Again with an output or a group end, facts, a group end that is no status name).
Status check_outcome(const Outcome& outcome);

}  // namespace cairn::pipeline
