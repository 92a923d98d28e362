// WHIR's prover again, straight from docs/proof-system/whir.md: every codeword by evaluating, every
// weight by its definition, no vectors, no threads, nothing shared with prover/pcs but the
// integers. Its bytes are what the fast prover must give. It can also cheat, in ways that only a
// prover of one's own can.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <vector>

#include "prover/hash/poseidon2.h"
#include "prover/pcs/params.h"
#include "prover/pcs/statement.h"
#include "prover/transcript/grind.h"
#include "prover/transcript/writer.h"

namespace cairn::engine::slow {

/// What to add to an out-of-domain answer, given the phase, the number of the answer, and by how
/// much the claimed sum is above the true one.
using Tamper = std::function<Quintic(std::size_t phase, std::size_t sample, const Quintic& error)>;

/// Where to go on with another polynomial than the folded one, whose product with the weight has
/// the same sum: 0 for the one sent in the clear, i for the one committed in phase i.
struct Replacement {
  bool active = false;
  std::size_t phase = 0;
};

template <class T>
T value_at(std::vector<T> values, std::span<const T> point) {
  for (const T& x : point) {
    const std::size_t half = values.size() / 2;
    for (std::size_t i = 0; i < half; ++i) values[i] = values[i] + x * (values[half + i] - values[i]);
    values.resize(half);
  }
  return values[0];
}

template <class T>
std::vector<T> powers_of_two(T x, std::size_t n) {
  std::vector<T> out;
  for (; n > 0; --n, x = x * x) out.push_back(x);
  return out;
}

inline std::vector<Quintic> eq_values(std::span<const Quintic> point) {
  std::vector<Quintic> out(std::size_t{1} << point.size());
  for (std::size_t b = 0; b < out.size(); ++b) {
    out[b] = Quintic::one();
    for (std::size_t i = 0; i < point.size(); ++i) {
      const bool bit = (b >> (point.size() - 1 - i)) & 1;
      out[b] *= bit ? point[i] : Quintic::one() - point[i];
    }
  }
  return out;
}

struct Tree {
  std::vector<std::vector<KoalaBear>> leaves;
  std::vector<std::vector<Digest>> levels;  // leaves' digests first

  explicit Tree(std::vector<std::vector<KoalaBear>> rows) : leaves(std::move(rows)) {
    levels.emplace_back();
    for (const auto& leaf : leaves) levels[0].push_back(Poseidon2Hash::leaf(leaf));
    while (levels.back().size() > 1) {
      std::vector<Digest> next;
      for (std::size_t i = 0; i < levels.back().size(); i += 2) {
        next.push_back(Poseidon2Hash::node(levels.back()[i], levels.back()[i + 1]));
      }
      levels.push_back(std::move(next));
    }
  }
  const Digest& root() const { return levels.back()[0]; }
  void open(Writer<Poseidon2Sponge>& writer, std::span<const std::uint32_t> indices) const {
    std::set<std::size_t> known(indices.begin(), indices.end());
    for (std::size_t i : known) writer.hint(leaves[i]);
    for (std::size_t level = 0; level + 1 < levels.size(); ++level) {
      std::set<std::size_t> parents;
      for (std::size_t i : known) {
        if (!known.contains(i ^ 1)) writer.hint(levels[level][i ^ 1]);
        parents.insert(i / 2);
      }
      known = std::move(parents);
    }
  }
};

class Prover {
 public:
  /// Values behind the first `cells` are zero.
  Prover(Writer<Poseidon2Sponge>& writer, const WhirParams& params, std::span<const KoalaBear> values,
         std::uint64_t cells, Tamper tamper = {}, Replacement replacement = {})
      : writer_(writer), params_(params), tamper_(std::move(tamper)), replacement_(replacement) {
    for (KoalaBear value : values) p_.push_back(Quintic::from(value));
    const std::size_t block = values.size() / 64;
    while (leaf_words_ < 16 || leaf_words_ * block < cells) leaf_words_ += 8;
    writer_.observe(whir_param_words(params, leaf_words_));
    weight_.assign(p_.size(), Quintic::zero());
    commit(0, answers_);
  }

  void open(std::span<const Statement> statements) {
    const Quintic gamma = writer_.challenge();
    Quintic power = Quintic::one();
    for (std::size_t k = 0; k < samples_.size(); ++k) {
      add(powers_of_two(samples_[k], params_.variables), 0, answers_[k], power);
      power *= gamma;
    }
    for (const Statement& statement : statements) {
      for (const Claim& claim : statement.claims) {
        for (const Piece& piece : statement.pieces) {
          add(std::span(statement.point).last(piece.variables), piece.first + claim.selector, Quintic::zero(),
              power * piece.coefficient);
        }
        claim_ += power * claim.value;
        power *= gamma;
      }
    }
    for (std::size_t i = 0; i < params_.phase_count; ++i) {
      std::vector<Quintic> folds;
      for (unsigned round = 0; round < params_.fold_of(i); ++round) {
        folds.push_back(sumcheck(params_.phase[i].fold_pow_of(round)));
      }
      const bool final = i + 1U == params_.phase_count;
      const Tree tree = std::move(trees_.back());
      const std::vector<Quintic> folded = p_;
      if (replacement_.active && replacement_.phase == (final ? 0 : i + 1)) {
        p_[0] += weight_[1];
        p_[1] -= weight_[0];
      }
      if (final) {
        send_coefficients();
      } else {
        commit(i + 1, answers_);
      }
      writer_.grind(params_.phase[i].query_pow);
      std::vector<std::uint32_t> indices;
      for (unsigned q = 0; q < params_.phase[i].queries; ++q)
        indices.push_back(writer_.index(params_.log_leaves_of(i)));
      tree.open(writer_, indices);
      if (final) continue;
      const Quintic mix = writer_.challenge();
      power = mix;
      for (std::size_t k = 0; k < samples_.size(); ++k) {
        add(powers_of_two(samples_[k], params_.variables_of(i + 1)), 0, answers_[k], power);
        power *= mix;
      }
      for (std::uint32_t index : indices) {
        const Quintic x = Quintic::from(KoalaBear::two_adic_generator(params_.log_leaves_of(i)).pow(index));
        const std::vector<Quintic> at = powers_of_two(x, params_.variables_of(i + 1));
        add(at, 0, value_at(folded, std::span<const Quintic>(at)), power);
        power *= mix;
      }
    }
    for (unsigned round = 0; round < params_.final_variables(); ++round) sumcheck(0);
  }

