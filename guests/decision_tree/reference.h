// The host's side of the guest decision_tree: the Iris data set, training, and what the guest must find.
// Layouts are those of decision_tree.c.
#pragma once

#include <array>
#include <vector>

#include "common/bytes.h"

namespace cairn::guests {

struct Sample {
  std::array<std::uint8_t, 4> features{};  ///< mm
  std::uint8_t label = 0;
};

/// Reads data/iris.csv: a heading, then four whole numbers and a class in each line. Errors: invalid_input.
Result<std::vector<Sample>> read_samples(std::string_view csv);

/// A model of at most `depth` decisions in a row, by the purest split at each node (Gini impurity; of equal
/// ones the first feature and the lowest threshold). Requires samples, and depth < 8 (asserted).
Bytes train_tree(const std::vector<Sample>& samples, unsigned depth);

Bytes decision_tree_input(ByteView model, const std::vector<Sample>& samples);
/// Requires a model of train_tree() (asserted).
Bytes decision_tree_journal(ByteView model, const std::vector<Sample>& samples);

}  // namespace cairn::guests
