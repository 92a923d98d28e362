// The bodies of whir_verify.h, for the files that instantiate them: one for each pair of hash and
// sponge.
#pragma once

#include "prover/pcs/whir_verify.h"

#include <algorithm>

#include "prover/hash/merkle.h"
#include "prover/poly/multilinear.h"

namespace cairn::engine {
namespace whir_verifier {

/// The claims that one phase adds to the weight, all about its polynomial: at out-of-domain points,
/// then at the queried positions of the code before it.
struct PhaseClaims {
  std::vector<Quintic> samples;
  std::vector<KoalaBear> positions;
  Quintic gamma;
};

/// eq(expand(z, point.size()), point), with z in either field.
template <class T>
Quintic eq_expanded(T z, std::span<const Quintic> point) {
  Quintic out = Quintic::one();
  for (const Quintic& y : point) {
    out *= Quintic::one() - y + (y.doubled() - KoalaBear::one()) * z;  // (1 - y)(1 - z) + yz
    z = z * z;
  }
  return out;
}

/// The weight of `statement` at `point`, with coefficients gamma^k, gamma^(k+1), …: `power` is
/// gamma^k and becomes the first power not used.
inline Quintic weight_of(const Statement& statement, std::span<const Quintic> point, const Quintic& gamma,
                         Quintic& power) {
  std::vector<Quintic> powers;
  for (std::size_t i = 0; i < statement.claims.size(); ++i, power *= gamma) powers.push_back(power);
  const std::span<const Quintic> at(statement.point);
  Quintic sum = Quintic::zero();
  for (const Piece& piece : statement.pieces) {
    const std::span<const Quintic> selected = point.first(point.size() - piece.variables);
    Quintic columns = Quintic::zero();
    for (std::size_t i = 0; i < powers.size(); ++i) {
      columns += powers[i] * eq_at(piece.first + statement.claims[i].selector, selected);
    }
    sum += piece.coefficient * columns * eq(at.last(piece.variables), point.last(piece.variables));
  }
  return sum;
}

inline bool fits(const Statement& statement, unsigned variables) {
  return std::all_of(statement.pieces.begin(), statement.pieces.end(), [&](const Piece& piece) {
    if (piece.variables > variables || piece.variables > statement.point.size()) return false;
    const std::uint64_t places = std::uint64_t{1} << (variables - piece.variables);
    return std::all_of(statement.claims.begin(), statement.claims.end(), [&](const Claim& claim) {
      return claim.selector < places && piece.first < places - claim.selector;
    });
  });
}

/// Rounds of sumcheck on a product of two multilinear polynomials: each h(0) and the leading
/// coefficient.
template <class Sponge>
void verify_rounds(Reader<Sponge>& reader, unsigned rounds, const WhirPhase* phase, Quintic& claim,
                   std::vector<Quintic>& point) {
  for (unsigned round = 0; round < rounds; ++round) {
    std::array<Quintic, 2> message{};
    reader.extension(message);
    if (phase) reader.grind(phase->fold_pow_of(round));
    const Quintic rho = reader.challenge();
    const Quintic middle = claim - message[0].doubled() - message[1];
    claim = message[0] + rho * (middle + rho * message[1]);
    point.push_back(rho);
  }
}

/// What a phase's tree says at the queried positions, folded: P_{i+1}(expand(x)) for each queried
/// x.
struct Queried {
  std::vector<KoalaBear> positions;
  std::vector<Quintic> values;
};

/// The value at `weights` (an eq table) of a leaf: base elements, those behind it zero; or the coordinates 0,
/// then 1, … of extension elements.
inline Quintic fold_leaf(std::span<const KoalaBear> leaf, std::span<const Quintic> weights, bool base) {
  const std::size_t size = base ? leaf.size() : weights.size();
  Quintic out = Quintic::zero();
  for (std::size_t j = 0; j < size; ++j) {
    if (base) {
      out += weights[j] * leaf[j];
    } else {
      out += weights[j] *
             Quintic{{leaf[j], leaf[size + j], leaf[2 * size + j], leaf[3 * size + j], leaf[4 * size + j]}};
    }
  }
  return out;
}

/// The positions of phase i, whose leaves have `width` words.
template <class Hash, class Sponge>
Queried query(Reader<Sponge>& reader, const WhirParams& params, std::size_t i, std::size_t width,
              const typename Hash::Digest& root, std::span<const Quintic> folds,
              std::uint64_t* permutations) {
  const WhirPhase& phase = params.phase[i];
  const unsigned log_leaves = params.log_leaves_of(i);
  reader.grind(phase.query_pow);
  std::vector<std::uint32_t> indices(phase.queries);
  for (std::uint32_t& index : indices) index = reader.index(log_leaves);

  const std::vector<std::uint32_t> opened = opened_indices(indices);
  const bool base = i == 0;
  std::vector<KoalaBear> leaves(opened.size() * width);
  reader.hint(leaves);
  std::vector<typename Hash::Digest> siblings(sibling_count(log_leaves, opened));
  for (auto& sibling : siblings) reader.hint(sibling);
  Queried out;
  if (!reader.ok()) return out;
  if (!verify_openings<Hash>(root, log_leaves, width, opened, leaves, siblings)) {
    reader.fail(VerifyError::merkle_root);
    return out;
  }
  if (permutations != nullptr) {
    // Each node hashed makes one digest of two, until one is left.
    *permutations += opened.size() * Hash::leaf_permutations(width) +
                     (opened.size() + siblings.size() - 1) * Hash::node_permutations;
  }

  const std::vector<Quintic> weights = eq_table(folds);
  std::vector<Quintic> folded(opened.size());
  for (std::size_t k = 0; k < opened.size(); ++k) {
    folded[k] = fold_leaf(std::span<const KoalaBear>(leaves).subspan(k * width, width), weights, base);
  }
  const KoalaBear generator = KoalaBear::two_adic_generator(log_leaves);
  for (std::uint32_t index : indices) {
    const auto at = std::lower_bound(opened.begin(), opened.end(), index) - opened.begin();
    out.positions.push_back(generator.pow(index));
    out.values.push_back(folded[static_cast<std::size_t>(at)]);
  }
  return out;
}

inline Quintic univariate(std::span<const Quintic> coefficients, KoalaBear x) {
  Quintic out = Quintic::zero();
  for (std::size_t i = coefficients.size(); i-- > 0;) out = out * x + coefficients[i];
  return out;
}

/// The polynomial with these coefficients, where variable j is bit j of the index, at `point`.
inline Quintic multilinear(std::vector<Quintic> coefficients, std::span<const Quintic> point) {
  std::size_t size = coefficients.size();
  for (const Quintic& x : point) {
    size /= 2;
    for (std::size_t i = 0; i < size; ++i)
      coefficients[i] = coefficients[2 * i] + x * coefficients[2 * i + 1];
  }
  return coefficients[0];
}

inline Quintic weight_of(const PhaseClaims& claims, std::span<const Quintic> point) {
  // The claim that the phase began with has coefficient 1, so the new ones begin with gamma: were
  // the first of them 1 as well, an error in the old claim could be taken back by a wrong answer.
  Quintic power = claims.gamma, sum = Quintic::zero();
  for (const Quintic& z : claims.samples) {
    sum += power * eq_expanded(z, point);
    power *= claims.gamma;
  }
  for (KoalaBear x : claims.positions) {
    sum += power * eq_expanded(x, point);
    power *= claims.gamma;
  }
  return sum;
}

template <class Sponge>
void read_samples(Reader<Sponge>& reader, unsigned samples, std::vector<Quintic>& points,
                  std::vector<Quintic>& answers) {
  points.resize(samples);
  answers.resize(samples);
  for (Quintic& point : points) point = reader.challenge();
  reader.extension(answers);
}

}  // namespace whir_verifier

template <class Hash, class Sponge>
WhirCommitment<Hash> read_commitment(Reader<Sponge>& reader, const WhirParams& params, std::uint64_t cells) {
  using namespace whir_verifier;
  WhirCommitment<Hash> out;
  out.params = &params;
  out.leaf_words = whir_leaf_words(params, cells);
  reader.observe(whir_param_words(params, out.leaf_words));
  reader.values(out.root, Message::root);
  read_samples(reader, params.phase[0].samples, out.points, out.answers);
  return out;
}

template <class Hash, class Sponge>
bool verify_opening(Reader<Sponge>& reader, const WhirCommitment<Hash>& commitment,
                    std::span<const Statement> statements, std::uint64_t* permutations) {
  using namespace whir_verifier;
  const WhirParams& params = *commitment.params;
  for (const Statement& statement : statements) {
    if (!fits(statement, params.variables)) reader.fail(VerifyError::bad_statement);
  }
  if (!reader.ok()) return false;

  const Quintic gamma = reader.challenge();
  Quintic claim = Quintic::zero(), power = Quintic::one();
  const auto add = [&](const Quintic& value, const Quintic& by) {
    claim += power * value;
    power *= by;
  };
  for (const Quintic& answer : commitment.answers) add(answer, gamma);
  for (const Statement& statement : statements) {
    for (const Claim& c : statement.claims) add(c.value, gamma);
  }

  std::vector<Quintic> point;
  std::vector<PhaseClaims> added;  // by phases 1, 2, …
  std::vector<Quintic> last;       // coefficients of the polynomial sent in the clear
  typename Hash::Digest root = commitment.root;
  for (std::size_t i = 0; i < params.phase_count; ++i) {
    const unsigned fold = params.fold_of(i);
    const std::size_t width = i == 0 ? commitment.leaf_words : std::size_t{Quintic::degree} << fold;
    verify_rounds(reader, fold, &params.phase[i], claim, point);
    const std::span<const Quintic> folds = std::span<const Quintic>(point).last(fold);
    if (i + 1U < params.phase_count) {
      typename Hash::Digest next{};
      reader.values(next, Message::root);
      PhaseClaims claims;
      std::vector<Quintic> answers;
      read_samples(reader, params.phase[i + 1].samples, claims.samples, answers);
      Queried queried = query<Hash>(reader, params, i, width, root, folds, permutations);
      if (!reader.ok()) return false;
      claims.gamma = reader.challenge();
      power = claims.gamma;
      for (const Quintic& answer : answers) add(answer, claims.gamma);
      for (const Quintic& value : queried.values) add(value, claims.gamma);
      claims.positions = std::move(queried.positions);
      added.push_back(std::move(claims));
      root = next;
    } else {
      last.resize(std::size_t{1} << params.final_variables());
      reader.extension(last);
      const Queried queried = query<Hash>(reader, params, i, width, root, folds, permutations);
      if (!reader.ok()) return false;
      for (std::size_t k = 0; k < queried.values.size(); ++k) {
        if (univariate(last, queried.positions[k]) != queried.values[k])
          reader.fail(VerifyError::final_polynomial);
      }
    }
  }
  verify_rounds(reader, params.final_variables(), nullptr, claim, point);
  if (!reader.ok()) return false;

  const std::span<const Quintic> full(point);
  Quintic weight = Quintic::zero();
  power = Quintic::one();
  for (const Quintic& z : commitment.points) {
    weight += power * eq_expanded(z, full);
    power *= gamma;
  }
  for (const Statement& statement : statements) weight += weight_of(statement, full, gamma, power);
  for (std::size_t i = 1; i < params.phase_count; ++i) {
    weight += weight_of(added[i - 1], full.last(params.variables_of(i)));
  }
  if (claim != weight * multilinear(std::move(last), full.last(params.final_variables()))) {
    reader.fail(VerifyError::evaluation);
  }
  return reader.ok();
}

}  // namespace cairn::engine
