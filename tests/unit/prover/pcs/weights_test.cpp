#include "prover/pcs/weights.h"

#include <gtest/gtest.h>

#include "prover/pcs/early_sumcheck.h"
#include "prover/pcs/whir_verify.h"
#include "prover/poly/multilinear.h"
#include "tests/unit/prover/pcs/example.h"

namespace cairn::engine {
namespace {

/// A dense term, columns of a table, small ones that share a chunk, single cells; with parts that
/// overlap and repeat.
std::vector<WeightTerm> some_terms(unsigned n, Random& random) {
  const auto part = [&](std::uint64_t selector) { return WeightTerm::Part{selector, random.extension()}; };
  return {{random.point(n), {part(0)}},
          {random.point(n - 2), {part(1), part(3), part(1)}},
          {random.point(3), {part(5), part(2), part(7)}},
          {{}, {part(9), part(8), part((1U << n) - 1)}}};
}

std::vector<Quintic> by_definition(unsigned n, std::span<const WeightTerm> terms) {
  std::vector<Quintic> out(std::size_t{1} << n, Quintic::zero());
  for (const WeightTerm& term : terms) {
    const std::vector<Quintic> eq = eq_table(term.point);
    for (const WeightTerm::Part& part : term.parts) {
      for (std::size_t y = 0; y < eq.size(); ++y)
        out[part.selector * eq.size() + y] += part.coefficient * eq[y];
    }
  }
  return out;
}

std::vector<Quintic> filled(unsigned n, std::span<const WeightTerm> terms) {
  const Weights weights(n, terms);
  ExtVector out(weights.chunk_size());
  std::vector<Quintic> all;
  for (std::size_t chunk = 0; chunk < weights.chunk_count(); ++chunk) {
    weights.fill(chunk, out.plane(0), out.stride());
    for (std::size_t i = 0; i < out.size(); ++i) {
      all.push_back(out.get(i));
      EXPECT_TRUE(!weights.is_zero(chunk) || out.get(i).is_zero());
    }
  }
  return all;
}

TEST(Weights, ChunksAreTheWeightByItsDefinition) {
  Random random(6);
  for (unsigned n : {6U, 10U, 12U, 13U}) {
    const std::vector<WeightTerm> terms = some_terms(n, random);
    EXPECT_EQ(filled(n, terms), by_definition(n, terms)) << n;
    const std::span<const WeightTerm> sparse(terms);
    EXPECT_EQ(filled(n, sparse.subspan(2)), by_definition(n, sparse.subspan(2))) << n;
  }
}

TEST(Weights, BindingFoldsThem) {
  Random random(7);
  for (unsigned n : {6U, 11U}) {
    std::vector<WeightTerm> terms = some_terms(n, random);
    std::vector<Quintic> expected = by_definition(n, terms);
    for (unsigned left = n; left > n - 4; --left) {
      const Quintic r = random.extension();
      const std::size_t half = expected.size() / 2;
      for (std::size_t y = 0; y < half; ++y) expected[y] += r * (expected[half + y] - expected[y]);
      expected.resize(half);
      terms = bind_variable(terms, left, r);
      EXPECT_EQ(by_definition(left - 1, terms), expected);
      EXPECT_EQ(filled(left - 1, terms), expected);
    }
    EXPECT_EQ(terms[1].parts.size(), 1U) << "columns whose selectors become equal are one";
  }
}

TEST(Weights, PositionsAddTheirPowersOfGamma) {
  Random random(8);
  for (unsigned n : {2U, 4U, 8U, 9U, 12U}) {
    for (std::size_t count : {1U, 2U, 37U}) {
      std::vector<KoalaBear> positions;
      for (std::size_t q = 0; q < count; ++q) positions.push_back(random.base());
      const Quintic gamma = random.extension();
      ExtVector out(std::size_t{1} << n);
      std::vector<Quintic> expected;
      for (std::size_t y = 0; y < out.size(); ++y) {
        expected.push_back(random.extension());
        out.set(y, expected.back());
      }
      add_positions(positions, gamma, 3, out);
      Quintic power = gamma * gamma * gamma;
      for (KoalaBear x : positions) {
        const std::vector<Quintic> eq = eq_table(expand(Quintic::from(x), n));
        for (std::size_t y = 0; y < eq.size(); ++y) expected[y] += power * eq[y];
        power *= gamma;
      }
      for (std::size_t y = 0; y < out.size(); ++y) ASSERT_EQ(out.get(y), expected[y]) << n << " " << count;
    }
  }
}

TEST(EarlySumcheck, SumsAndPolynomialsAreThoseOfTheDefinition) {
  const Example example(10, 1, 9);
  Random random(10);
  const BaseVector values = BaseVector::of(example.values);
  std::vector<SampledBlocks> samples;
  for (int k = 0; k < 2; ++k) samples.push_back(sample_blocks(values, random.point(10), 6, 40));
  EXPECT_EQ(samples[0].answer(), evaluate(std::span<const KoalaBear>(values), samples[0].point));

  const Quintic gamma = random.extension();
  EarlySumcheck early(values, samples, example.statements, gamma);
  std::vector<WeightTerm> terms;
  Quintic power = Quintic::one();
  const auto next = [&] { return std::exchange(power, power * gamma); };
  for (const SampledBlocks& sample : samples) terms.push_back({sample.point, {{0, next()}}});
  for (const Statement& statement : example.statements) {
    for (const Claim& claim : statement.claims) {
      const Quintic coefficient = next();
      for (const Piece& piece : statement.pieces) {
        terms.push_back({{statement.point.end() - piece.variables, statement.point.end()},
                         {{piece.first + claim.selector, coefficient * piece.coefficient}}});
      }
    }
  }
  std::vector<Quintic> w = by_definition(10, terms), p;
  for (KoalaBear value : example.values) p.push_back(Quintic::from(value));
  const auto expect = [&](const ProductSums& got) {
    ProductSums sums;
    const std::size_t half = p.size() / 2;
    for (std::size_t y = 0; y < half; ++y) {
      sums.at_zero += p[y] * w[y];
      sums.leading += (p[half + y] - p[y]) * (w[half + y] - w[y]);
    }
    EXPECT_EQ(got.at_zero, sums.at_zero);
    EXPECT_EQ(got.leading, sums.leading);
  };
  for (unsigned round = 0; round < EarlySumcheck::rounds; ++round) {
    expect(early.sums());
    const Quintic r = random.extension();
    early.bind(r);
    for (std::vector<Quintic>* x : {&p, &w}) {
      const std::size_t half = x->size() / 2;
      for (std::size_t y = 0; y < half; ++y) (*x)[y] += r * ((*x)[half + y] - (*x)[y]);
      x->resize(half);
    }
  }
  ExtVector p_written, w_written;
  expect(early.write_down(p_written, w_written));
  for (std::size_t y = 0; y < p.size(); ++y) {
    ASSERT_EQ(p_written.get(y), p[y]);
    ASSERT_EQ(w_written.get(y), w[y]);
  }
}

}  // namespace
}  // namespace cairn::engine
