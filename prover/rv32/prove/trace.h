// The tables of a segment, from its recording.
#pragma once

#include <span>

#include "prover/air/table_view.h"
#include "prover/rv32/chips/machine.h"
#include "prover/rv32/prove/recorder.h"
#include "prover/verify/layout.h"

namespace cairn::rv32 {

/// log2 of the smallest height of each table of Rv32; 0: no rows, absent. A height above the chip's largest is what
/// Witness::allocate refuses.
engine::LogHeights log_heights(const Recording& recording);

/// Writes every cell of tables of these heights, those without cells left out. Uses all threads; the result does not
/// depend on their number.
void fill_tables(const Recording& recording, std::span<const engine::TableView> tables);

}  // namespace cairn::rv32
