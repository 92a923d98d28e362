// The laws of a packed type, element by element against KoalaBear and Quintic: random values, edges, and all
// pairs of edges. A kernel table so that each type is tested in a file built for its instruction set.
#pragma once

#include <cstddef>

#include "prover/field/packed_quintic.h"

namespace cairn::engine::test {

enum class BaseOp {
  add,
  sub,
  mul,
  negate,
  cube,
  halve,
  divide_3,
  divide_4,
  divide_8,
  divide_24,
  add_and_cube,
  count
};
enum class ExtOp { add, sub, mul, negate, mul_base, add_base, sub_base, count };

/// Applies one operation to vectors; n is a multiple of lanes. Extension elements in planes of stride n.
struct PackedOps {
  std::size_t lanes;
  void (*base)(BaseOp op, const KoalaBear* a, const KoalaBear* b, KoalaBear* out, std::size_t n);
  void (*ext)(ExtOp op, const KoalaBear* a, const KoalaBear* b, KoalaBear* out, std::size_t n);
  KoalaBear (*sum)(const KoalaBear* a);
  /// 2 lanes elements: base ones, then extension ones in planes of stride 2 lanes. `even`, `odd` in planes of
  /// lanes.
  void (*unzip)(const KoalaBear* from, KoalaBear* even, KoalaBear* odd);
  void (*unzip_ext)(const KoalaBear* from, KoalaBear* even, KoalaBear* odd);
  /// The first `lanes` rows of 8 and of 16 elements, read transposed and written transposed with another
  /// step.
  void (*transpose)(const KoalaBear* rows, KoalaBear* columns, KoalaBear* back, std::size_t width);
};

extern const PackedOps packed_ops_scalar, packed_ops_avx2, packed_ops_avx512;

template <class P>
struct PackedOpsOf {
  static void base(BaseOp op, const KoalaBear* a, const KoalaBear* b, KoalaBear* out, std::size_t n) {
    for (std::size_t i = 0; i < n; i += P::lanes) {
      const P x = P::load(a + i), y = P::load(b + i);
      switch (op) {
        case BaseOp::add:
          (x + y).store(out + i);
          break;
        case BaseOp::sub:
          (x - y).store(out + i);
          break;
        case BaseOp::mul:
          (x * y).store(out + i);
          break;
        case BaseOp::negate:
          (-x).store(out + i);
          break;
        case BaseOp::cube:
          x.cube().store(out + i);
          break;
        case BaseOp::halve:
          x.halve().store(out + i);
          break;
        case BaseOp::divide_3:
          x.template divide_by_power<3>().store(out + i);
          break;
        case BaseOp::divide_4:
          x.template divide_by_power<4>().store(out + i);
          break;
        case BaseOp::divide_8:
          x.template divide_by_power<8>().store(out + i);
          break;
        case BaseOp::divide_24:
          x.template divide_by_power<24>().store(out + i);
          break;
        case BaseOp::add_and_cube:
          x.add_and_cube(b[0]).store(out + i);
          break;
        case BaseOp::count:
          break;
      }
    }
  }
  static void ext(ExtOp op, const KoalaBear* a, const KoalaBear* b, KoalaBear* out, std::size_t n) {
    using E = PackedQuintic<P>;
    for (std::size_t i = 0; i < n; i += P::lanes) {
      const E x = E::load(a, n, i), y = E::load(b, n, i);
      switch (op) {
        case ExtOp::add:
          (x + y).store(out, n, i);
          break;
        case ExtOp::sub:
          (x - y).store(out, n, i);
          break;
        case ExtOp::mul:
          (x * y).store(out, n, i);
          break;
        case ExtOp::negate:
          (-x).store(out, n, i);
          break;
        case ExtOp::mul_base:
          (x * y.c[0]).store(out, n, i);
          break;
        case ExtOp::add_base:
          (x + y.c[0]).store(out, n, i);
          break;
        case ExtOp::sub_base:
          (x - y.c[0]).store(out, n, i);
          break;
        case ExtOp::count:
          break;
      }
    }
  }
  static KoalaBear sum(const KoalaBear* a) { return P::load(a).sum(); }
  static void unzip(const KoalaBear* from, KoalaBear* even, KoalaBear* odd) {
    P x, y;
    P::load_unzipped(from, x, y);
    x.store(even);
    y.store(odd);
  }
  static void unzip_ext(const KoalaBear* from, KoalaBear* even, KoalaBear* odd) {
    PackedQuintic<P> x, y;
    PackedQuintic<P>::load_unzipped(from, 2 * P::lanes, 0, x, y);
    x.store(even, P::lanes, 0);
    y.store(odd, P::lanes, 0);
  }
  template <std::size_t W>
  CAIRN_DEVICE static void transpose_of(const KoalaBear* rows, KoalaBear* columns, KoalaBear* back) {
    P x[W];
    P::template load_transposed<W>(rows, W + 3, x);
    for (std::size_t j = 0; j < W; ++j) x[j].store(columns + j * P::lanes);
    P::template store_transposed<W>(x, back, W + 5);
  }
  static void transpose(const KoalaBear* rows, KoalaBear* columns, KoalaBear* back, std::size_t width) {
    if (width == 8) {
      transpose_of<8>(rows, columns, back);
    } else {
      transpose_of<16>(rows, columns, back);
    }
  }
  static constexpr PackedOps table{P::lanes, base, ext, sum, unzip, unzip_ext, transpose};
};

}  // namespace cairn::engine::test
