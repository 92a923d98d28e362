#include "prover/rv32/tree.h"

#include "prover/rv32/little_endian.h"

namespace cairn::rv32 {

using engine::Digest, engine::KoalaBear, engine::Poseidon2Hash;

Digest root_of(const TreeTops& tops) {
  const Digest io = Poseidon2Hash::node(tops.journal, tops.input);
  const Digest data = Poseidon2Hash::node(tops.low, Poseidon2Hash::node(tops.ram, io));
  return Poseidon2Hash::node(data, tops.rom);
}

std::array<Digest, 2> leaf_halves(const std::array<std::uint32_t, 8>& words) {
  std::array<Digest, 2> halves;
  for (std::size_t i = 0; i < 8; ++i) {
    halves[i / 4][i % 4 * 2] = KoalaBear::from(words[i] & 0xffff);
    halves[i / 4][i % 4 * 2 + 1] = KoalaBear::from(words[i] >> 16);
  }
  return halves;
}

Digest leaf_digest(const std::array<std::uint32_t, 8>& words) {
  const auto halves = leaf_halves(words);
  return Poseidon2Hash::node(halves[0], halves[1]);
}

std::array<std::uint32_t, 8> chunk_words(ByteView bytes) {
  CAIRN_ASSERT(bytes.size() == kChunkBytes);
  std::array<std::uint32_t, 8> words;
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = get_u32(bytes, 4 * i);
  return words;
}

const Digest& zero_digest(unsigned level) {
  static const auto digests = [] {
    std::array<Digest, kTreeDepth + 1> out;
    out[kTreeDepth] = leaf_digest({});
    for (unsigned i = kTreeDepth; i-- > 0;) out[i] = Poseidon2Hash::node(out[i + 1], out[i + 1]);
    return out;
  }();
  return digests[level];
}

std::array<std::uint32_t, 8> leaf_of(std::uint32_t index, std::span<const ByteRun> runs) {
  const std::uint64_t begin = std::uint64_t{index} * kChunkBytes;
  std::array<std::uint8_t, kChunkBytes> bytes{};
  for (const ByteRun& run : runs) {
    const std::uint64_t from = std::max<std::uint64_t>(run.address, begin);
    const std::uint64_t to = std::min<std::uint64_t>(run.address + run.bytes.size(), begin + kChunkBytes);
    for (std::uint64_t i = from; i < to; ++i) bytes[i - begin] = run.bytes[i - run.address];
  }
  return chunk_words(bytes);
}

Digest subtree_digest(TreePlace place, std::span<const ByteRun> runs) {
  const std::uint64_t size = std::uint64_t{kChunkBytes} << (kTreeDepth - place.level);
  const std::uint64_t begin = place.index * size;
  while (!runs.empty() && runs.front().address + runs.front().bytes.size() <= begin) runs = runs.subspan(1);
  while (!runs.empty() && runs.back().address >= begin + size) runs = runs.first(runs.size() - 1);
  if (runs.empty()) return zero_digest(place.level);
  if (place.level == kTreeDepth) return leaf_digest(leaf_of(place.index, runs));
  return Poseidon2Hash::node(subtree_digest({place.level + 1, 2 * place.index}, runs),
                             subtree_digest({place.level + 1, 2 * place.index + 1}, runs));
}

void put_digest(Bytes& out, const Digest& digest) {
  for (const KoalaBear x : digest) put_u32(out, x.canonical());
}

bool get_digest(ByteView bytes, Digest& digest) {
  CAIRN_ASSERT(bytes.size() == kTreeDigestBytes);
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const std::uint32_t word = get_u32(bytes, 4 * i);
    if (!KoalaBear::is_canonical(word)) return false;
    digest[i] = KoalaBear::from(word);
  }
  return true;
}

}  // namespace cairn::rv32
