#include "prover/prove/gkr.h"

#include <gtest/gtest.h>

#include <random>

#include "prover/field/isa.h"
#include "prover/poly/multilinear.h"

namespace cairn::engine {
namespace {

const Domain kGkrDomain{"gkr test", 1, {}};

struct Random {
  std::mt19937_64 source;
  KoalaBear base() { return KoalaBear::from(source()); }
  Quintic ext() { return {{base(), base(), base(), base(), base()}}; }
};

/// 2^n fractions whose sum is zero: the last one makes it so.
struct Balanced {
  std::vector<KoalaBear> numerators;
  std::vector<Quintic> denominators;

  explicit Balanced(unsigned n, std::uint64_t seed) {
    Random random{std::mt19937_64(seed)};
    const std::size_t size = std::size_t{1} << n;
    Quintic sum = Quintic::zero();
    for (std::size_t i = 0; i + 1 < size; ++i) {
      numerators.push_back(i % 3 == 1 ? KoalaBear::zero() : random.base());
      denominators.push_back(random.ext());
      sum += denominators[i].inverse() * numerators[i];
    }
    // 1 / d = -sum
    numerators.push_back(KoalaBear::one());
    denominators.push_back((-sum).inverse());
  }
  Fractions fractions() const { return {BaseVector::of(numerators), ExtVector::of(denominators)}; }
};

const Fraction kNoBoundary{Quintic::zero(), Quintic::one()};

struct Outcome {
  VerifyError error;
  GkrClaim claim;
};

Outcome verify(const std::vector<std::uint8_t>& bytes, unsigned n, const Fraction& boundary = kNoBoundary) {
  Reader<Poseidon2Sponge> reader(bytes, kGkrDomain);
  GkrClaim claim = verify_gkr(reader, n, boundary);
  return {reader.finish(), std::move(claim)};
}

std::vector<std::uint8_t> prove(Fractions fractions, GkrClaim* claim = nullptr) {
  Writer<Poseidon2Sponge> writer(kGkrDomain);
  GkrClaim made = prove_gkr(writer, std::move(fractions));
  if (claim != nullptr) *claim = std::move(made);
  return writer.take();
}

TEST(Gkr, ClaimIsTheExtensionOfTheFractions) {
  for (unsigned n = 1; n <= 9; ++n) {
    const Balanced all(n, n);
    GkrClaim claim;
    const auto bytes = prove(all.fractions(), &claim);
    const Outcome seen = verify(bytes, n);
    EXPECT_EQ(seen.error, VerifyError::none) << n;
    EXPECT_EQ(seen.claim.point, claim.point);
    ASSERT_EQ(claim.point.size(), n);
    EXPECT_EQ(claim.numerator, evaluate(std::span<const KoalaBear>(all.numerators), claim.point)) << n;
    EXPECT_EQ(claim.denominator, evaluate(std::span<const Quintic>(all.denominators), claim.point)) << n;
    EXPECT_EQ(seen.claim.numerator, claim.numerator);
    EXPECT_EQ(seen.claim.denominator, claim.denominator);
  }
}

TEST(Gkr, BytesDoNotDependOnTheInstructionSet) {
  const Balanced all(13, 7);
  const Isa best = best_isa();
  std::vector<std::vector<std::uint8_t>> seen;
  for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    if (isa > best) continue;
    set_isa(isa);
    seen.push_back(prove(all.fractions()));
  }
  set_isa(best);
  for (const auto& bytes : seen) EXPECT_EQ(bytes, seen[0]);
}

TEST(Gkr, SumThatIsNotZeroIsRefused) {
  Balanced all(6, 1);
  all.numerators[5] += KoalaBear::one();
  EXPECT_EQ(verify(prove(all.fractions()), 6).error, VerifyError::bus_unbalanced);
}

TEST(Gkr, BoundaryIsPartOfTheSum) {
  Balanced all(4, 2);
  const Fraction boundary{Quintic::one(), Quintic::from(KoalaBear::from(3))};
  EXPECT_EQ(verify(prove(all.fractions()), 4, boundary).error, VerifyError::bus_unbalanced);
  // Take a third from the first fraction: n / d - 1/3 = (3n - d) / 3d, with a numerator outside the base
  // field unless d is in it.
  all.denominators[0] = Quintic::one();
  all.numerators[0] = KoalaBear::zero();
  Quintic sum = Quintic::zero();
  for (std::size_t i = 1; i < all.numerators.size(); ++i)
    sum += all.denominators[i].inverse() * all.numerators[i];
  all.numerators[0] = KoalaBear::one();
  all.denominators[0] = (-(sum + Quintic::from(KoalaBear::from(3).inverse()))).inverse();
  EXPECT_EQ(verify(prove(all.fractions()), 4, boundary).error, VerifyError::none);
  EXPECT_EQ(verify(prove(all.fractions()), 4).error, VerifyError::bus_unbalanced);
  EXPECT_EQ(verify(prove(all.fractions()), 4, {Quintic::one(), Quintic::zero()}).error,
            VerifyError::zero_denominator);
}

TEST(Gkr, ZeroDenominatorIsRefusedEvenOverZero) {
  for (const bool numerator_too : {false, true}) {
    for (const std::size_t at : {0u, 9u, 31u}) {
      Balanced all(5, 3);
      all.denominators[at] = Quintic::zero();
      if (numerator_too) all.numerators[at] = KoalaBear::zero();
      EXPECT_EQ(verify(prove(all.fractions()), 5).error, VerifyError::zero_denominator);
    }
  }
}

// A zero coordinate of the point, which chance never draws, tells nothing of p(1): the prover sums it.
TEST(Gkr, ZeroCoordinatesOfThePointAreNoSpecialCase) {
  const unsigned variables = 4;
  const Balanced all(variables + 1, 6);
  for (const bool base : {true, false}) {
    GkrLayer layer;
    layer.denominators = ExtVector::of(all.denominators);
    if (base) {
      layer.base = BaseVector::of(all.numerators);
    } else {
      std::vector<Quintic> numerators;
      for (const KoalaBear x : all.numerators) numerators.push_back(Quintic::from(x));
      layer.numerators = ExtVector::of(numerators);
    }
    std::vector<Quintic> numerators, denominators;  // of the layer above
    for (std::size_t l = 0; l < layer.size(); l += 2) {
      const std::size_t r = l + 1;
      numerators.push_back(all.denominators[r] * all.numerators[l] + all.denominators[l] * all.numerators[r]);
      denominators.push_back(all.denominators[l] * all.denominators[r]);
    }
    Random random{std::mt19937_64(8)};
    GkrClaim claim;
    claim.point = {random.ext(), Quintic::zero(), random.ext(), Quintic::zero()};
    claim.numerator = evaluate(std::span<const Quintic>(numerators), claim.point);
    claim.denominator = evaluate(std::span<const Quintic>(denominators), claim.point);
    Writer<Poseidon2Sponge> writer(kGkrDomain);
    prove_layer(writer, layer, claim);

    Reader<Poseidon2Sponge> reader(writer.bytes(), kGkrDomain);
    const Quintic lambda = reader.challenge();
    Quintic sum = claim.numerator + lambda * claim.denominator;
    for (std::size_t variable = variables; variable-- > 0;) {
      std::array<Quintic, 2> c;
      reader.extension(c);
      const Quintic c0 = sum - claim.point[variable] * (c[0] + c[1]), r = reader.challenge();
      sum = c0 + r * (c[0] + r * c[1]);
    }
    std::array<Quintic, 4> end;
    reader.extension(end);
    EXPECT_EQ(sum, end[0] * end[3] + end[2] * end[1] + lambda * end[1] * end[3]);
    (void)reader.challenge();
    EXPECT_EQ(reader.finish(), VerifyError::none);
  }
}

TEST(Gkr, EveryAlteredWordChangesTheVerdictOrTheClaim) {
  const unsigned n = 4;
  const Balanced all(n, 4);
  const auto bytes = prove(all.fractions());
  for (std::size_t word = 0; word < bytes.size(); word += 4) {
    auto altered = bytes;
    altered[word] ^= 1;
    const Outcome seen = verify(altered, n);
    if (seen.error != VerifyError::none) continue;
    EXPECT_NE(seen.claim.numerator, evaluate(std::span<const KoalaBear>(all.numerators), seen.claim.point))
        << word;
  }
}

}  // namespace
}  // namespace cairn::engine
