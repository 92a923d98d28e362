#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>

#include "cli/command.h"
#include "cli/program_files.h"
#include "cli/run_options.h"
#include "common/json.h"
#include "common/limits.h"
#include "prover/rv32/segmented_run.h"
#include "prover/rv32/snapshot.h"

namespace cairn::cli {
namespace {

struct Options {
  RunOptions run;
  std::string snapshots, snapshot;
  bool json = false;
};

constexpr std::size_t kShownJournalBytes = 64;

struct Outcome {
  Digest32 image_id{}, image_digest{};
  rv32::Ending ending = rv32::Ending::running;
  rv32::TrapReport trap;
  std::uint32_t exit_code = 0;
  rv32::Counts counts;
  std::map<unsigned, std::uint64_t> segments;  // by class
  std::uint64_t unaligned_accesses = 0, memory_bytes = 0;
  Bytes journal;
  double seconds = 0;
};

/// A run of either kind, segment by segment: with `keep` segments can be proved.
class Segments {
 public:
  static Result<Segments> start(const rv32::Image& image, ByteView input, const rv32::RunLimits& limits,
                                bool keep) {
    Segments out;
    if (keep) {
      CAIRN_ASSIGN(out.kept_, rv32::SegmentedRun::start(image, input, limits));
    } else {
      CAIRN_ASSIGN(out.plain_, rv32::Executor::start(image, input, limits));
    }
    return out;
  }
  rv32::Segment next(const rv32::SegmentLimits& limits) {
    return kept_ ? kept_->next(limits) : plain_->run_segment(limits, false);
  }
  const rv32::Executor& executor() const { return kept_ ? kept_->executor() : *plain_; }

