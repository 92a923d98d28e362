// The backends of this process by name, and the programs that each can prove.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "prover/backend/backend.h"

namespace cairn::prover {

/// Filled once at start, then read by any thread.
class Backends {
 public:
  /// Errors: conflict when `name` is taken.
  Status add(std::string name, std::vector<std::string> programs, std::unique_ptr<ProverBackend> backend);

  /// The backend `name`, which knows `program`; borrowed. Errors: invalid_input naming the field,
  /// "backend" or "program", and what it could be.
  Result<ProverBackend*> find(std::string_view name, std::string_view program) const;

  std::vector<std::string> names() const;
  /// Programs of the backend `name`; empty when there is no such backend.
  std::vector<std::string> programs(std::string_view name) const;

 private:
  struct Entry {
    std::set<std::string, std::less<>> programs;
    std::unique_ptr<ProverBackend> backend;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace cairn::prover
