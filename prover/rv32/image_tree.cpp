#include "prover/rv32/image_tree.h"

#include "prover/rv32/little_endian.h"

namespace cairn::rv32 {

using engine::Digest, engine::KoalaBear;

std::vector<ByteRun> image_runs(const Image& image) {
  std::vector<ByteRun> runs;
  for (const ImageSegment& segment : image.segments) runs.push_back({segment.address, segment.bytes});
  for (const ImageSegment& segment : image.segments) {
    if (!segment.executable) continue;
    const std::size_t whole = std::min<std::size_t>(segment.bytes.size(), segment.memory_bytes / 4 * 4);
    runs.push_back({kRomBegin + segment.address, ByteView(segment.bytes).first(whole)});
  }
  return runs;
}

ImageRoots image_roots(const Image& image) {
  const std::vector<ByteRun> runs = image_runs(image);
  return {subtree_digest(kLowPlace, runs), subtree_digest(kRamPlace, runs), subtree_digest(kRomPlace, runs),
          image.entry};
}

Digest image_id(const ImageRoots& roots) {
  std::vector<KoalaBear> words;
  for (const Digest& digest : {roots.low, roots.ram, roots.rom})
    words.insert(words.end(), digest.begin(), digest.end());
  words.push_back(KoalaBear::from(roots.entry & 0xffff));
  words.push_back(KoalaBear::from(roots.entry >> 16));
  return engine::Poseidon2Hash::leaf(words);
}

Digest32 to_bytes(const Digest& digest) {
  Bytes bytes;
  put_digest(bytes, digest);
  Digest32 out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

Bytes framed(ByteView contents) {
  CAIRN_ASSERT(contents.size() <= UINT32_MAX);
  Bytes out;
  put_u32(out, static_cast<std::uint32_t>(contents.size()));
  out.resize(kLengthBytes);
  append(out, contents);
  return out;
}

Digest journal_digest(ByteView journal) {
  const Bytes bytes = framed(journal);
  const ByteRun run{kJournalBegin, bytes};
  return subtree_digest(kJournalPlace, {&run, 1});
}

Digest input_digest(ByteView input) {
  const Bytes bytes = framed(input);
  const ByteRun run{kInputBegin, bytes};
  return subtree_digest(kInputPlace, {&run, 1});
}

}  // namespace cairn::rv32