 private:
  std::optional<rv32::SegmentedRun> kept_;
  std::optional<rv32::Executor> plain_;
};

Result<Outcome> run(const Options& options) {
  CAIRN_ASSIGN(const ProgramRun program, read_run(options.run));
  const auto& [image, input] = program;
  Outcome out;
  out.image_id = rv32::to_bytes(rv32::image_id(rv32::image_roots(image)));
  out.image_digest = rv32::image_digest(image);
  const bool keep = !options.snapshots.empty();
  if (keep) {
    std::error_code failed;
    std::filesystem::create_directories(options.snapshots, failed);
    if (failed) return Error{Code::unavailable, "cannot create " + options.snapshots};
  }
  CAIRN_ASSIGN(Segments segments, Segments::start(image, input, options.run.limits(), keep));
  const rv32::Executor& executor = segments.executor();
  const rv32::SegmentLimits limits = options.run.segment_limits();
  const auto begun = std::chrono::steady_clock::now();
  while (executor.ending() == rv32::Ending::running) {
    rv32::Segment segment = segments.next(limits);
    for (std::size_t i = 0; i < rv32::kFamilies; ++i) out.counts.rows[i] += segment.counts.rows[i];
    out.exit_code = segment.exit_code;
    if (segment.counts.cycles == 0) continue;
    ++out.segments[rv32::class_of(segment.counts)];
    const bool provable = segment.ending == rv32::Ending::running || segment.ending == rv32::Ending::exited;
    if (!keep || !provable) continue;
    const std::string path = snapshot_path(options.snapshots, segment.index);
    CAIRN_TRY(write_file(path, rv32::encode({out.image_id, std::move(segment)})));
  }
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  out.counts.cycles = executor.state().cycle;
  out.ending = executor.ending();
  out.trap = executor.trap();
  out.unaligned_accesses = executor.unaligned_accesses();
  out.memory_bytes = executor.touched_bytes();
  if (out.ending == rv32::Ending::exited) out.journal = executor.journal();
  return out;
}

/// Why this run is not a success.
Status judge(const Outcome& run) {
  const std::string after = " after " + std::to_string(run.counts.cycles) + " cycles";
  switch (run.ending) {
    case rv32::Ending::exited:
      if (run.exit_code == 0) return {};
      return Error{Code::failed, "the program exited with " + std::to_string(run.exit_code) + after};
    case rv32::Ending::trapped:
      return Error{Code::failed, rv32::to_text(run.trap) + after};
    case rv32::Ending::cycle_limit:
      return Error{Code::failed, "the program did not end within its limit of " +
                                     std::to_string(run.counts.cycles) + " cycles"};
    case rv32::Ending::running:
      break;
  }
  CAIRN_ASSERT(false);
}

const char* ending_name(rv32::Ending ending) {
  switch (ending) {
    case rv32::Ending::running:
      return "running";
    case rv32::Ending::exited:
      return "exited";
    case rv32::Ending::trapped:
      return "trapped";
    case rv32::Ending::cycle_limit:
      return "cycle_limit";
  }
  CAIRN_ASSERT(false);
}

double mega_hertz(const Outcome& run) {
  return run.seconds > 0 ? static_cast<double>(run.counts.cycles) / run.seconds / 1e6 : 0;
}

Json to_json(const Outcome& run, const Status& verdict) {
  Json out = {{"ok", verdict.ok()},
              {"ending", ending_name(run.ending)},
              {"image_id", hex(run.image_id)},
              {"image_digest", hex(run.image_digest)},
              {"cycles", run.counts.cycles},
              {"unaligned_accesses", run.unaligned_accesses},
              {"memory_bytes", run.memory_bytes},
              {"seconds", run.seconds},
              {"mhz", mega_hertz(run)}};
  out["segments"] = Json::object();
  for (const auto& [log_cycles, count] : run.segments) out["segments"][std::to_string(log_cycles)] = count;
  for (std::size_t i = 0; i < rv32::kFamilies; ++i) {
    out["families"][std::string(rv32::family_name(static_cast<rv32::Family>(i)))] = run.counts.rows[i];
  }
  if (run.ending == rv32::Ending::exited) {
    out["exit_code"] = run.exit_code;
    out["journal"] = hex(run.journal);
  }
  if (run.ending == rv32::Ending::trapped) {
    out["trap"] = {{"name", rv32::trap_name(run.trap.trap)}, {"pc", run.trap.pc}, {"value", run.trap.value}};
  }
  if (!verdict.ok())
    out["error"] = {{"code", code_name(verdict.error().code)}, {"what", verdict.error().what}};
  return out;
}

void print(const Outcome& run) {
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  if (run.ending == rv32::Ending::exited) std::printf("exit code           %u\n", run.exit_code);
  std::printf("image_id            %s\n", hex(run.image_id).c_str());
  std::printf("cycles              %llu (%.0f MHz)\n", number(run.counts.cycles), mega_hertz(run));
  std::printf("segments           ");
  for (const auto& [log_cycles, count] : run.segments)
    std::printf(" %llu of 2^%u", number(count), log_cycles);
  std::printf("\nmemory              %llu KiB\nunaligned accesses  %llu\n", number(run.memory_bytes >> 10),
              number(run.unaligned_accesses));
  for (std::size_t i = 0; i < rv32::kFamilies; ++i) {
    if (run.counts.rows[i] == 0) continue;
    std::printf("  %-18s%llu (%.1f %%)\n",
                std::string(rv32::family_name(static_cast<rv32::Family>(i))).c_str(),
                number(run.counts.rows[i]),
                100.0 * static_cast<double>(run.counts.rows[i]) / static_cast<double>(run.counts.cycles));
  }
  if (run.ending != rv32::Ending::exited) return;
  const ByteView shown = ByteView(run.journal).first(std::min(run.journal.size(), kShownJournalBytes));
  std::printf("journal             %zu bytes%s%s%s\n", run.journal.size(), shown.empty() ? "" : ": ",
              hex(shown).c_str(), shown.size() < run.journal.size() ? "…" : "");
}

/// Runs the program and tells of it; `exit` says whether it ended as it should.
Status execute(const Options& options, int& exit) {
  CAIRN_ASSIGN(const Outcome out, run(options));
  const Status verdict = judge(out);
  if (options.json)
    std::printf("%s\n", to_json(out, verdict).dump().c_str());
  else
    print(out);
  if (verdict.ok()) return {};
  std::fprintf(stderr, "cairn: %s\n", verdict.error().what.c_str());
  exit = exit_for(verdict.error().code);
  return {};
}

/// Runs one segment again from its file alone.
Status replay(const Options& options) {
  CAIRN_ASSIGN(const Bytes bytes, read_file(options.snapshot, limits::value_bytes_max));
  CAIRN_ASSIGN(const rv32::Snapshot snapshot, rv32::decode_snapshot(bytes));
  CAIRN_TRY(rv32::check_by_replay(snapshot));
  const rv32::Segment& segment = snapshot.segment;
  if (options.json) {
    const Json out = {{"ok", true},
                      {"image_id", hex(snapshot.image)},
                      {"segment", segment.index},
                      {"class", rv32::class_of(segment.counts)},
                      {"cycles", segment.counts.cycles},
                      {"first_cycle", segment.begin.cycle},
                      {"chunks", segment.chunks.size()},
                      {"snapshot_bytes", bytes.size()}};
    std::printf("%s\n", out.dump().c_str());
  } else {
    std::printf(
        "segment %llu runs again as it says: %llu cycles from %llu on, class 2^%u, %zu chunks of memory\n",
        static_cast<unsigned long long>(segment.index),
        static_cast<unsigned long long>(segment.counts.cycles),
        static_cast<unsigned long long>(segment.begin.cycle), rv32::class_of(segment.counts),
        segment.chunks.size());
  }
  return {};
}

}  // namespace

void add_execute(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command =
      app.add("execute", "Runs a RISC-V program as it would be proved, and counts what a proof would cost.",
              "cairn execute --elf prog.elf --input input.bin");
  std::vector<Option> others = add_run_options(command, options->run, std::uint64_t{1} << 48);
  others.push_back(command.option("--snapshots", options->snapshots, "Directory for a file of each segment"));
  Option one = command.option("--snapshot", options->snapshot,
                              "Runs this one segment again and compares, instead of a program");
  for (const Option& other : others) one.excludes(other);
  command.flag("--json", options->json, "One JSON object");
  command.run([options, &exit] {
    if (options->run.elf.empty() && options->snapshot.empty()) wrong_usage("--elf", "is required");
    const Status status = options->snapshot.empty() ? execute(*options, exit) : replay(*options);
    if (status.ok()) return;
    exit = fail(status.error(), options->json);
    if (exit == exit_config) exit = exit_failure;  // a file that is no program: there is no configuration
  });
}

}  // namespace cairn::cli
