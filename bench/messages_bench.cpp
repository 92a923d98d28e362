// What a frame costs: encoding and decoding of the reports that workers send.
#include <benchmark/benchmark.h>

#include "pipeline/messages.h"

namespace cairn::pipeline {
namespace {

Report report_of(std::int64_t results) {
  Report report{"prove-w0.1@host", "prove", "ipc:///tmp/x.sock", 16, false, {}, {}};
  for (std::int64_t i = 0; i < results; ++i) {
    Outcome outcome;
    outcome.output = Bytes(256);
    report.results.push_back(Completion{"0000/p/" + std::to_string(i), static_cast<Fence>(i + 1), outcome});
  }
  return report;
}

void encode_report(benchmark::State& state) {
  const Message message = report_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(encode(message));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(encode_report)->Arg(1)->Arg(16);

void decode_report(benchmark::State& state) {
  const Bytes frame = encode(report_of(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(decode(frame));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(decode_report)->Arg(1)->Arg(16);

}  // namespace
}  // namespace cairn::pipeline
