#include "prover/prove/gkr_layer.h"

#include <algorithm>

#include "prover/parallel.h"

namespace cairn::engine {

namespace {

constexpr std::size_t kGrain = 1 << 12;

Fraction doubled(const Fraction& x) {
  return {(x.numerator * x.denominator).doubled(), x.denominator * x.denominator};
}

}  // namespace

ExtVector staggered(std::size_t size) {
  ExtVector out(size + 16);
  out.truncate(size);
  return out;
}

LayerSpan GkrLayer::span() {
  LayerSpan out;
  out.denominators = ExtSpan(denominators);
  if (base.empty()) {
    out.numerators = ExtSpan(numerators);
  } else {
    out.base = base.data();
  }
  return out;
}

void GkrLayer::write_runs(std::size_t begin, std::size_t end) {
  for_each_run(runs, begin, end, [&](std::size_t from, std::size_t to, const Fraction& value) {
    if (base.empty()) {
      ExtSpan(numerators).fill(from, to, value.numerator);
    } else {
      std::fill(base.data() + from, base.data() + to, value.numerator.c[0]);
    }
    ExtSpan(denominators).fill(from, to, value.denominator);
  });
}

GkrLayer layer_above(GkrLayer& below) {
  GkrLayer out;
  const std::size_t size = below.size() / 2;
  out.numerators = staggered(size);
  out.denominators = staggered(size);
  out.runs = paired(below.runs, doubled);
  const LayerSpan in = below.span();
  const ExtSpan numerators(out.numerators), denominators(out.denominators);
  const std::vector<Range> pieces = gaps(out.runs, size, kGrain);
  parallel_for(pieces.size(), 1, [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      const auto [begin, end] = pieces[i];
      below.write_runs(2 * begin, 2 * end);
      sumcheck_kernels_for(end - begin).gkr_add(in, numerators, denominators, begin, end);
    }
  });
  return out;
}

}  // namespace cairn::engine
