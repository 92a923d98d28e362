#include "stages/chain_step.h"

#include <cinttypes>
#include <cstdio>

#include "stages/stage_names.h"

namespace cairn::stages {

using pipeline::Again;
using pipeline::Outcome;
using pipeline::Task;
namespace sender = chain::sender;

namespace {

constexpr std::size_t kWhyBytes = 512;  // of what a node said

char letter(std::string_view stage) {
  if (stage == kHashCommit) return 'h';
  return stage == kReveal ? 'v' : 'r';
}

pipeline::TaskSpec handoff(const Task& task, std::string_view to, sender::Row row, std::uint64_t delay_ms) {
  ++row.hop;
  char suffix[32];
  std::snprintf(suffix, sizeof suffix, "/%c/%04" PRIx64, letter(to), row.hop);
  pipeline::TaskSpec out;
  out.id = task.group + suffix;
  out.stage = to;
  out.height = task.height;
  out.group = task.group;
  out.payload = sender::encode(row);
  out.delay_ms = delay_ms;
  return out;
}

Outcome again_unchanged(const Error& error, std::uint64_t delay_ms) {
  Outcome out;
  out.again = Again{std::nullopt, delay_ms, std::nullopt};
  out.facts = {{"waiting_for", "the chain to answer: " + error.what.substr(0, kWhyBytes)}};
  return out;
}

}  // namespace

Result<Outcome> run_chain_step(std::string_view stage, const Task& task, const ChainServices& services) {
  if (task.group.empty()) return Error{Code::invalid_input, "a task of the sender without a group"};
  CAIRN_ASSIGN(const sender::Row row, sender::decode_row(task.payload));
  auto step = sender::step(row, task.number, services);
  if (!step.ok()) return again_unchanged(step.error(), services.policy.retry_ms());
  if (!step->dead.empty()) return Error{Code::invalid_input, step->dead};

  Outcome out;
  out.facts = std::move(step->facts);
  if (!step->end.empty()) {
    out.group_end = std::move(step->end);
    return out;
  }
  const std::string_view next = sender::desk(step->row.state);
  if (next != stage) {
    out.emits.push_back(handoff(task, next, std::move(step->row), step->delay_ms));
    return out;
  }
  Bytes payload = sender::encode(step->row);
  out.again = Again{std::nullopt, step->delay_ms, std::nullopt};
  if (payload != task.payload) out.again->payload = std::move(payload);
  if (step->nonce_floor) {
    out.again->number = {sender::nonce_counter(services.signer.address()), *step->nonce_floor};
  }
  return out;
}

}  // namespace cairn::stages
