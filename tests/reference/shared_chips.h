// A machine whose chips are not written down anew: what its rows say is the engine's own text, evaluated
// through TableShape::emit. Shared with the engine are therefore the shape of the tables, their constraints
// and interactions, and the tuples of the boundary. Everything else is this folder's own: header, digest,
// layout, transcript, LogUp, GKR, zerocheck, structured columns, WHIR.
#pragma once

#include "prover/air/shape.h"
#include "tests/reference/protocol.h"

namespace cairn::reference {

/// `shape` must outlive what is returned.
Machine with_shared_chips(const engine::MachineShape& shape);

}  // namespace cairn::reference
