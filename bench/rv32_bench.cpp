// How fast RISC-V programs run and are proved: guests of the build, stopped after 2^16, 2^18 and 2^20
// instructions, as one segment of that class. Run once without and once with what a snapshot needs, then
// proved with 1 and 2 threads; loading is not in the time.
//
//   rv32_bench --json [--only execute|prove] [--log-cycles N …] [--threads N …] [--guests DIR]
//   [--milliseconds N]
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

#include "bench/rv32_programs.h"
#include "guests/rollup/reference.h"
#include "prover/rv32/elf.h"
#include "prover/rv32/little_endian.h"
#include "prover/rv32/segmented_run.h"
#include "prover/rv32/snapshot.h"

namespace cairn::rv32 {
namespace {

Result<Image> load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{Code::not_found, "no guest at " + path + ": build them, or say --guests DIR"};
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  return load_elf(view(bytes));
}

Result<std::vector<BenchProgram>> load_programs(const std::string& guests) {
  Bytes n;
  put_u32(n, 1u << 20);
  std::mt19937_64 random(1);
  Bytes bytes(1u << 16), words(4u << 13);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  for (std::uint8_t& byte : words) byte = static_cast<std::uint8_t>(random());
  guests::RollupState state(8, 1, 1000);
  std::vector<guests::Transfer> transfers;
  for (std::uint32_t i = 0; i < 4; ++i) transfers.push_back({i, 200 + i, 10});
  std::vector<BenchProgram> out = {{"fibonacci", {}, n},
                                   {"sha256", {}, bytes},
                                   {"sort", {}, words},
                                   {"rollup", {}, state.apply(transfers).input}};
  for (BenchProgram& program : out) {
    CAIRN_ASSIGN(program.image, load(guests + "/" + program.name + ".elf"));
  }
  return out;
}

struct Line {
  double mhz = 0;
  std::uint64_t runs = 0;
  Segment segment;
};

/// Runs of one segment, each from a fresh start, until their time adds up to `milliseconds`; the fastest
/// tells the speed, for others share this machine.
template <class Start, class Go>
Line measure(unsigned log_cycles, double milliseconds, const Start& start, const Go& go) {
  using Clock = std::chrono::steady_clock;
  Line line;
  double all = 0, best = 1e9;
  while (all * 1e3 < milliseconds || line.runs < 5) {
    auto machine = start();
    const auto begun = Clock::now();
    line.segment = go(machine);
    const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    CAIRN_ASSERT(line.segment.counts.cycles == std::uint64_t{1} << log_cycles ||
                 line.segment.ending == Ending::running);
    all += seconds, best = std::min(best, seconds);
    ++line.runs;
  }
  line.mhz = static_cast<double>(line.segment.counts.cycles) / best / 1e6;
  return line;
}

std::string compiler() {
#ifdef __clang__
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

void measure_execution(const std::vector<BenchProgram>& programs, const std::vector<unsigned>& logs,
                       double milliseconds, bool json, Json& lines) {
  for (const BenchProgram& program : programs) {
    for (const unsigned log_cycles : logs) {
      const SegmentLimits limits = segment_class(log_cycles);
      const RunLimits run_limits = {std::uint64_t{1} << 32, 256u << 20};
      const Line plain = measure(
          log_cycles, milliseconds,
          [&] { return Executor::start(program.image, program.input, run_limits).value(); },
          [&](Executor& executor) { return executor.run_segment(limits, false); });
      const Line kept = measure(
          log_cycles, milliseconds,
          [&] { return SegmentedRun::start(program.image, program.input, run_limits).value(); },
          [&](SegmentedRun& segments) { return segments.next(limits); });
      const std::size_t snapshot_bytes = encode({{}, kept.segment}).size();
      lines.push_back({{"guest", program.name},
                       {"log_cycles", log_cycles},
                       {"cycles", plain.segment.counts.cycles},
                       {"execute_mhz", plain.mhz},
                       {"execute_and_keep_mhz", kept.mhz},
                       {"chunks", plain.segment.counts.chunks},
                       {"snapshot_bytes", snapshot_bytes},
                       {"runs", plain.runs + kept.runs}});
      if (!json) {
        std::printf("%-10s 2^%-3u %8.0f MHz, %8.0f MHz with what a snapshot of %zu bytes needs\n",
                    program.name.c_str(), log_cycles, plain.mhz, kept.mhz, snapshot_bytes);
      }
    }
  }
}

struct BenchOptions {
  std::string guests = (std::filesystem::canonical("/proc/self/exe").parent_path() / "../guests").string();
  std::string only;
  double milliseconds = 300;
  bool json = false;
  ProvingOptions proving{{16, 18, 20}, {1, 2}};
};

Status run(const BenchOptions& options) {
  Json out = {{"bench", "rv32"}, {"compiler", compiler()}};
  CAIRN_ASSIGN(const std::vector<BenchProgram> programs, load_programs(options.guests));
  if (options.only != "prove") {
    measure_execution(programs, options.proving.log_cycles, options.milliseconds, options.json,
                      out["execute"] = Json::array());
  }
  if (options.only != "execute") {
    CAIRN_TRY(measure_proving(programs, options.proving, options.json, out["prove"] = Json::array()));
  }
  if (options.json) std::printf("%s\n", out.dump().c_str());
  return {};
}

}  // namespace
}  // namespace cairn::rv32

int main(int argc, char** argv) {
  CLI::App app("How fast RISC-V programs run and are proved.", "rv32_bench");
  cairn::rv32::BenchOptions options;
  app.add_option("--guests", options.guests, "Directory of the guests")->capture_default_str();
  app.add_option("--only", options.only, "One part of it")->check(CLI::IsMember({"execute", "prove"}));
  app.add_option("--log-cycles", options.proving.log_cycles, "Logarithms of cycles")
      ->check(CLI::Range(12, 22))
      ->capture_default_str();
  app.add_option("--threads", options.proving.threads, "Numbers of threads that prove")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--log-inverse-rate", options.proving.log_inverse_rate,
                 "1 to 4: smaller proofs for more work")
      ->check(CLI::Range(1, 4));
  app.add_option("--milliseconds", options.milliseconds, "Time for each line of execution")
      ->check(CLI::Range(1.0, 1e5))
      ->capture_default_str();
  app.add_flag("--cpu-time", options.proving.cpu_time,
               "Proving in CPU seconds per thread, for a machine that does other work");
  app.add_flag("--json", options.json, "One JSON line");
  CLI11_PARSE(app, argc, argv);
  const cairn::Status status = cairn::rv32::run(options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "rv32_bench: %s\n", status.error().what.c_str());
  return 1;
}
