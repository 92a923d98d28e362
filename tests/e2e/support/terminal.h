// The program on a terminal.
#pragma once

#include <string>
#include <vector>

#include "tests/e2e/support/pool.h"

namespace cairn::test {

/// What `cairn ARGUMENTS…` prints on a terminal, by script(1), with `variable` ("NAME=value", or "-u NAME" to
/// take it away) in its environment.
inline std::string on_a_terminal(const std::string& variable, const std::vector<std::string>& arguments) {
  std::string line = "env " + variable + " " + cairn_program();
  for (const std::string& argument : arguments) line += " '" + argument + "'";
  return run({"script", "-qec", line, "/dev/null"}).out;
}

}  // namespace cairn::test
