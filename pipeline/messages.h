// What travels on the sockets. Every frame is a MessagePack array [schema, kind, …]; the layouts are in
// docs/wire-format.md. Decoding is total: hostile bytes give an error, bounded in time and memory.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "pipeline/task.h"

namespace cairn::pipeline {

inline constexpr std::uint64_t kWireSchema = 2;
/// Tasks that one worker holds, and items of each list of a frame.
inline constexpr std::size_t kTasksMax = limits::store_batch_max;

struct Running {
  TaskId id;
  Fence fence = 0;
  double progress = 0;  ///< 0 … 1
};

struct HandBack {
  TaskId id;
  Fence fence = 0;
};

/// What became of a task. A worker repeats it until the dispatcher has settled it.
using TaskResult = std::variant<Completion, Failure, HandBack>;
const TaskId& result_id(const TaskResult& result);
Fence result_fence(const TaskResult& result);

/// worker → dispatcher. A report that lists what the worker holds is a beat: it renews those leases.
/// Between beats a report carries results alone.
struct Report {
  std::string worker;  ///< unique in the pool
  std::string stage;
  std::string endpoint;          ///< of the worker's inbox
  std::uint32_t credit = 0;      ///< tasks that it holds at most, computing and queued
  bool draining = false;         ///< takes no new tasks
  std::vector<Running> running;  ///< all that it holds, in a beat; else empty
  std::vector<TaskResult> results;
  std::vector<Capability> capabilities = {};  ///< it is given tasks that need one of these, or nothing
};

struct Settled {
  TaskId id;
  Fence fence = 0;
  Verdict verdict = Verdict::ok;
};

/// dispatcher → worker. Sent in answer to every report, possibly empty.
struct Orders {
  std::vector<Task> tasks;
  std::vector<Settled> settled;  ///< results that need not be repeated
  std::vector<HandBack> stops;   ///< leases that are lost: stop, and forget the task
  bool last = false;             ///< it is known that the worker drains: no task will follow
};

/// dispatcher → dispatcher: `stage` has new work. Lost hints cost a poll period.
struct Hint {
  std::string stage;
};

/// producer → dispatcher.
struct Submit {
  std::string reply_to;     ///< endpoint of the producer's inbox
  std::uint64_t batch = 0;  ///< chosen by the producer, echoed
  std::vector<Bytes> submissions;
};

struct Answer {
  enum class Kind : std::uint8_t { accepted, duplicate, backpressure, rejected } kind;
  GroupId group;    ///< when accepted or duplicate
  std::string why;  ///< when rejected: names the field
};

/// dispatcher → producer; one answer per submission, in order.
struct Answers {
  std::uint64_t batch = 0;
  std::vector<Answer> answers;
};

using Message = std::variant<Report, Orders, Hint, Submit, Answers>;

Bytes encode(const Message& message);
/// Errors: invalid_input (malformed, unknown kind, another schema version, a limit exceeded).
Result<Message> decode(ByteView frame);

}  // namespace cairn::pipeline
