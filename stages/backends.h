// How a stage calls a prover backend: found by its name, watched while it runs, its values checked.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "pipeline/stage.h"
#include "prover/backend/backend.h"

namespace cairn::stages {

/// The backends of this process by name. Borrowed: they outlive the stages made with them.
using Backends = std::map<std::string, prover::ProverBackend*, std::less<>>;

/// Errors: unavailable, listing what there is; tasks name what they need, so that only a worker of a changed
/// configuration comes to this.
Result<prover::ProverBackend*> find_backend(const Backends& backends, std::string_view name);

/// The runtime's watch as the backend sees it. A call that is one of several in a task reports its
/// progress as the part [begin, end] of the whole.
class WatchControl : public prover::Control {
 public:
  explicit WatchControl(pipeline::Watch& watch, double begin = 0, double end = 1)
      : watch_(watch), begin_(begin), end_(end) {}
  bool cancelled() const override { return watch_.cancelled(); }
  /// Anything but 0 … 1 is not passed on.
  void progress(double share) override;

 private:
  pipeline::Watch& watch_;
  double begin_;
  double end_;
};

/// Of a proof on its way to the final one: two must fit into one frame.
inline constexpr std::size_t proof_part_bytes_max = limits::value_bytes_max / 2;

/// Errors: failed when a proof from `call` is larger than the pipeline carries.
Result<Bytes> check_proof_part(std::string_view call, Result<Bytes> proof);

}  // namespace cairn::stages
