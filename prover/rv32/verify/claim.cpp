#include "prover/rv32/verify/claim.h"

namespace cairn::rv32 {

using engine::KoalaBear;

std::array<KoalaBear, kPublicValues> to_public_values(const SegmentClaim& claim) {
  std::array<KoalaBear, kPublicValues> out;
  out[0] = KoalaBear::from(claim.pc_in);
  out[1] = KoalaBear::from(claim.pc_out);
  out[2] = KoalaBear::from(claim.cycles);
  out[3] = KoalaBear::from(claim.exited ? 1u : 0u);
  out[4] = KoalaBear::from(claim.exit_code & 0xffff);
  out[5] = KoalaBear::from(claim.exit_code >> 16);
  std::copy(claim.root_in.begin(), claim.root_in.end(), out.begin() + 6);
  std::copy(claim.root_out.begin(), claim.root_out.end(), out.begin() + 14);
  return out;
}

std::optional<SegmentClaim> claim_of(std::span<const KoalaBear> values) {
  if (values.size() != kPublicValues) return std::nullopt;
  SegmentClaim claim;
  claim.pc_in = values[0].canonical();
  claim.pc_out = values[1].canonical();
  claim.cycles = values[2].canonical();
  const std::uint32_t exited = values[3].canonical(), lo = values[4].canonical(), hi = values[5].canonical();
  claim.exited = exited == 1;
  if (exited > 1 || claim.cycles == 0 || claim.cycles > kSegmentCyclesMax || lo >> 16 != 0 || hi >> 16 != 0)
    return std::nullopt;
  claim.exit_code = hi << 16 | lo;
  if (!claim.exited && claim.exit_code != 0) return std::nullopt;
  // Code lies below 2^30; so does what follows its last instruction.
  if (claim.pc_in >= kRomBegin || claim.pc_out >= kRomBegin || claim.pc_in % 4 != 0 || claim.pc_out % 4 != 0)
    return std::nullopt;
  std::copy_n(values.begin() + 6, 8, claim.root_in.begin());
  std::copy_n(values.begin() + 14, 8, claim.root_out.begin());
  return claim;
}

}  // namespace cairn::rv32
