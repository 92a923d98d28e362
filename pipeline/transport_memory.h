// The transport inside one process: queues by name. For tests and simulation.
#pragma once

#include "pipeline/transport.h"

namespace cairn::pipeline {

/// Endpoints are any text; the same text names the same inbox. Thread-safe.
std::unique_ptr<Transport> make_memory_transport();

}  // namespace cairn::pipeline
