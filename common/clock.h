// Time for code that needs it; pure code takes the time as an argument.
#pragma once

#include <chrono>
#include <cstdint>

namespace cairn {

/// Milliseconds of a clock that never steps back. For durations and deadlines in one process.
inline std::int64_t steady_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

/// Milliseconds since the Unix epoch. For people and logs, never for leases (those use Redis TIME).
inline std::int64_t unix_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace cairn
