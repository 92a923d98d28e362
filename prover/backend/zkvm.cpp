#include "prover/backend/zkvm.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "common/json.h"
#include "common/limits.h"
#include "prover/rv32/elf.h"
#include "prover/rv32/segmented_run.h"

namespace cairn::prover {
namespace {

Error bad(std::string what) { return {Code::invalid_input, std::move(what)}; }

/// Why a list of pieces cannot be used.
Error refused(const rv32::ProofVerdict& verdict) { return bad("the proof is refused: " + verdict.reason()); }

Result<Bytes> input_of(ByteView json) {
  CAIRN_ASSIGN(const Json object, parse_json(text(json), limits::json_line_bytes_max));
  CAIRN_TRY(json_only_keys(object, {"input"}));
  CAIRN_ASSIGN(const std::string digits, json_string(object, "input", limits::json_line_bytes_max));
  auto bytes = from_hex(digits);
  if (!bytes.ok() || !digits.starts_with("0x"))
    return bad("field \"input\" must be 0x and an even number of hex digits");
  return bytes;
}

Result<rv32::Image> load(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path)) return bad(path.string() + ": no such file");
  Bytes bytes(rv32::kElfBytesMax + 1);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  auto image = rv32::load_elf(bytes);
  if (!image.ok()) return image.error().in(path.string());
  return image;
}

/// Ok when the run ended as one that can be paid for.
Status check_ending(const rv32::Executor& executor, const rv32::Segment& last) {
  const std::string after = " after " + std::to_string(executor.state().cycle) + " cycles";
  switch (executor.ending()) {
    case rv32::Ending::exited:
      if (last.exit_code == 0) return {};
      return bad("the program exits with " + std::to_string(last.exit_code) + after);
    case rv32::Ending::trapped:
      return bad(rv32::to_text(executor.trap()) + after);
    case rv32::Ending::cycle_limit:
      return bad("the program does not end within cycles_max:" + after);
    case rv32::Ending::running:
      break;
  }
  return {};
}

Result<std::vector<rv32::Piece>> pieces_of(ByteView list) {
  std::vector<rv32::Piece> pieces;
  rv32::ProofVerdict verdict;
  verdict.fault = rv32::decode(list, pieces, &verdict.piece);
  if (!verdict.ok()) return refused(verdict);
  return pieces;
}

}  // namespace

ZkvmBackend::ZkvmBackend(const ZkvmConfig& config, rv32::ProveSegment prove,
                         const rv32::PieceVerifier& verifier)
    : config_(config), prove_(std::move(prove)), verifier_(verifier) {}

Result<std::unique_ptr<ZkvmBackend>> ZkvmBackend::create(const ZkvmConfig& config, rv32::ProveSegment prove,
                                                         const rv32::PieceVerifier& verifier) {
  if (config.programs.empty()) return bad("programs: there is none");
  std::unique_ptr<ZkvmBackend> out(new ZkvmBackend(config, std::move(prove), verifier));
  for (const auto& [name, program] : config.programs) {
    auto image = load(program.elf);
    if (!image.ok()) return image.error().in("programs." + name);
    const Digest32 id = rv32::to_bytes(rv32::image_id(rv32::image_roots(*image)));
    out->programs_.emplace(name, Program{*std::move(image), id, program.chaining});
  }
  return out;
}

std::vector<std::string> ZkvmBackend::programs() const {
  std::vector<std::string> names;
  for (const auto& [name, program] : programs_) names.push_back(name);
  return names;
}

Result<const ZkvmBackend::Program*> ZkvmBackend::find(std::string_view name) const {
  const auto it = programs_.find(name);
  if (it == programs_.end()) return bad("no program \"" + std::string(name.substr(0, 64)) + "\"");
  return &it->second;
}

Digest32 ZkvmBackend::image_id(std::string_view name) const { return find(name).value()->id; }

