// Inner nodes of the memory tree on the way to what a segment touches, before and after it at once.
//
//   before = compress(left_before, right_before), after = compress(left_after, right_after)
//   node {level, index, before, after} is taken off its bus, and put on it for each child that is touched:
//   {level + 1, 2 index, left_before, left_after}, {level + 1, 2 index + 1, right_before, right_after}
//
// A child that is not touched is the same before and after; so are both when the node is not changed, which
// then needs one hash. The verifier puts {0, 0, root_before, root_after} on the bus, once: so each node and
// each chunk is opened once, and all that differs between the roots is in chunks that are opened.
#pragma once

#include "prover/rv32/chips/chunk.h"
#include "prover/rv32/opened_tree.h"

namespace cairn::rv32 {

struct NodeChip {
  static constexpr std::string_view name = "node";
  static constexpr unsigned log_height_min = 4, log_height_max = 22;
  static constexpr bool optional = false;
  static constexpr std::array<engine::Structured, 0> structured{};

  template <class T>
  struct Columns {
    T real;
    T changed;
    T touched[2];
    T level, index;
    T before[16], after[16];  ///< left, right
    T digest_before[8], digest_after[8];
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    const auto changed = b.flag(row.changed, "changed");
    const T one = b.constant(1);
    for (unsigned i = 0; i < 8; ++i) {
      b.assert_zero((one - row.changed) * (row.digest_after[i] - row.digest_before[i]), "node not changed");
    }
    ChunkChip::receive_node(b, real, row.level, row.index, row.digest_before, row.digest_after);
    for (unsigned side = 0; side < 2; ++side) {
      const auto touched = b.flag(row.touched[side], "touched");
      b.assert_zero(row.touched[side] * (one - row.real), "touched where there is a node");
      const T same = one - row.touched[side] * row.changed;
      T before[8], after[8];
      for (unsigned i = 0; i < 8; ++i) {
        before[i] = row.before[8 * side + i];
        after[i] = row.after[8 * side + i];
        b.assert_zero(same * (after[i] - before[i]), "child not changed");
      }
      T tuple[18];
      ChunkChip::node_tuple(tuple, row.level + number(1), row.index * number(2) + number(side), before,
                            after);
      b.send(BusOf::node, touched, tuple);
    }
    ChunkChip::look_up_hash(b, real, row.before, row.digest_before);
    ChunkChip::look_up_hash(b, changed, row.after, row.digest_after);
  }

  static void fill(Columns<KoalaBear>& row, const OpenedNode& node) {
    row = {};
    row.real = KoalaBear::one();
    row.changed = number(node.changed() ? 1 : 0);
    row.level = number(node.level);
    row.index = number(node.index);
    for (unsigned side = 0; side < 2; ++side) {
      const OpenedNode::Child& child = node.children[side];
      row.touched[side] = number(child.touched ? 1 : 0);
      for (unsigned i = 0; i < 8; ++i) {
        row.before[8 * side + i] = child.before[i];
        row.after[8 * side + i] = child.after[i];
      }
    }
    for (unsigned i = 0; i < 8; ++i) {
      row.digest_before[i] = node.before[i];
      row.digest_after[i] = node.after[i];
    }
  }
};

}  // namespace cairn::rv32
