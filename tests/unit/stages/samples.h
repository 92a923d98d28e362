// What the stage tests share: a submission, a watch, leased tasks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/stage.h"
#include "stages/submission.h"

namespace cairn::stages::samples {

inline const Catalog catalog = {{"groth16", {"chain_step", "other"}}, {"tree", {"labels"}}};

inline Digest32 digest(std::uint8_t fill) {
  Digest32 out;
  out.fill(fill);
  return out;
}

/// `batches` batches from height 100 of a program of TreeBackend.
inline Submission submission(std::size_t batches, std::uint64_t segments = 1) {
  Submission s;
  s.start_height = 100;
  s.end_height = 100 + batches - 1;
  s.backend = "tree";
  s.program = "labels";
  s.claim = digest(0xc1);
  s.sequence_id = digest(0x5e);
  for (std::size_t i = 0; i < batches; ++i) {
    s.inputs.push_back("{\"batch\":" + std::to_string(i) + ",\"segments\":" + std::to_string(segments) + "}");
  }
  return s;
}

/// The line that a producer would write, with keys in an order of its own; `without` leaves out the
/// sequence id, as a requester does who attaches it on chain.
inline std::string line(const Submission& s, bool with_sequence_id = true) {
  std::string out = "{\"batches\":[";
  for (const auto& input : s.inputs) {
    out += (out.back() == '[' ? "" : ",") + std::string("{\"input\": ") + input + "}";
  }
  out += "], \"claim\":\"0x" + hex(s.claim) + "\"";
  if (with_sequence_id) out += ",\"sequence_id\":\"0x" + hex(s.sequence_id) + "\"";
  out += ",\"program\":\"" + s.program + "\",\"backend\":\"" + s.backend + "\"";
  return out + ",\"start_height\":" + std::to_string(s.start_height) +
         ",\"end_height\":" + std::to_string(s.end_height) + "}";
}

class Watch : public pipeline::Watch {
 public:
  bool cancelled() const override { return stop; }
  void progress(double share) override { shares.push_back(share); }
  bool stop = false;
  std::vector<double> shares;
};

/// `spec` as a worker gets it.
inline pipeline::Task leased(const pipeline::TaskSpec& spec, std::vector<Bytes> inputs = {}) {
  pipeline::Task task;
  task.id = spec.id;
  task.stage = spec.stage;
  task.height = spec.height;
  task.group = spec.group;
  task.fence = 1;
  task.payload = spec.payload;
  task.inputs = std::move(inputs);
  return task;
}

}  // namespace cairn::stages::samples
