#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>

#include "cli/command.h"
#include "cli/program_files.h"
#include "cli/run_options.h"
#include "cli/terminal.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/limits.h"
#include "prover/rv32/prove/piece.h"
#include "prover/rv32/prove/segment_prover.h"
#include "prover/rv32/segmented_run.h"
#include "prover/rv32/verify/segment_verifier.h"

namespace cairn::cli {
namespace {

struct Options {
  RunOptions run;
  std::string segment, snapshots, out;
  std::vector<std::string> join;
  bool json = false;
};

/// What is told of a proof that was made.
struct Made {
  Digest32 image_id{};
  std::uint64_t cycles = 0, segments = 0;
  std::uint32_t exit_code = 0;
  bool ends = false;  ///< Its last piece is that of the exit.
  Bytes journal;
  std::size_t proof_bytes = 0;
  double seconds = 0;
};

Result<Bytes> prove_one(const rv32::Segment& segment) {
  CAIRN_ASSIGN(rv32::SegmentProof proof, rv32::prove_segment(segment));
  return std::move(proof.proof);
}

/// Instructions of the whole run; or why there is nothing to prove.
Result<std::uint64_t> cycles_of(const rv32::Image& image, ByteView input, const rv32::RunLimits& limits) {
  CAIRN_ASSIGN(rv32::Executor executor, rv32::Executor::start(image, input, limits));
  while (executor.ending() == rv32::Ending::running) (void)executor.run_segment(rv32::SegmentLimits(), false);
  const std::uint64_t cycles = executor.state().cycle;
  const std::string after = " after " + std::to_string(cycles) + " cycles: there is nothing to prove";
  if (executor.ending() == rv32::Ending::trapped)
    return Error{Code::failed, rv32::to_text(executor.trap()) + after};
  if (executor.ending() == rv32::Ending::cycle_limit)
    return Error{Code::failed, "the program does not end" + after};
  return cycles;
}

/// The list of all pieces of one run.
Result<Bytes> prove_run(const Options& options, Made& made) {
  CAIRN_ASSIGN(const ProgramRun program, read_run(options.run));
  const auto& [image, input] = program;
  const rv32::RunLimits limits = options.run.limits();
  CAIRN_ASSIGN(const std::uint64_t cycles, cycles_of(image, input, limits));
  CAIRN_ASSIGN(rv32::SegmentedRun run, rv32::SegmentedRun::start(image, input, limits));
  made.image_id = rv32::to_bytes(run.image());
  std::optional<ProgressLine> progress;
  if (!options.json) progress.emplace(stderr, "proving", "cycles");
  std::vector<Bytes> lists;
  while (run.executor().ending() == rv32::Ending::running) {
    if (progress) progress->show(steady_ms(), static_cast<double>(made.cycles), cycles);
    const rv32::Snapshot snapshot{made.image_id, run.next(options.run.segment_limits())};
    if (snapshot.segment.counts.cycles == 0) continue;
    CAIRN_ASSIGN(Bytes list, rv32::prove_piece(snapshot, prove_one));
    lists.push_back(std::move(list));
    made.cycles = snapshot.segment.end.cycle;
    made.exit_code = snapshot.segment.exit_code;
    made.journal = snapshot.segment.journal;
  }
  if (progress) progress->show(steady_ms(), static_cast<double>(cycles), cycles);
  made.ends = true;
  made.segments = lists.size();
  std::vector<rv32::Piece> pieces, one;
  for (const Bytes& list : lists) {
    CAIRN_ASSERT(rv32::decode(list, one) == rv32::ProofFault::none);
    pieces.push_back(one.front());
  }
  if (pieces.size() > rv32::kPiecesMax)
    return Error{Code::exhausted, "too many segments: a larger --segment-log2 makes fewer"};
  return rv32::encode(pieces);
}

std::uint64_t index_of(const std::string& digits) {
  std::uint64_t index = 0;
  const char* const end = digits.data() + digits.size();
  const auto [at, fault] = std::from_chars(digits.data(), end, index);
  if (fault != std::errc() || at != end)
    wrong_usage("--segment", "must be a number when --snapshots is given");
  return index;
}

/// The list of the one piece of a snapshot: what a worker does that has nothing else.
Result<Bytes> prove_snapshot(const Options& options, Made& made) {
  const std::string path = options.snapshots.empty()
                               ? options.segment
                               : snapshot_path(options.snapshots, index_of(options.segment));
  CAIRN_ASSIGN(const Bytes bytes, read_file(path, limits::value_bytes_max));
  const auto snapshot = rv32::decode_snapshot(bytes);
  if (!snapshot.ok()) return snapshot.error().in(path);
  const rv32::Segment& segment = snapshot->segment;
  made.image_id = snapshot->image;
  made.cycles = segment.counts.cycles;
  made.segments = 1;
  made.exit_code = segment.exit_code;
  made.journal = segment.journal;
  made.ends = segment.ending == rv32::Ending::exited;
  return rv32::prove_piece(*snapshot, prove_one);
}

/// The lists in one, when each goes on where the one before ended.
Result<Bytes> join_lists(const Options& options, Made& made) {
  std::vector<Bytes> lists;
  std::vector<rv32::Piece> pieces, some;
  for (const std::string& path : options.join) {
    CAIRN_ASSIGN(Bytes list, read_file(path, kProofFileBytesMax));
    lists.push_back(std::move(list));
    rv32::ProofVerdict verdict;
    verdict.fault = rv32::decode(lists.back(), some, &verdict.piece);
    if (!verdict.ok()) return Error{Code::failed, path + " is no proof: " + verdict.reason()};
    pieces.insert(pieces.end(), some.begin(), some.end());
  }
  if (pieces.size() > rv32::kPiecesMax)
    return Error{Code::exhausted, "more than " + std::to_string(rv32::kPiecesMax) + " pieces"};
  const rv32::ProofVerdict verdict = rv32::check_chain(pieces, rv32::SegmentVerifier());
  if (!verdict.ok()) return Error{Code::failed, "they do not follow each other: " + verdict.reason()};
  made.segments = pieces.size();
  if (!verdict.batches.empty()) {
    const rv32::BatchClaim& last = verdict.batches.back();
    made.image_id = rv32::to_bytes(last.image_id);
    made.cycles = last.cycles;
    made.exit_code = last.exit_code;
    made.journal = last.journal;
    made.ends = true;
  }
  return rv32::encode(pieces);
}

void print(const Options& options, const Made& made) {
  if (options.json) {
    Json out = {{"ok", true},
                {"image_id", hex(made.image_id)},
                {"cycles", made.cycles},
                {"segments", made.segments},
                {"proof_bytes", made.proof_bytes},
                {"seconds", made.seconds}};
    if (made.ends) {
      out["exit_code"] = made.exit_code;
      out["journal"] = hex(made.journal);
    }
    std::printf("%s\n", out.dump().c_str());
    return;
  }
  std::printf("%s: %zu bytes, %llu segments, %llu cycles in %.1f s\n", options.out.c_str(), made.proof_bytes,
              static_cast<unsigned long long>(made.segments), static_cast<unsigned long long>(made.cycles),
              made.seconds);
  if (made.ends && made.exit_code != 0) {
    std::printf("the program exited with %u: it verifies with --expect-exit %u\n", made.exit_code,
                made.exit_code);
  }
}

Status prove(const Options& options) {
  const auto begun = std::chrono::steady_clock::now();
  Made made;
  CAIRN_ASSIGN(const Bytes list, !options.segment.empty() ? prove_snapshot(options, made)
                                 : !options.join.empty()  ? join_lists(options, made)
                                                          : prove_run(options, made));
  CAIRN_TRY(write_file(options.out, list));
  made.proof_bytes = list.size();
  made.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  print(options, made);
  return {};
}

}  // namespace

void add_prove(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command = app.add("prove", "Runs a RISC-V program and proves the run.",
                            "cairn prove --elf prog.elf --input input.bin --out prog.proof");
  const std::vector<Option> others = add_run_options(command, options->run, std::uint64_t{1} << 32);
  Option segment = command.option(
      "--segment", options->segment,
      "Proves this one segment alone: a file that `cairn execute --snapshots` has left, or its number there");
  Option snapshots = command
                         .option("--snapshots", options->snapshots,
                                 "Directory of such files, in which --segment is a number")
                         .needs(segment);
  Option join =
      command.option("--join", options->join, "Joins these proofs of segments, which must follow each other")
          .comma_separated();
  for (const Option& other : others) {
    segment.excludes(other);
    join.excludes(other);
  }
  segment.excludes(join);
  snapshots.excludes(join);
  command.option("--out", options->out, "File for the proof").required();
  command.flag("--json", options->json, "One JSON object");
  command.run([options, &exit] {
    if (options->run.elf.empty() && options->segment.empty() && options->join.empty())
      wrong_usage("--elf", "is required");
    const Status status = prove(*options);
    if (status.ok()) return;
    exit = fail(status.error(), options->json);
    if (exit == exit_config) exit = exit_failure;  // a file that is no program: there is no configuration
  });
}

}  // namespace cairn::cli
