// The bodies of whir_prove.h, for the files that instantiate them: one for each pair of hash and
// sponge.
#pragma once

#include "prover/pcs/whir_prove.h"

#include <algorithm>
#include <utility>

#include "common/result.h"
#include "prover/parallel.h"
#include "prover/pcs/early_sumcheck.h"
#include "prover/pcs/product_kernels.h"
#include "prover/pcs/weights.h"
#include "prover/pcs/whir_verify.h"
#include "prover/poly/dense.h"
#include "prover/poly/ntt.h"
#include "prover/prove/stopwatch.h"

namespace cairn::engine {
namespace whir_prover {

// Elements of one piece of work of a sumcheck round.
inline constexpr std::size_t grain = std::size_t{1} << 12;

/// Gives the time since it was made, or was last asked, to one of the times.
class Laps {
 public:
  explicit Laps(WhirTimes* times) : times_(times) {}
  void end(double WhirTimes::*of) {
    const double seconds = watch_.lap();
    if (times_ != nullptr) times_->*of += seconds;
  }

 private:
  WhirTimes* times_;
  Stopwatch watch_;
};

/// Sends a round's message, grinds, draws.
template <class Sponge>
Quintic send_round(Writer<Sponge>& writer, const ProductSums& sums, unsigned pow_bits, Laps& laps) {
  writer.extension(std::array{sums.at_zero, sums.leading});
  laps.end(&WhirTimes::sumcheck);
  writer.grind(pow_bits);
  laps.end(&WhirTimes::grind);
  return writer.challenge();
}

inline ProductSums round_sums(const ExtVector& p, const ExtVector& w) {
  const std::size_t half = p.size() / 2;
  return parallel_sum(half, grain, ProductSums{}, [&](std::size_t begin, std::size_t end) {
    return product_kernels().round_ext(p.plane(0) + begin, p.stride(), w.plane(0) + begin, w.stride(), half,
                                       end - begin);
  });
}

/// Binds the first variable of both to r and gives the sums of the round after it.
inline ProductSums fold_round(ExtVector& p, ExtVector& w, const Quintic& r) {
  const std::size_t quarter = p.size() / 4;
  const ProductSums sums =
      parallel_sum(quarter, grain, ProductSums{}, [&](std::size_t begin, std::size_t end) {
        return product_kernels().fold_round(p.plane(0) + begin, p.stride(), w.plane(0) + begin, w.stride(),
                                            quarter, r, end - begin);
      });
  p.truncate(2 * quarter);
  w.truncate(2 * quarter);
  return sums;
}

/// Rounds `from` to `rounds` - 1 of a phase, given the sums of round `from`; binds all but nothing
/// after the last.
template <class Sponge>
void run_rounds(Writer<Sponge>& writer, ExtVector& p, ExtVector& w, ProductSums sums, unsigned from,
                unsigned rounds, const WhirPhase* phase, Laps& laps) {
  for (unsigned round = from; round < rounds; ++round) {
    const Quintic r = send_round(writer, sums, phase ? phase->fold_pow_of(round) : 0, laps);
    if (round + 1 < rounds) {
      sums = fold_round(p, w, r);
    } else {
      fold(p, r);
      fold(w, r);
    }
  }
  laps.end(&WhirTimes::sumcheck);
}

/// Values on {0,1}^f to coefficients by power of x in P(expand(x, f)): bit j of the index is
/// variable j.
inline std::vector<Quintic> coefficients_of(const ExtVector& p) {
  std::vector<Quintic> values;
  for (std::size_t i = 0; i < p.size(); ++i) values.push_back(p.get(i));
  for (std::size_t bit = 1; bit < values.size(); bit *= 2) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if ((i & bit) != 0) values[i] -= values[i ^ bit];
    }
  }
  std::vector<Quintic> out(values.size());
  std::size_t reversed = 0;
  for (const Quintic& value : values) {
    out[reversed] = value;
    std::size_t bit = values.size() / 2;
    for (; bit > 0 && (reversed & bit) != 0; bit /= 2) reversed ^= bit;
    reversed ^= bit;
  }
  return out;
}

/// The code of one phase.
template <class Hash>
struct Code {
  BaseMatrix codeword;
  MerkleTree<Hash> tree;
  std::size_t leaf_words;
};

