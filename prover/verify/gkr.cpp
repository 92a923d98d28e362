#include "prover/verify/gkr.h"

#include <array>

namespace cairn::engine {

namespace {

/// Both halves of a layer, the fractions with even and those with odd number, at a point.
struct Halves {
  Quintic left_numerator, left_denominator, right_numerator, right_denominator;

  Quintic numerator() const {
    return left_numerator * right_denominator + right_numerator * left_denominator;
  }
  Quintic denominator() const { return left_denominator * right_denominator; }
  void fold(const Quintic& at, GkrClaim& claim) const {
    claim.numerator = left_numerator + at * (right_numerator - left_numerator);
    claim.denominator = left_denominator + at * (right_denominator - left_denominator);
  }
};

template <class Sponge>
Halves read_halves(Reader<Sponge>& reader) {
  std::array<Quintic, 4> x;
  reader.extension(x);
  return {x[0], x[1], x[2], x[3]};
}

}  // namespace

template <class Sponge>
GkrClaim verify_gkr(Reader<Sponge>& reader, unsigned log_fractions, const Fraction& boundary) {
  GkrClaim claim;
  const Halves top = read_halves(reader);
  const Quintic denominator = top.denominator() * boundary.denominator;
  if (denominator.is_zero()) reader.fail(VerifyError::zero_denominator);
  const Quintic sum = top.numerator() * boundary.denominator + boundary.numerator * top.denominator();
  if (!sum.is_zero()) reader.fail(VerifyError::bus_unbalanced);
  claim.point.assign(1, reader.challenge());
  top.fold(claim.point[0], claim);
  for (unsigned layer = 1; layer < log_fractions && reader.ok(); ++layer) {
    const Quintic lambda = reader.challenge();
    Quintic sum_left = claim.numerator + lambda * claim.denominator;
    std::vector<Quintic> next(layer + 1);
    for (unsigned variable = layer; variable-- > 0;) {
      std::array<Quintic, 2> c;  // c1, c2 of c0 + c1 X + c2 X^2; (1 - t) p(0) + t p(1) = sum gives c0
      reader.extension(c);
      const Quintic c0 = sum_left - claim.point[variable] * (c[0] + c[1]);
      const Quintic r = reader.challenge();
      next[variable] = r;
      sum_left = c0 + r * (c[0] + r * c[1]);
    }
    const Halves halves = read_halves(reader);
    if (sum_left != halves.numerator() + lambda * halves.denominator()) reader.fail(VerifyError::gkr_layer);
    next[layer] = reader.challenge();
    halves.fold(next[layer], claim);
    claim.point = std::move(next);
  }
  return claim;
}

template GkrClaim verify_gkr(Reader<Poseidon2Sponge>&, unsigned, const Fraction&);

}  // namespace cairn::engine
