#include "prover/rv32/prove/segment_prover.h"

#include "prover/prove/stopwatch.h"
#include "prover/rv32/prove/piece.h"
#include "prover/rv32/prove/trace.h"
#include "prover/rv32/verify/segment_verifier.h"

namespace cairn::rv32 {
namespace {

std::vector<TableUse> use_of(const TraceSource& source, const engine::CommittedRows& committed) {
  std::vector<TableUse> out;
  const std::vector<std::size_t> rows = rows_of(source);
  const engine::LogHeights heights = log_heights(source);
  for (std::size_t i = 0; i < Rv32::tables; ++i) {
    const engine::TableShape& table = machine_shape().tables[i];
    out.push_back({table.name, rows[i], heights[i], committed[i], table.width,
                   static_cast<std::uint32_t>(table.interactions.size())});
  }
  return out;
}

}  // namespace

Result<SegmentProof> prove_segment(const Segment& segment, const ProveSegmentOptions& options) {
  SegmentTimes times;
  engine::Stopwatch watch;
  CAIRN_ASSIGN(const Recording recording, record(segment));
  times.record = watch.lap();
  CAIRN_ASSIGN(const TreeTrace tree,
               TreeTrace::make(recording.chunks, recording.code_chunks, segment.siblings));
  times.tree = watch.lap();

  const SegmentClaim claim = claim_of(segment);
  if (tree.opened().root_before != claim.root_in || tree.opened().root_after != claim.root_out) {
    return Error{Code::corrupt,
                 "segment " + std::to_string(segment.index) + ": its roots are not those of its memory"};
  }
  const TraceSource source{recording, &tree};
  CAIRN_ASSIGN(engine::Witness witness, engine::Witness::allocate(machine_shape(), log_heights(source)));
  fill_tables(source, witness.tables());
  times.fill = watch.lap();

  engine::ProveWork work;
  CAIRN_ASSIGN(Bytes proof,
               engine::prove(machine_shape(), engine::machine_kernels<Rv32>, std::move(witness),
                             to_public_values(claim), {options.log_inverse_rate, &times.phases, &work}));
  if (options.tables != nullptr) *options.tables = use_of(source, work.rows);
  if (options.times != nullptr) *options.times = times;
  return SegmentProof{std::move(proof), claim};
}

}  // namespace cairn::rv32
