#include "tests/reference/whir.h"

#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace cairn::reference {
namespace {

constexpr unsigned k_first = 6, k_later = 4;

unsigned variables(const Parameters& p, std::size_t i) {
  return i == 0 ? p.n : p.n - 6 - 4 * (static_cast<unsigned>(i) - 1);
}
unsigned log_leaves(const Parameters& p, std::size_t i) {
  return i == 0 ? p.n + p.r - 6 : p.n + p.r - 3 - 4 - (static_cast<unsigned>(i) - 1);
}
unsigned folds(std::size_t i) { return i == 0 ? k_first : k_later; }

Point expand(Quintic x, std::size_t count) {
  Point out;
  for (std::size_t i = 0; i < count; ++i, x = x * x) out.push_back(x);
  return out;
}

/// A generator of the subgroup of order 2^h, to the power `exponent`.
Quintic domain_element(unsigned h, std::uint32_t exponent) {
  KoalaBear g = KoalaBear::from(3u).pow(127);
  for (unsigned i = h; i < 24; ++i) g = g * g;
  return Quintic::from(g.pow(exponent));
}

Words compress(const Words& left, const Words& right) {
  std::array<KoalaBear, 16> state;
  for (std::size_t i = 0; i < 8; ++i) {
    state[i] = left[i];
    state[8 + i] = right[i];
  }
  engine::permute(state);
  Words out;
  for (std::size_t i = 0; i < 8; ++i) out.push_back(state[i] + left[i]);
  return out;
}

/// Reads the leaves at `positions` of a tree of 2^height leaves of `width` words, and what it takes to find
/// its root.
std::map<std::uint32_t, Words> open(const Words& root, unsigned height, std::size_t width,
                                    const std::set<std::uint32_t>& positions, ProofWords& proof) {
  std::map<std::uint32_t, Words> leaves, level;
  for (const std::uint32_t position : positions) leaves[position] = proof.next(width);
  for (const auto& [position, leaf] : leaves) level[position] = leaf_digest(leaf, leaf.size());
  for (unsigned up = 0; up < height; ++up) {
    std::map<std::uint32_t, Words> siblings, above;
    for (const auto& [position, digest] : level) {
      if (!level.contains(position ^ 1)) siblings[position ^ 1] = {};
    }
    for (auto& [position, digest] : siblings) digest = proof.next(8);
    level.merge(siblings);
    for (const auto& [position, digest] : level) {
      if (position % 2 == 0) above[position / 2] = compress(digest, level.at(position + 1));
    }
    level = std::move(above);
  }
  if (level.at(0) != root) throw Refused{"merkle_root"};
  return leaves;
}

/// A claim with its coefficient: about the polynomial that is left when `bound` variables are.
struct Weighted {
  Quintic coefficient;
  std::size_t bound;
  std::uint64_t selector;
  Point point;
};

}  // namespace

Words leaf_digest(const Words& leaf, std::size_t length) {
  Words chain(leaf.end() - 8, leaf.end());
  for (std::size_t end = leaf.size() - 8; end > 0; end -= 8) {
    chain = compress(Words(leaf.begin() + static_cast<std::ptrdiff_t>(end - 8),
                           leaf.begin() + static_cast<std::ptrdiff_t>(end)),
                     chain);
  }
  chain[0] = chain[0] + word_of(length);
  return chain;
}

namespace {

/// All rows of the table in the document.
std::map<std::pair<unsigned, unsigned>, Parameters> read_table() {
  std::map<std::pair<unsigned, unsigned>, Parameters> out;
  std::ifstream file(CAIRN_WHIR_SPECIFICATION);
  for (std::string line; std::getline(file, line);) {
    if (line.size() < 3 || line[0] != '|' || line[2] < '0' || line[2] > '9') continue;
    for (char& c : line) {
      if (c < '0' || c > '9') c = ' ';
    }
    Parameters row;
    std::istringstream in(line);
    in >> row.r >> row.n;
    for (Phase p{}; in >> p.m >> p.samples >> p.fold_pow >> p.queries >> p.query_pow;)
      row.phases.push_back(p);
    out[{row.r, row.n}] = row;
  }
  return out;
}

}  // namespace

Parameters parameters_of(unsigned r, unsigned n) {
  static const auto table = read_table();
  const auto row = table.find({r, n});
  if (row == table.end()) throw Refused{"unsupported_size"};
  return row->second;
}

Commitment read_commitment(const Parameters& p, std::uint64_t cells, Transcript& transcript,
                           ProofWords& proof) {
  Commitment out;
  out.leaf_words = 16;  // a block of 2^(n - 6) cells for each
  while (out.leaf_words * (std::uint64_t{1} << p.n) / 64 < cells) out.leaf_words += 8;
  Words words;
  for (const unsigned x : {p.n, p.r, k_first, k_later, 3u, 1u, 8u}) words.push_back(word_of(x));
  words.push_back(word_of(out.leaf_words));
  for (const Phase& phase : p.phases) {
    for (const unsigned x : {phase.m, phase.samples, phase.fold_pow, phase.queries, phase.query_pow}) {
      words.push_back(word_of(x));
    }
  }
  transcript.absorb(2, words);
  out.root = transcript.root(proof);
  for (unsigned i = 0; i < p.phases[0].samples; ++i) out.samples.push_back(transcript.challenge());
  out.answers = transcript.extension(proof, p.phases[0].samples);
  return out;
}

