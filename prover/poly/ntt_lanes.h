// The bodies of the NTT kernels for one packed type P. Included by the files ntt_kernels_*.cpp alone.
#pragma once

#include "prover/field/packed_scalar.h"
#include "prover/poly/ntt_kernels.h"

namespace cairn::engine {

template <class P>
struct NttLanes {
  /// Twiddles of 2^layers rows: at layer l, the rows whose s has bit l clear, counted by the bits below l,
  /// take twiddle[2^l - 1 + those bits] = u^(2^(layers-1-l)) z^(those bits), z of order 2^(l+1), u = g^i.
  template <unsigned layers>
  struct Twiddles {
    KoalaBear at[(1u << layers) - 1];
  };

  template <class Q, unsigned layers>
  CAIRN_DEVICE static void butterflies(KoalaBear* at, std::size_t step, const Twiddles<layers>& twiddles) {
    constexpr unsigned rows = 1u << layers;
    Q x[rows];
#pragma GCC unroll 16
    for (unsigned s = 0; s < rows; ++s) x[s] = Q::load(at + s * step);
#pragma GCC unroll 4
    for (unsigned l = 0; l < layers; ++l) {
#pragma GCC unroll 16
      for (unsigned s = 0; s < rows; ++s) {
        if ((s >> l & 1) != 0) continue;
        const unsigned low = (1u << l) - 1;
        const Q a = x[s], d = (x[s + low + 1] - a) * Q::broadcast(twiddles.at[low + (s & low)]);
        x[s] = a + d;
        x[s + low + 1] = a - d;
      }
    }
#pragma GCC unroll 16
    for (unsigned s = 0; s < rows; ++s) x[s].store(at + s * step);
  }

  template <unsigned layers>
  CAIRN_DEVICE static void run(KoalaBear* base, std::size_t width, std::size_t active, unsigned t,
                               std::size_t begin, std::size_t end) {
    const KoalaBear g = KoalaBear::two_adic_generator(t + layers);
    KoalaBear u = g.pow(begin);
    KoalaBear roots[(1u << layers) - 1];  // z^(low bits) of each layer
    for (unsigned l = 0; l < layers; ++l) {
      const KoalaBear z = KoalaBear::two_adic_generator(l + 1);
      KoalaBear power = KoalaBear::one();
      for (unsigned j = 0; j < 1u << l; ++j, power *= z) roots[(1u << l) - 1 + j] = power;
    }
    const std::size_t step = width << t;
    for (std::size_t i = begin; i < end; ++i, u *= g) {
      Twiddles<layers> twiddles;
      KoalaBear power = u;
      for (unsigned l = layers; l-- > 0; power = power.square()) {
        for (unsigned j = 0; j < 1u << l; ++j)
          twiddles.at[(1u << l) - 1 + j] = power * roots[(1u << l) - 1 + j];
      }
      KoalaBear* row = base + i * width;
      std::size_t j = 0;
      for (; j + P::lanes <= active; j += P::lanes) butterflies<P, layers>(row + j, step, twiddles);
      for (; j < active; ++j) butterflies<PackedScalar, layers>(row + j, step, twiddles);
    }
  }

  static void layers(KoalaBear* base, std::size_t width, std::size_t active, unsigned t, unsigned count,
                     std::size_t begin, std::size_t end) {
    switch (count) {
      case 1:
        return run<1>(base, width, active, t, begin, end);
      case 2:
        return run<2>(base, width, active, t, begin, end);
      case 3:
        return run<3>(base, width, active, t, begin, end);
      default:
        return run<4>(base, width, active, t, begin, end);
    }
  }

  static void spread(const KoalaBear* const* columns, std::size_t offset, std::size_t count,
                     std::size_t active, std::size_t width, unsigned r, KoalaBear* rows) {
    const std::size_t copies = std::size_t{1} << r;
    constexpr std::size_t tile = P::lanes;
    std::size_t j = 0;
    if constexpr (tile > 1) {
      for (; count % tile == 0 && j + tile <= width; j += tile) {
        for (std::size_t e = 0; e < count; e += tile) {
          P x[tile];
          for (std::size_t i = 0; i < tile; ++i) {
            x[i] = j + i < active ? P::load(columns[j + i] + offset + e) : P::zero();
          }
          P::transpose_square(x);
          for (std::size_t i = 0; i < tile; ++i) {
            for (std::size_t c = 0; c < copies; ++c) x[i].store(rows + ((e + i) * copies + c) * width + j);
          }
        }
      }
    }
    for (; j < width; ++j) {
      for (std::size_t e = 0; e < count; ++e) {
        const KoalaBear x = j < active ? columns[j][offset + e] : KoalaBear::zero();
        for (std::size_t c = 0; c < copies; ++c) rows[(e * copies + c) * width + j] = x;
      }
    }
  }
};

}  // namespace cairn::engine
