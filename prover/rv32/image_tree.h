// Programs, inputs and journals in the memory tree, and the name of a program that follows from it.
#pragma once

#include <vector>

#include "common/digest.h"
#include "prover/rv32/image.h"
#include "prover/rv32/tree.h"

namespace cairn::rv32 {

/// What a program is: where it begins, and the parts of the tree that it fills. Registers are 0.
struct ImageRoots {
  engine::Digest low{}, ram{}, rom{};
  std::uint32_t entry = 0;

  friend bool operator==(const ImageRoots&, const ImageRoots&) = default;
};
ImageRoots image_roots(const Image& image);

/// Poseidon2Hash::leaf over low, ram, rom, and the lower and upper half of the entry: equal for files that
/// load to the same contents of memory and the same code.
engine::Digest image_id(const ImageRoots& roots);
/// As people and JSON write it: the 32 bytes of put_digest().
Digest32 to_bytes(const engine::Digest& digest);

/// The image in the tree: its contents, then its code once more from 2^30 on. Runs borrow from `image`.
std::vector<ByteRun> image_runs(const Image& image);

/// A length in bytes (4), 12 zeros, the contents: how the journal's region, and the input's, begins.
/// Requires fewer than 2^32 bytes (asserted).
Bytes framed(ByteView contents);
/// Of the journal's region, and the input's, when they hold this.
engine::Digest journal_digest(ByteView journal);
engine::Digest input_digest(ByteView input);

}  // namespace cairn::rv32