Result<std::vector<Bytes>> ZkvmBackend::split(std::string_view name, ByteView input, Control& control) {
  CAIRN_ASSIGN(const Program* program, find(name));
  CAIRN_ASSIGN(const Bytes bytes, input_of(input));
  CAIRN_ASSIGN(
      rv32::SegmentedRun run,
      rv32::SegmentedRun::start(program->image, bytes, {config_.cycles_max, config_.memory_bytes_max}));
  const rv32::SegmentLimits limits = rv32::segment_class(config_.segment_log2);
  std::vector<Bytes> segments;
  std::size_t all = 0;
  while (run.executor().ending() == rv32::Ending::running) {
    if (control.cancelled()) return Error{Code::cancelled, "split of " + std::string(name)};
    rv32::Segment segment = run.next(limits);
    CAIRN_TRY(check_ending(run.executor(), segment));
    if (segment.counts.cycles == 0) continue;
    segments.push_back(rv32::encode({program->id, std::move(segment)}));
    all += segments.back().size();
    if (segments.size() > limits::inputs_max || all > limits::value_bytes_max) {
      return bad("the run takes more than " + std::to_string(limits::inputs_max) + " segments, or " +
                 std::to_string(limits::value_bytes_max) +
                 " bytes of snapshots: a larger segment_log2 may help");
    }
  }
  control.progress(1);
  return segments;
}

Result<Bytes> ZkvmBackend::prove(std::string_view name, ByteView segment, Control& control) {
  CAIRN_ASSIGN(const Program* program, find(name));
  auto snapshot = rv32::decode_snapshot(segment);
  if (!snapshot.ok()) return bad(snapshot.error().what);
  if (snapshot->image != program->id)
    return bad("the snapshot is of another program than " + std::string(name));
  if (control.cancelled()) return Error{Code::cancelled, "prove of " + std::string(name)};
  auto proof = rv32::prove_piece(*snapshot, prove_);
  if (!proof.ok() && proof.error().code == Code::corrupt) return bad(proof.error().what);
  if (proof.ok()) control.progress(1);
  return proof;
}

Result<Bytes> ZkvmBackend::join(std::string_view name, ByteView left, ByteView right, Control& control) {
  CAIRN_ASSIGN(const Program* program, find(name));
  CAIRN_ASSIGN(std::vector<rv32::Piece> pieces, pieces_of(left));
  CAIRN_ASSIGN(const std::vector<rv32::Piece> more, pieces_of(right));
  pieces.insert(pieces.end(), more.begin(), more.end());
  if (pieces.size() > rv32::kPiecesMax || left.size() + right.size() > limits::value_bytes_max) {
    return Error{Code::exhausted,
                 "joined proof of more than " + std::to_string(limits::value_bytes_max) + " bytes"};
  }
  rv32::ProofVerdict verdict = rv32::check_chain(pieces, verifier_);
  if (verdict.ok()) verdict = rv32::check_chaining(std::move(verdict), program->chaining);
  if (!verdict.ok()) return refused(verdict);
  control.progress(1);
  return rv32::encode(pieces);
}

Result<Bytes> ZkvmBackend::finalize(std::string_view name, ByteView joined, const Digest32& claim,
                                    Control& control) {
  CAIRN_ASSIGN(const Program* program, find(name));
  CAIRN_ASSIGN(const std::vector<rv32::Piece> pieces, pieces_of(joined));
  rv32::ProofVerdict verdict = rv32::check_chain(pieces, verifier_);
  if (!verdict.ok()) return refused(verdict);
  if (!pieces.front().beginning || !pieces.back().end) return bad("the proof does not hold whole batches");
  verdict = rv32::check_sequence(std::move(verdict), {program->id, program->chaining, claim});
  if (!verdict.ok()) return refused(verdict);
  control.progress(1);
  return copy(joined);
}

Status ZkvmBackend::verify(std::string_view name, const Digest32& claim, ByteView proof, Control& control) {
  CAIRN_ASSIGN(const Program* program, find(name));
  rv32::ProofVerdict verdict = rv32::verify_batches(proof, verifier_);
  if (verdict.ok())
    verdict = rv32::check_sequence(std::move(verdict), {program->id, program->chaining, claim});
  if (!verdict.ok()) return Error{Code::failed, refused(verdict).what};
  control.progress(1);
  return {};
}

}  // namespace cairn::prover
