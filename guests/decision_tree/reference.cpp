#include "guests/decision_tree/reference.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "common/digest.h"

namespace cairn::guests {
namespace {

constexpr std::uint8_t kLeaf = 255;
constexpr std::size_t kFeatures = 4;

void put_u32(Bytes& out, std::size_t value) {
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::array<std::uint64_t, 256> tally(const std::vector<Sample>& samples) {
  std::array<std::uint64_t, 256> counts{};
  for (const Sample& sample : samples) ++counts[sample.label];
  return counts;
}

std::uint8_t most_common(const std::vector<Sample>& samples) {
  const auto counts = tally(samples);
  return static_cast<std::uint8_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

/// Sum over classes of count^2: the purer a set, the nearer to the square of its size.
std::uint64_t squares(const std::vector<Sample>& samples) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : tally(samples)) sum += count * count;
  return sum;
}

struct Split {
  std::uint8_t feature, threshold;
  std::vector<Sample> below, above;  // ≤ threshold, > threshold
};

Split split(const std::vector<Sample>& samples, std::uint8_t feature, std::uint8_t threshold) {
  Split out{feature, threshold, {}, {}};
  for (const Sample& sample : samples)
    (sample.features[feature] <= threshold ? out.below : out.above).push_back(sample);
  return out;
}

std::optional<Split> best_split(const std::vector<Sample>& samples) {
  std::optional<Split> best;
  std::uint64_t best_a = 0, best_b = 1;  // the purity a / b of the best
  for (std::uint8_t feature = 0; feature < kFeatures; ++feature) {
    std::set<std::uint8_t> values;
    for (const Sample& sample : samples) values.insert(sample.features[feature]);
    for (const std::uint8_t threshold : values) {
      Split one = split(samples, feature, threshold);
      if (one.above.empty()) continue;
      // Weighted purity: squares(below) / |below| + squares(above) / |above|, in whole numbers.
      const std::uint64_t below = one.below.size(), above = one.above.size();
      const std::uint64_t a = squares(one.below) * above + squares(one.above) * below, b = below * above;
      if (best && a * best_b <= best_a * b) continue;
      best = std::move(one), best_a = a, best_b = b;
    }
  }
  return best;
}

/// Appends the node and all below it; its index.
std::size_t grow(Bytes& nodes, const std::vector<Sample>& samples, unsigned depth) {
  const std::size_t index = nodes.size() / 4;
  const bool pure = squares(samples) == samples.size() * samples.size();
  const auto best = depth == 0 || pure ? std::nullopt : best_split(samples);
  if (!best) {
    for (const std::uint8_t byte : {kLeaf, most_common(samples), std::uint8_t{0}, std::uint8_t{0}})
      nodes.push_back(byte);
    return index;
  }
  for (const std::uint8_t byte : {best->feature, best->threshold, std::uint8_t{0}, std::uint8_t{0}})
    nodes.push_back(byte);
  const std::size_t below = grow(nodes, best->below, depth - 1), above = grow(nodes, best->above, depth - 1);
  nodes[4 * index + 2] = static_cast<std::uint8_t>(below);
  nodes[4 * index + 3] = static_cast<std::uint8_t>(above);
  return index;
}

std::uint8_t classify(ByteView nodes, const Sample& sample, std::size_t index = 0) {
  const ByteView node = nodes.subspan(4 * index, 4);
  if (node[0] == kLeaf) return node[1];
  return classify(nodes, sample, sample.features[node[0]] <= node[1] ? node[2] : node[3]);
}

}  // namespace

Result<std::vector<Sample>> read_samples(std::string_view csv) {
  std::vector<Sample> samples;
  csv.remove_prefix(std::min(csv.size(), csv.find('\n') + 1));
  while (!csv.empty()) {
    std::array<std::uint8_t, kFeatures + 1> values;
    const char* at = csv.data();
    const char* const end = csv.data() + csv.size();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto read = std::from_chars(at, end, values[i]);
      const char behind = i < kFeatures ? ',' : '\n';
      if (read.ec != std::errc() || read.ptr == end || *read.ptr != behind) {
        return Error{Code::invalid_input, "line " + std::to_string(samples.size() + 2) + " is no sample"};
      }
      at = read.ptr + 1;
    }
    samples.push_back({{values[0], values[1], values[2], values[3]}, values[4]});
    csv.remove_prefix(static_cast<std::size_t>(at - csv.data()));
  }
  return samples;
}

Bytes train_tree(const std::vector<Sample>& samples, unsigned depth) {
  CAIRN_ASSERT(!samples.empty() && depth < 8);
  Bytes nodes, model;
  grow(nodes, samples, depth);
  put_u32(model, nodes.size() / 4);
  append(model, nodes);
  return model;
}

Bytes decision_tree_input(ByteView model, const std::vector<Sample>& samples) {
  Bytes input = copy(model);
  put_u32(input, samples.size());
  for (const Sample& sample : samples) {
    append(input, sample.features);
    input.push_back(sample.label);
  }
  return input;
}

Bytes decision_tree_journal(ByteView model, const std::vector<Sample>& samples) {
  Bytes journal, classes;
  std::size_t right = 0;
  for (const Sample& sample : samples) {
    classes.push_back(classify(model.subspan(4), sample));
    right += classes.back() == sample.label;
  }
  append(journal, sha256(model));
  put_u32(journal, samples.size());
  put_u32(journal, right);
  append(journal, classes);
  return journal;
}

}  // namespace cairn::guests
