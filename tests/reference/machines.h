// Machines written down anew: the examples from docs/proof-system/machines.md.
#pragma once

#include "tests/reference/protocol.h"

namespace cairn::reference {

/// tests/unit/prover/demo_machine.h: bytes, cubes of bytes, sums of what the cubes send; the public pair is
/// sent once more.
Machine demo_machine();
Machine poseidon2_machine();
Machine calculator();

}  // namespace cairn::reference
