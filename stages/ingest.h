// The first stage: plans all the work of a sequence that is known before any of it has run, and
// keeps up with the sequences opened on the contract (follow.h).
//
//   submission ──▶ final ◀── joins of batches ◀── split of each batch
#pragma once

#include <optional>

#include "pipeline/stage.h"
#include "stages/follow.h"
#include "stages/submission.h"

namespace cairn::stages {

/// The tasks of a sequence, parents first, and facts about it. Pure.
pipeline::Outcome plan_sequence(const Submission& submission);

/// Errors: invalid_input (not in the catalog any more), corrupt (the payload makes no sense, or is
/// not what the task's group was named after), unavailable (a follow task, and no chain to follow).
/// `follow` is empty where there is no chain.
pipeline::Process make_ingest(Catalog catalog, std::optional<Follow> follow);

}  // namespace cairn::stages
