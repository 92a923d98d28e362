#include "prover/prove/gkr_layer.h"

#include "prover/parallel.h"

namespace cairn::engine {

namespace {

constexpr std::size_t kGrain = 1 << 12;

void write(const ExtSpan& to, std::size_t begin, std::size_t end, const Quintic& value) {
  for (std::size_t k = 0; k < Quintic::degree; ++k) {
    std::fill(to.planes + k * to.stride + begin, to.planes + k * to.stride + end, value.c[k]);
  }
}

}  // namespace

void write_runs(const GkrArrays& arrays, const Runs<HalfPair>& runs, std::size_t begin, std::size_t end) {
  for_each_run(runs, begin, end, [&](std::size_t from, std::size_t to, const HalfPair& value) {
    if (arrays.left_base != nullptr) {
      std::fill(arrays.left_base + from, arrays.left_base + to, value.left_numerator.c[0]);
      std::fill(arrays.right_base + from, arrays.right_base + to, value.right_numerator.c[0]);
    } else {
      write(arrays.left_numerator, from, to, value.left_numerator);
      write(arrays.right_numerator, from, to, value.right_numerator);
    }
    write(arrays.left_denominator, from, to, value.left_denominator);
    write(arrays.right_denominator, from, to, value.right_denominator);
  });
}

GkrArrays GkrLayer::arrays() {
  GkrArrays out;
  out.left_denominator = ExtSpan(denominators);
  out.right_denominator = out.left_denominator.from(half());
  if (!base.empty()) {
    out.left_base = base.data();
    out.right_base = base.data() + half();
  } else {
    out.left_numerator = ExtSpan(numerators);
    out.right_numerator = out.left_numerator.from(half());
  }
  return out;
}

void GkrLayer::pair_up(const Runs<Fraction>& constant) {
  runs = intersect(slice(constant, 0, half()), slice(constant, half(), 2 * half()),
                   [](const Fraction& left, const Fraction& right) {
                     return HalfPair{left.numerator, left.denominator, right.numerator, right.denominator};
                   });
  const ExtSpan denominator(denominators);
  const auto write_down = [&](std::size_t begin, std::size_t end) {
    for_each_run(constant, begin, end, [&](std::size_t from, std::size_t to, const Fraction& value) {
      if (base.empty()) {
        write(ExtSpan(numerators), from, to, value.numerator);
      } else {
        std::fill(base.data() + from, base.data() + to, value.numerator.c[0]);
      }
      write(denominator, from, to, value.denominator);
    });
  };
  const std::vector<Range> pieces = gaps(runs, half(), kGrain);
  parallel_for(pieces.size(), 1, [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      write_down(pieces[i].begin, pieces[i].end);
      write_down(half() + pieces[i].begin, half() + pieces[i].end);
    }
  });
}

GkrLayer layer_above(GkrLayer& below) {
  GkrLayer out;
  const std::size_t size = below.half();
  out.numerators = ExtVector(size);
  out.denominators = ExtVector(size);
  const GkrArrays in = below.arrays();
  const std::vector<Range> pieces = gaps(below.runs, size, kGrain);
  parallel_for(pieces.size(), 1, [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      const auto [begin, end] = pieces[i];
      sumcheck_kernels_for(end - begin).gkr_add(in, ExtSpan(out.numerators), ExtSpan(out.denominators), begin, end);
    }
  });
  Runs<Fraction> constant;
  for (const Run<HalfPair>& run : below.runs) constant.push_back({run.begin, run.end, run.value.sum()});
  if (size > 1) out.pair_up(constant);
  return out;
}

}  // namespace cairn::engine