/// Proof of work, positions, and the opening there. Gives the positions as elements of the domain,
/// as often as drawn.
template <class Hash, class Sponge>
std::vector<KoalaBear> query(Writer<Sponge>& writer, const WhirParams& params, std::size_t i,
                             const Code<Hash>& code, Laps& laps) {
  const unsigned log_leaves = params.log_leaves_of(i);
  writer.grind(params.phase[i].query_pow);
  laps.end(&WhirTimes::grind);
  std::vector<std::uint32_t> indices(params.phase[i].queries);
  for (std::uint32_t& index : indices) index = writer.index(log_leaves);
  const std::vector<std::uint32_t> opened = opened_indices(indices);
  for (std::uint32_t index : opened) {
    writer.hint(code.codeword.row(index).first(code.leaf_words));
  }
  for (const auto& sibling : code.tree.open(opened)) writer.hint(sibling);
  const KoalaBear generator = KoalaBear::two_adic_generator(log_leaves);
  std::vector<KoalaBear> positions;
  for (std::uint32_t index : indices) positions.push_back(generator.pow(index));
  laps.end(&WhirTimes::query);
  return positions;
}

}  // namespace whir_prover

template <class Hash, class Sponge>
WhirWitness<Hash> commit(Writer<Sponge>& writer, BaseVector values, std::uint64_t cells,
                         const WhirParams& params, WhirTimes* times) {
  using namespace whir_prover;
  Laps laps(times);
  CAIRN_ASSERT(values.size() == std::size_t{1} << params.variables && cells <= values.size());
  WhirWitness<Hash> out;
  out.params = &params;
  out.blocks = std::max<std::size_t>(1, whir_blocks(params, cells));
  out.leaf_words = whir_leaf_words(params, cells);
  writer.observe(whir_param_words(params, out.leaf_words));
  out.codeword = encode_blocks(values, whir_first_fold, params.log_inverse_rate, out.blocks);
  laps.end(&WhirTimes::encode);
  out.tree = MerkleTree<Hash>(out.codeword, out.leaf_words, out.blocks);
  laps.end(&WhirTimes::hash);
  out.values = std::move(values);
  writer.values(out.tree.root(), Message::root);
  std::vector<Quintic> points, answers;
  for (unsigned k = 0; k < params.phase[0].samples; ++k) points.push_back(writer.challenge());
  for (const Quintic& z : points) {
    out.samples.push_back(
        sample_blocks(out.values, expand(z, params.variables), whir_first_fold, out.blocks));
    answers.push_back(out.samples.back().answer());
  }
  writer.extension(answers);
  laps.end(&WhirTimes::samples);
  return out;
}

template <class Hash, class Sponge>
void open(Writer<Sponge>& writer, WhirWitness<Hash> witness, std::span<const Statement> statements,
          WhirTimes* times) {
  using namespace whir_prover;
  Laps laps(times);
  const WhirParams& params = *witness.params;
  const Quintic gamma = writer.challenge();
  ExtVector p, w;
  ProductSums sums;
  {
    EarlySumcheck early(witness.values, witness.samples, statements, gamma);
    for (unsigned round = 0; round < EarlySumcheck::rounds; ++round) {
      early.bind(send_round(writer, early.sums(), params.phase[0].fold_pow_of(round), laps));
    }
    sums = early.write_down(p, w);
  }
  witness.values = BaseVector();

  Code<Hash> code{std::move(witness.codeword), std::move(witness.tree), witness.leaf_words};
  for (std::size_t i = 0; i < params.phase_count; ++i) {
    run_rounds(writer, p, w, sums, i == 0 ? EarlySumcheck::rounds : 0, params.fold_of(i), &params.phase[i],
               laps);
    if (i + 1U == params.phase_count) break;
    Code<Hash> next;
    next.codeword = encode_blocks(p, whir_fold, params.log_inverse_rate_of(i + 1));
    laps.end(&WhirTimes::encode);
    next.tree = MerkleTree<Hash>(next.codeword);
    next.leaf_words = next.codeword.width();
    laps.end(&WhirTimes::hash);
    writer.values(next.tree.root(), Message::root);
    const unsigned variables = params.variables_of(i + 1);
    std::vector<std::vector<Quintic>> samples;
    std::vector<Quintic> answers;
    for (unsigned k = 0; k < params.phase[i + 1].samples; ++k) {
      samples.push_back(expand(writer.challenge(), variables));
    }
    for (const std::vector<Quintic>& sample : samples) answers.push_back(dense_evaluate(p, sample));
    writer.extension(answers);
    laps.end(&WhirTimes::samples);
    const std::vector<KoalaBear> positions = query(writer, params, i, code, laps);
    const Quintic mix = writer.challenge();
    Quintic power = mix;
    for (const std::vector<Quintic>& sample : samples) {
      add_eq_table(sample, power, w, 0);
      power *= mix;
    }
    add_positions(positions, mix, 1 + samples.size(), w);
    sums = round_sums(p, w);
    code = std::move(next);
  }
  writer.extension(coefficients_of(p));
  query(writer, params, params.phase_count - 1U, code, laps);
  run_rounds(writer, p, w, round_sums(p, w), 0, params.final_variables(), nullptr, laps);
}

}  // namespace cairn::engine