 private:
  /// Encodes p_ as the code of phase i, sends its root, answers its samples.
  void commit(std::size_t i, std::vector<Quintic>& answers) {
    const std::size_t columns = std::size_t{1} << params_.fold_of(i),
                      rows = std::size_t{1} << params_.log_leaves_of(i);
    const std::size_t block = p_.size() / columns;
    const unsigned block_variables = params_.variables_of(i) - params_.fold_of(i);
    const KoalaBear g = KoalaBear::two_adic_generator(params_.log_leaves_of(i));
    std::vector<std::vector<KoalaBear>> leaves(rows);
    KoalaBear x = KoalaBear::one();
    for (std::size_t row = 0; row < rows; ++row, x *= g) {
      const std::vector<KoalaBear> at = powers_of_two(x, block_variables);
      for (std::size_t c = 0; c < (i == 0 ? 1 : 5); ++c) {
        for (std::size_t j = 0; j < columns; ++j) {
          std::vector<KoalaBear> coordinate;
          for (std::size_t y = 0; y < block; ++y) coordinate.push_back(p_[j * block + y].c[c]);
          leaves[row].push_back(value_at(std::move(coordinate), std::span<const KoalaBear>(at)));
        }
      }
      if (i == 0) leaves[row].resize(leaf_words_);  // what is behind them is zero
    }
    trees_.emplace_back(std::move(leaves));
    writer_.values(trees_.back().root(), Message::root);
    samples_.clear();
    answers.clear();
    for (unsigned k = 0; k < params_.phase[i].samples; ++k) samples_.push_back(writer_.challenge());
    for (const Quintic& z : samples_) {
      const std::vector<Quintic> at = powers_of_two(z, params_.variables_of(i));
      answers.push_back(value_at(p_, std::span<const Quintic>(at)));
      if (tamper_) answers.back() += tamper_(i, answers.size() - 1, claim_ - inner_product());
    }
    writer_.extension(answers);
  }

  void add(std::span<const Quintic> point, std::uint64_t selector, const Quintic& value,
           const Quintic& coefficient) {
    const std::vector<Quintic> eq = eq_values(point);
    for (std::size_t y = 0; y < eq.size(); ++y) weight_[selector * eq.size() + y] += coefficient * eq[y];
    claim_ += coefficient * value;
  }

  Quintic inner_product() const {
    Quintic sum = Quintic::zero();
    for (std::size_t y = 0; y < p_.size(); ++y) sum += p_[y] * weight_[y];
    return sum;
  }

  Quintic sumcheck(unsigned bits) {
    const std::size_t half = p_.size() / 2;
    Quintic at_zero = Quintic::zero(), leading = Quintic::zero();
    for (std::size_t y = 0; y < half; ++y) {
      at_zero += p_[y] * weight_[y];
      leading += (p_[half + y] - p_[y]) * (weight_[half + y] - weight_[y]);
    }
    writer_.extension(std::array{at_zero, leading});
    writer_.grind(bits);
    const Quintic rho = writer_.challenge();
    claim_ = at_zero + rho * (claim_ - at_zero.doubled() - leading + rho * leading);
    for (std::vector<Quintic>* v : {&p_, &weight_}) {
      for (std::size_t y = 0; y < half; ++y) (*v)[y] += rho * ((*v)[half + y] - (*v)[y]);
      v->resize(half);
    }
    return rho;
  }

  /// Coefficient i belongs to the product of the variables j with bit j of i set.
  void send_coefficients() {
    std::vector<Quintic> a = p_;
    const unsigned f = params_.final_variables();
    for (std::size_t bit = 1; bit < a.size(); bit *= 2) {
      for (std::size_t i = 0; i < a.size(); ++i) {
        if (i & bit) a[i] -= a[i ^ bit];
      }
    }
    std::vector<Quintic> reversed(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      std::size_t j = 0;
      for (unsigned bit = 0; bit < f; ++bit) j |= ((i >> bit) & 1) << (f - 1 - bit);
      reversed[j] = a[i];
    }
    writer_.extension(reversed);
  }

  Writer<Poseidon2Sponge>& writer_;
  const WhirParams& params_;
  Tamper tamper_;
  Replacement replacement_;
  std::vector<Quintic> p_, weight_, samples_, answers_;
  std::vector<Tree> trees_;
  std::size_t leaf_words_ = 0;
  Quintic claim_ = Quintic::zero();
};

}  // namespace cairn::engine::slow
