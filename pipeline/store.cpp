#include "pipeline/store.h"

namespace cairn::pipeline {

Status check(const Exchange& exchange) {
  if (!valid_stage(exchange.stage)) return Error{Code::invalid_input, "the stage is not a stage name"};
  if (exchange.worker.size() > limits::worker_name_bytes_max) {
    return Error{Code::invalid_input, "the worker's name is too long"};
  }
  CAIRN_TRY(check_capabilities(exchange.capabilities));
  if (exchange.completions.size() > limits::store_batch_max) {
    return Error{Code::invalid_input, "too many completions at once"};
  }
  for (const Completion& c : exchange.completions) {
    if (Status status = check_outcome(c.outcome); !status.ok()) {
      return status.error().in("completion of " + c.id.substr(0, limits::task_id_bytes_max));
    }
  }
  return {};
}

}  // namespace cairn::pipeline
