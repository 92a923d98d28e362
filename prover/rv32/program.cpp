#include "prover/rv32/program.h"

#include "prover/rv32/address_space.h"
#include "prover/rv32/little_endian.h"

namespace cairn::rv32 {
namespace {

CodeRegion region_from(std::uint32_t address, std::vector<std::uint32_t> words) {
  CodeRegion region;
  region.address = address;
  region.words = static_cast<std::uint32_t>(words.size());
  region.steps.resize(words.size() + 1);
  region.blocks.resize(words.size());
  region.chunk_marks.resize((address % kChunkBytes + 4 * words.size() + kChunkBytes - 1) / kChunkBytes);
  std::uint32_t length = 0;
  region.steps.back() = {kCodeEnd, kDiscard, 0, 0, 0};
  for (std::size_t i = words.size(); i-- > 0;) {
    const Instruction in = decode(words[i]);
    region.steps[i] = {static_cast<std::uint8_t>(in.op), in.rd == 0 ? kDiscard : in.rd, in.rs1, in.rs2,
                       in.imm};
    length = ends_block(in.op) ? 1 : length + 1;
    region.blocks[i].length = length;
  }
  region.source = std::move(words);
  return region;
}

}  // namespace

std::vector<CodeRegion> code_of(const Image& image) {
  std::vector<CodeRegion> regions;
  for (const ImageSegment& segment : image.segments) {
    if (!segment.executable || segment.memory_bytes < 4) continue;
    std::vector<std::uint32_t> words(segment.memory_bytes / 4);
    for (std::size_t i = 0; i < segment.bytes.size() && i / 4 < words.size(); ++i) {
      words[i / 4] |= std::uint32_t{segment.bytes[i]} << (8 * (i % 4));
    }
    regions.push_back(region_from(segment.address, std::move(words)));
  }
  return regions;
}

std::vector<CodeRegion> code_of(const std::vector<CodeRun>& runs) {
  std::vector<CodeRegion> regions;
  for (const CodeRun& run : runs) regions.push_back(region_from(run.address, run.words));
  return regions;
}

}  // namespace cairn::rv32
