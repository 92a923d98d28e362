// What the three stages of the sender share: a task's payload is a row, one call is one step, and the
// row's new state says which stage takes it next.
#pragma once

#include <string_view>

#include "chain/sender.h"
#include "pipeline/stage.h"

namespace cairn::stages {

/// Borrowed chain and signer; they outlive the stages made with them.
using ChainServices = chain::sender::Services;

/// Task ids are <group>/h/<hop> (hash_commit), <group>/v/<hop> (reveal) and <group>/r/<hop> (resend),
/// with the count of handoffs so far in at least four hex digits.
///
/// A chain that does not answer, or answers nonsense, is no failure of the task: it is kept and run
/// again. Errors: invalid_input (a payload that is no row, a task without a group, or a row that cannot
/// go on: the reason says why).
Result<pipeline::Outcome> run_chain_step(std::string_view stage, const pipeline::Task& task,
                                         const ChainServices& services);

}  // namespace cairn::stages
