// How long a scenario goes on.
#pragma once

#include <cstdlib>

namespace cairn::test {

/// So many kills, freezes or outages show what is promised at random moments.
constexpr unsigned kills_survival = 20;

/// How often a scenario hurts its pool: CAIRN_E2E_KILLS, 3 by default. `ops/test --survival` sets
/// kills_survival; with as many, every outage lasts its whole length.
inline unsigned kills_wanted() {
  const char* given = std::getenv("CAIRN_E2E_KILLS");
  const unsigned long kills = given ? std::strtoul(given, nullptr, 10) : 0;
  return kills == 0 ? 3 : static_cast<unsigned>(kills);
}

}  // namespace cairn::test
