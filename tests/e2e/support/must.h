// Steps of a scenario that must succeed: a failure ends the test with its reason, and everything that
// the test started is taken down on the way.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "common/result.h"

namespace cairn::test {

[[noreturn]] inline void give_up(const std::string& why) { throw std::runtime_error(why); }

template <class T>
T must(Result<T> result) {
  if (!result.ok()) give_up(result.error().what);
  return std::move(result).value();
}
inline void must(const Status& status) {
  if (!status.ok()) give_up(status.error().what);
}

}  // namespace cairn::test
