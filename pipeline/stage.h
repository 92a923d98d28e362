// A stage as the runtime sees it: a name and a pure function from a leased task to an outcome. The
// function sees no socket, clock or environment; what it may use was given to it when it was made.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pipeline/task.h"

namespace cairn::pipeline {

/// The running call's line to the worker around it. Thread-safe.
class Watch {
 public:
  virtual ~Watch() = default;
  /// True once the result is not wanted: return Code::cancelled soon.
  virtual bool cancelled() const = 0;
  /// Share of the task done, 0 … 1; shown to people, and proof that the work is not hung.
  virtual void progress(double share) = 0;
};

/// Errors: transient codes and `failed` are retried within the budgets; invalid_input and corrupt make
/// the task dead with the error's text as its reason; cancelled hands the task back.
using Process = std::function<Result<Outcome>(const Task&, Watch&)>;

struct Stage {
  std::string name;
  Process process;
};

/// Turns bytes from outside the pool into the first task of a sequence. Errors: invalid_input naming
/// the field. Used by the dispatcher of the stage that takes submissions.
using Admit = std::function<Result<TaskSpec>(ByteView submission)>;

/// How a failed call counts.
inline FailKind fail_kind(Code code) {
  return code == Code::invalid_input || code == Code::corrupt ? FailKind::permanent : FailKind::retry;
}

}  // namespace cairn::pipeline
