#include "cli/metered_backend.h"

#include "common/clock.h"

namespace cairn::cli {
namespace {

using prover::Control;

class MeteredBackend final : public prover::ProverBackend {
 public:
  MeteredBackend(std::string name, ProverBackend& backend, Metrics& metrics)
      : name_(std::move(name)), backend_(backend), metrics_(metrics) {}

  Result<std::vector<Bytes>> split(std::string_view program, ByteView input, Control& control) override {
    return meter("split", [&] { return backend_.split(program, input, control); });
  }
  Result<Bytes> prove(std::string_view program, ByteView segment, Control& control) override {
    return meter("prove", [&] { return backend_.prove(program, segment, control); });
  }
  Result<Bytes> join(std::string_view program, ByteView left, ByteView right, Control& control) override {
    return meter("join", [&] { return backend_.join(program, left, right, control); });
  }
  Result<Bytes> finalize(std::string_view program, ByteView joined, const Digest32& claim,
                         Control& control) override {
    return meter("finalize", [&] { return backend_.finalize(program, joined, claim, control); });
  }
  Status verify(std::string_view program, const Digest32& claim, ByteView proof, Control& control) override {
    return meter("verify", [&] { return backend_.verify(program, claim, proof, control); });
  }

 private:
  template <class Call>
  auto meter(std::string_view step, Call call) -> decltype(call()) {
    const std::int64_t begun = steady_ms();
    auto result = call();
    metrics_.observe(Metric::backend_seconds,
                     {name_, step, result.ok() ? "ok" : code_name(result.error().code)},
                     static_cast<double>(steady_ms() - begun) / 1000.0);
    return result;
  }

  std::string name_;
  ProverBackend& backend_;
  Metrics& metrics_;
};

}  // namespace

std::unique_ptr<prover::ProverBackend> make_metered_backend(std::string name, prover::ProverBackend& backend,
                                                            Metrics& metrics) {
  return std::make_unique<MeteredBackend>(std::move(name), backend, metrics);
}

}  // namespace cairn::cli
