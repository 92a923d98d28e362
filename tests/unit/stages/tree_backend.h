// A backend whose proofs show their own making: a segment is a label, a proof the labels that it
// covers, and joining is concatenation. So the final proof spells out the order of all joins.
#pragma once

#include <string>
#include <vector>

#include "common/json.h"
#include "prover/backend/backend.h"

namespace cairn::stages::samples {

class TreeBackend : public prover::ProverBackend {
 public:
  /// The input is {"batch":b,"segments":n}; the segments are "b.0;" … "b.<n-1>;".
  Result<std::vector<Bytes>> split(std::string_view, ByteView input, prover::Control& c) override {
    CAIRN_ASSIGN(const Json json, parse_json(text(input), 1024));
    CAIRN_ASSIGN(const std::uint64_t batch, json_u64(json, "batch", 1000));
    CAIRN_ASSIGN(const std::uint64_t count, json_u64(json, "segments", 100'000));
    std::vector<Bytes> out;
    for (std::uint64_t i = 0; i < count; ++i) out.push_back(copy(label(batch, i)));
    c.progress(1);
    return out;
  }
  Result<Bytes> prove(std::string_view, ByteView segment, prover::Control& c) override {
    c.progress(0.5);
    return copy(segment);
  }
  Result<Bytes> join(std::string_view, ByteView left, ByteView right, prover::Control& c) override {
    c.progress(0.5);
    Bytes out = copy(left);
    append(out, right);
    return out;
  }
  Result<Bytes> finalize(std::string_view, ByteView joined, const Digest32& claim,
                         prover::Control& c) override {
    c.progress(1);
    Bytes out = copy(joined);
    append(out, claim);
    return out;
  }
  Status verify(std::string_view, const Digest32& claim, ByteView proof, prover::Control& c) override {
    c.progress(0.5);
    const Bytes end(claim.begin(), claim.end());
    if (proof.size() >= end.size() && copy(proof.last(end.size())) == end) return {};
    return Error{Code::invalid_input, "the proof is for another claim"};
  }

  static std::string label(std::uint64_t batch, std::uint64_t segment) {
    return std::to_string(batch) + "." + std::to_string(segment) + ";";
  }
};

}  // namespace cairn::stages::samples
