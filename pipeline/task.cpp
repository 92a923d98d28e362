#include "pipeline/task.h"

#include <algorithm>

namespace cairn::pipeline {
namespace {

bool valid_name(std::string_view name, std::size_t bytes_max, std::string_view punctuation) {
  return !name.empty() && name.size() <= bytes_max && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || punctuation.find(c) != std::string_view::npos;
  });
}

Error bad(const TaskSpec& spec, std::string_view why) {
  return {Code::invalid_input,
          "task " + spec.id.substr(0, limits::task_id_bytes_max) + ": " + std::string(why)};
}

}  // namespace

bool valid_id(std::string_view id) { return valid_name(id, limits::task_id_bytes_max, "._:/-"); }
bool valid_stage(std::string_view stage) { return valid_name(stage, limits::stage_name_bytes_max, "_"); }
bool valid_capability(std::string_view capability) {
  return valid_name(capability, limits::capability_bytes_max, "._-ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

Status check_capabilities(const std::vector<Capability>& capabilities) {
  if (capabilities.size() > limits::capabilities_max) {
    return Error{Code::invalid_input,
                 "more than " + std::to_string(limits::capabilities_max) + " capabilities"};
  }
  for (const Capability& capability : capabilities) {
    if (valid_capability(capability)) continue;
    return Error{Code::invalid_input, "not a capability: \"" + capability.substr(0, 64) + "\""};
  }
  return {};
}

Status check(const TaskSpec& spec) {
  if (!valid_id(spec.id)) return bad(spec, "the id is empty, too long or has a forbidden character");
  if (!valid_stage(spec.stage)) return bad(spec, "the stage is not a stage name");
  if (spec.height > limits::height_max) return bad(spec, "the height is above 2^53");
  if (!spec.group.empty() && !valid_id(spec.group)) return bad(spec, "the group is not a valid id");
  if (spec.payload.size() > limits::value_bytes_max) return bad(spec, "the payload is too large");
  if (spec.waits_on > limits::inputs_max) return bad(spec, "waits on too many inputs");
  if (spec.feed) {
    if (!valid_id(spec.feed->task)) return bad(spec, "the feed is not a task id");
    if (spec.feed->task == spec.id) return bad(spec, "feeds itself");
    if (spec.feed->slot >= limits::inputs_max) return bad(spec, "the feed's slot is too high");
  }
  if (spec.delay_ms > limits::delay_ms_max) return bad(spec, "the delay is too long");
  if (!spec.needs.empty() && !valid_capability(spec.needs))
    return bad(spec, "needs what is not a capability");
  return {};
}

std::size_t value_bytes(const Task& task) {
  std::size_t bytes = task.payload.size();
  for (const Bytes& input : task.inputs) bytes += input.size();
  return bytes;
}

namespace {

Error bad_outcome(std::string_view why) { return {Code::invalid_input, "outcome: " + std::string(why)}; }

Status check_again(const Outcome& outcome) {
  const Again& again = *outcome.again;
  if (!outcome.output.empty()) return bad_outcome("output: given, but the task is not done");
  if (!outcome.group_end.empty()) return bad_outcome("group_end: given, but the task is not done");
  if (again.payload && again.payload->size() > limits::value_bytes_max) {
    return bad_outcome("again.payload: too large");
  }
  if (again.delay_ms > limits::delay_ms_max) return bad_outcome("again.delay_ms: too long");
  if (!again.number) return {};
  const std::string& counter = again.number->counter;
  if (counter.empty() || counter.size() > limits::task_id_bytes_max) {
    return bad_outcome("again.number.counter: empty or too long");
  }
  if (again.number->floor >= limits::height_max) return bad_outcome("again.number.floor: above 2^53");
  return {};
}

}  // namespace

Status check_outcome(const Outcome& outcome) {
  if (outcome.output.size() > limits::value_bytes_max) return bad_outcome("output: too large");
  if (outcome.emits.size() > limits::emits_max) return bad_outcome("emits: too many");
  for (const TaskSpec& spec : outcome.emits) {
    if (Status status = check(spec); !status.ok()) return status.error().in("outcome: emits");
  }
  if (outcome.again) CAIRN_TRY(check_again(outcome));
  if (outcome.facts.size() > limits::facts_max) return bad_outcome("facts: too many");
  for (const auto& [name, value] : outcome.facts) {
    if (name.empty() || name.size() > limits::fact_name_bytes_max) {
      return bad_outcome("facts: a name is empty or too long");
    }
    if (value.size() > limits::fact_value_bytes_max) return bad_outcome("facts: " + name + ": too long");
  }
  const std::string& end = outcome.group_end;
  if (!end.empty() && (!valid_stage(end) || end == "running" || end == "stalled")) {
    return bad_outcome("group_end: not a status name, or one that means that the group goes on");
  }
  return {};
}

}  // namespace cairn::pipeline
