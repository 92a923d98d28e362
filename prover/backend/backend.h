// What the pipeline asks of a proof system. A backend is a pure function of its arguments: the same
// call may run on any machine, more than once, and any of its valid results will do.
#pragma once

#include <string_view>
#include <vector>

#include "common/bytes.h"
#include "common/digest.h"

namespace cairn::prover {

/// The caller's side of one running call. Thread-safe.
class Control {
 public:
  virtual ~Control() = default;
  /// True once the result is not wanted any more; a backend stops soon and returns Code::cancelled.
  virtual bool cancelled() const = 0;
  /// Share of the work done, 0 … 1, for people who watch.
  virtual void progress(double share) = 0;
};

/// Values are opaque to the pipeline; each is at most limits::value_bytes_max.
/// Errors of every call: invalid_input (this input can never work: the task is dead), failed (the
/// program failed: retried within the attempt budget), timeout, exhausted (a limit was hit),
/// cancelled, unavailable (this machine lacks something: retried, better elsewhere).
class ProverBackend {
 public:
  virtual ~ProverBackend() = default;

  /// Cuts the run of `program` on one batch's `input` into segments, in order, at least one.
  virtual Result<std::vector<Bytes>> split(std::string_view program, ByteView input, Control& control) = 0;
  /// Proves one segment.
  virtual Result<Bytes> prove(std::string_view program, ByteView segment, Control& control) = 0;
  /// Joins two neighbouring proofs, `left` before `right`; each is a proof of prove() or of join().
  virtual Result<Bytes> join(std::string_view program, ByteView left, ByteView right, Control& control) = 0;
  /// Turns the proof of all segments of all batches, in height order, into the bytes that the
  /// on-chain verifier takes for `claim`.
  virtual Result<Bytes> finalize(std::string_view program, ByteView joined, const Digest32& claim,
                                 Control& control) = 0;
  /// Ok only if `proof`, from finalize(), shows `claim`. Runs before anything is staked on it.
  virtual Status verify(std::string_view program, const Digest32& claim, ByteView proof,
                        Control& control) = 0;
};

}  // namespace cairn::prover
