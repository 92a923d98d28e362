#include <ctime>

#include <cstdio>
#include <fstream>

#include "bench/rv32_programs.h"
#include "prover/parallel.h"
#include "prover/rv32/prove/segment_prover.h"
#include "prover/rv32/segmented_run.h"
#include "prover/rv32/verify/segment_verifier.h"

namespace cairn::rv32 {
namespace {

double seconds_now(bool cpu_time) {
  timespec t;
  clock_gettime(cpu_time ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return (static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9) /
         (cpu_time ? engine::thread_count() : 1);
}

/// Peak memory of this process is counted from here on.
void forget_peak() {
  std::ofstream out("/proc/self/clear_refs");
  out << 5;
}
double peak_mib() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

struct Measured {
  double seconds = 1e300;
  SegmentTimes times;  ///< Of the fastest call; wall time.
  std::vector<TableUse> tables;
  SegmentProof proof;
  double peak = 0;
};

Result<Measured> measure(const Segment& segment, const ProvingOptions& options) {
  Measured out;
  for (unsigned call = 0; call < options.calls; ++call) {
    SegmentTimes times;
    forget_peak();
    const double begun = seconds_now(options.cpu_time);
    CAIRN_ASSIGN(out.proof, prove_segment(segment, {options.log_inverse_rate, &times, &out.tables}));
    const double seconds = seconds_now(options.cpu_time) - begun;
    out.peak = std::max(out.peak, peak_mib());
    if (seconds < out.seconds) {
      out.seconds = seconds;
      out.times = times;
    }
  }
  return out;
}

/// Parts of the whole in percent, by table.
Json shares(const std::vector<TableUse>& tables, std::uint64_t (*part)(const TableUse&)) {
  std::uint64_t all = 0;
  for (const TableUse& table : tables) all += part(table);
  Json out = Json::object();
  for (const TableUse& table : tables) {
    if (table.log_height != 0)
      out[std::string(table.name)] = 100.0 * static_cast<double>(part(table)) / static_cast<double>(all);
  }
  return out;
}
std::uint64_t cells(const TableUse& table) { return std::uint64_t{table.width} * table.committed_rows; }
std::uint64_t fractions(const TableUse& table) {
  return table.log_height == 0 ? 0 : std::uint64_t{table.interactions} << table.log_height;
}

double verify_ms(const SegmentProof& proof) {
  double best = 1e300;
  for (int call = 0; call < 5; ++call) {
    const double begun = seconds_now(false);
    CAIRN_ASSERT(verify_segment(proof.proof, proof.claim).ok());
    best = std::min(best, seconds_now(false) - begun);
  }
  return best * 1e3;
}

Json line_of(const BenchProgram& program, unsigned log_cycles, unsigned threads, const Segment& segment,
             const Measured& m) {
  std::uint64_t all_cells = 0, all_fractions = 0, used_cells = 0;
  Json rows = Json::object();
  for (const TableUse& table : m.tables) {
    all_cells += cells(table);
    all_fractions += fractions(table);
    used_cells += table.rows * table.width;
    rows[std::string(table.name)] = table.rows;
  }
  const auto cycles = static_cast<double>(segment.counts.cycles);
  const SegmentTimes& t = m.times;
  const double wall =
      t.record + t.tree + t.fill + t.phases.commit + t.phases.gkr + t.phases.zerocheck + t.phases.open;
  const auto percent = [wall](double seconds) { return 100 * seconds / wall; };
  return {{"guest", program.name},
          {"log_cycles", log_cycles},
          {"threads", threads},
          {"cycles", segment.counts.cycles},
          {"prove_s", m.seconds},
          {"cycles_per_s", cycles / m.seconds},
          {"cells_per_cycle", static_cast<double>(all_cells) / cycles},
          {"cells_in_use_per_cycle", static_cast<double>(used_cells) / cycles},
          {"fractions_per_cycle", static_cast<double>(all_fractions) / cycles},
          {"phase_percent",
           {{"record", percent(t.record)},
            {"tree", percent(t.tree)},
            {"fill", percent(t.fill)},
            {"commit", percent(t.phases.commit)},
            {"gkr", percent(t.phases.gkr)},
            {"zerocheck", percent(t.phases.zerocheck)},
            {"open", percent(t.phases.open)}}},
          {"cell_percent", shares(m.tables, cells)},
          {"fraction_percent", shares(m.tables, fractions)},
          {"rows", rows},
          {"peak_mib", m.peak},
          {"proof_bytes", m.proof.proof.size()},
          {"verify_ms", verify_ms(m.proof)}};
}

}  // namespace

Status measure_proving(const std::vector<BenchProgram>& programs, const ProvingOptions& options, bool json,
                       Json& lines) {
  for (const unsigned log_cycles : options.log_cycles) {  // small ones first: freed blocks count as memory
    for (const BenchProgram& program : programs) {
      CAIRN_ASSIGN(SegmentedRun run, SegmentedRun::start(program.image, program.input, {}));
      const Segment segment = run.next(segment_class(log_cycles));
      CAIRN_ASSERT(segment.ending == Ending::running || segment.ending == Ending::exited);
      for (const unsigned threads : options.threads) {
        engine::set_thread_count(threads);
        CAIRN_ASSIGN(const Measured measured, measure(segment, options));
        const Json line = line_of(program, log_cycles, threads, segment, measured);
        if (!json) {
          std::printf(
              "%-10s 2^%-3u %u threads: %8.0f cycles/s, %5.1f cells per cycle, %5.0f MiB, proof %zu bytes, "
              "verified in %.1f ms\n",
              program.name.c_str(), log_cycles, threads, line["cycles_per_s"].get<double>(),
              line["cells_per_cycle"].get<double>(), measured.peak, measured.proof.proof.size(),
              line["verify_ms"].get<double>());
          std::fflush(stdout);
        }
        lines.push_back(line);
      }
    }
  }
  engine::set_thread_count(0);
  return {};
}

}  // namespace cairn::rv32