void verify_opening(const Parameters& p, const Commitment& commitment, const std::vector<Claim>& claims,
                    Transcript& transcript, ProofWords& proof) {
  std::vector<Weighted> weights;
  Quintic sum = Quintic::zero();
  Point rho;
  const auto claim = [&](const Quintic& coefficient, std::uint64_t selector, Point point,
                         const Quintic& value) {
    weights.push_back({coefficient, rho.size(), selector, std::move(point)});
    sum = sum + coefficient * value;
  };
  const auto round = [&](unsigned pow) {
    const auto sent = transcript.extension(proof, 2);
    transcript.grind(proof, pow);
    const Quintic x = transcript.challenge(), middle = sum - sent[0] - sent[0] - sent[1];
    sum = sent[0] + x * middle + x * x * sent[1];
    rho.push_back(x);
  };

  const Quintic gamma = transcript.challenge();
  Quintic power = Quintic::one();
  for (std::size_t i = 0; i < commitment.samples.size(); ++i, power = power * gamma) {
    claim(power, 0, expand(commitment.samples[i], p.n), commitment.answers[i]);
  }
  for (const Claim& one : claims) {
    for (const Part& part : one.parts)
      claim(power * part.coefficient, part.selector, part.point, Quintic::zero());
    sum = sum + power * one.value;
    power = power * gamma;
  }

  Words root = commitment.root;
  std::vector<Quintic> coefficients;
  for (std::size_t i = 0; i < p.phases.size(); ++i) {
    const Phase& phase = p.phases[i];
    const bool is_last = i + 1 == p.phases.size();
    const unsigned next_variables = variables(p, i) - folds(i), height = log_leaves(p, i);
    for (unsigned s = 0; s < folds(i); ++s) round(phase.fold_pow > s ? phase.fold_pow - s : 0);
    const Point bound = last(rho, folds(i));

    Words next_root;
    std::vector<Quintic> samples, answers;
    if (is_last) {
      coefficients = transcript.extension(proof, std::size_t{1} << next_variables);
    } else {
      next_root = transcript.root(proof);
      for (unsigned j = 0; j < p.phases[i + 1].samples; ++j) samples.push_back(transcript.challenge());
      answers = transcript.extension(proof, samples.size());
    }

    transcript.grind(proof, phase.query_pow);
    std::vector<std::uint32_t> drawn;
    for (unsigned q = 0; q < phase.queries; ++q) drawn.push_back(transcript.index(height));
    const std::size_t block = std::size_t{1} << folds(i);
    const std::size_t words = i == 0 ? commitment.leaf_words : 5 * block;
    const auto leaves = open(root, height, words, {drawn.begin(), drawn.end()}, proof);
    const auto folded = [&](std::uint32_t position) {
      Quintic out = Quintic::zero();
      for (std::size_t j = 0; j < std::min(block, words); ++j) {
        Quintic element = Quintic::zero();
        for (std::size_t c = 0; c < (i == 0 ? 1u : 5u); ++c)
          element.c[c] = leaves.at(position)[block * c + j];
        out = out + eq(bits(j, folds(i)), bound) * element;
      }
      return out;
    };

    if (is_last) {
      for (const std::uint32_t position : drawn) {
        const Quintic x = domain_element(height, position);
        Quintic value = Quintic::zero(), x_power = Quintic::one();
        for (const Quintic& a : coefficients) {
          value = value + a * x_power;
          x_power = x_power * x;
        }
        if (value != folded(position)) throw Refused{"final_polynomial"};
      }
    } else {
      const Quintic more = transcript.challenge();
      power = more;
      for (std::size_t j = 0; j < samples.size(); ++j, power = power * more) {
        claim(power, 0, expand(samples[j], next_variables), answers[j]);
      }
      for (const std::uint32_t position : drawn) {
        claim(power, 0, expand(domain_element(height, position), next_variables), folded(position));
        power = power * more;
      }
      root = next_root;
    }
  }
  const unsigned left = p.n - static_cast<unsigned>(rho.size());
  for (unsigned s = 0; s < left; ++s) round(0);

  Quintic weight = Quintic::zero();
  for (const Weighted& one : weights) {
    const Point tail = slice(rho, one.bound, rho.size());
    const std::size_t selected = tail.size() - one.point.size();
    weight = weight + one.coefficient * eq(bits(one.selector, selected), slice(tail, 0, selected)) *
                          eq(one.point, slice(tail, selected, tail.size()));
  }
  const Point end = last(rho, left);
  Quintic value = Quintic::zero();
  for (std::size_t t = 0; t < coefficients.size(); ++t) {
    Quintic monomial = coefficients[t];
    for (std::size_t j = 0; j < left; ++j) {
      if ((t >> j) % 2 == 1) monomial = monomial * end[j];
    }
    value = value + monomial;
  }
  if (sum != weight * value) throw Refused{"evaluation"};
}

}  // namespace cairn::reference
