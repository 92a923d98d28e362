#include <gtest/gtest.h>

#include "prover/poly/ext_vector.h"
#include "tests/unit/prover/field/packed_laws.h"
#include "tests/unit/prover/isas.h"
#include "tests/unit/prover/random_elements.h"

namespace cairn::engine {
namespace {

using test::BaseOp;
using test::ExtOp;

const test::PackedOps& ops() {
  return kernels_of(test::packed_ops_scalar, test::packed_ops_avx2, test::packed_ops_avx512);
}

KoalaBear expected(BaseOp op, KoalaBear x, KoalaBear y, KoalaBear first) {
  switch (op) {
    case BaseOp::add:
      return x + y;
    case BaseOp::sub:
      return x - y;
    case BaseOp::mul:
      return x * y;
    case BaseOp::negate:
      return -x;
    case BaseOp::cube:
      return x * x * x;
    case BaseOp::halve:
      return x * KoalaBear::from(2).inverse();
    case BaseOp::divide_3:
      return x * KoalaBear::from(2).pow(3).inverse();
    case BaseOp::divide_4:
      return x * KoalaBear::from(2).pow(4).inverse();
    case BaseOp::divide_8:
      return x * KoalaBear::from(2).pow(8).inverse();
    case BaseOp::divide_24:
      return x * KoalaBear::from(2).pow(24).inverse();
    case BaseOp::add_and_cube:
      return (x + first).pow(3);
    case BaseOp::count:
      break;
  }
  return {};
}

Quintic expected(ExtOp op, const Quintic& x, const Quintic& y) {
  switch (op) {
    case ExtOp::add:
      return x + y;
    case ExtOp::sub:
      return x - y;
    case ExtOp::mul:
      return x * y;
    case ExtOp::negate:
      return -x;
    case ExtOp::mul_base:
      return x * y.c[0];
    case ExtOp::add_base:
      return x + y.c[0];
    case ExtOp::sub_base:
      return x - y.c[0];
    case ExtOp::count:
      break;
  }
  return {};
}

/// All pairs of edges, then random pairs; a multiple of 16.
void base_pairs(std::vector<KoalaBear>& a, std::vector<KoalaBear>& b) {
  for (const KoalaBear x : test::edges()) {
    for (const KoalaBear y : test::edges()) {
      a.push_back(x);
      b.push_back(y);
    }
  }
  test::RandomElements random;
  while (a.size() < 4096 || a.size() % 16 != 0) {
    a.push_back(random.base());
    b.push_back(random.base());
  }
}

TEST(Packed, BaseOperationsAreThoseOfEachElementBitForBit) {
  std::vector<KoalaBear> a, b;
  base_pairs(a, b);
  test::for_each_isa([&] {
    for (int op = 0; op < static_cast<int>(BaseOp::count); ++op) {
      for (const KoalaBear first : test::edges()) {
        b[0] = first;
        std::vector<KoalaBear> out(a.size());
        ops().base(BaseOp{op}, a.data(), b.data(), out.data(), a.size());
        for (std::size_t i = 0; i < a.size(); ++i) {
          ASSERT_EQ(out[i].raw(), expected(BaseOp{op}, a[i], b[i], first).raw())
              << op << ": " << a[i].raw() << ' ' << b[i].raw();
        }
      }
    }
  });
}

TEST(Packed, ExtensionOperationsAreThoseOfEachElementBitForBit) {
  test::RandomElements random;
  const std::vector<KoalaBear> edges = test::edges();
  const auto some = [&] {
    Quintic x = random.ext();
    const KoalaBear same = edges[random.bits() % edges.size()];
    const std::uint64_t kind = random.bits() % 3;
    for (KoalaBear& c : x.c) {
      if (kind == 1) c = same;
      if (kind == 2) c = edges[random.bits() % edges.size()];
    }
    return x;
  };
  std::vector<Quintic> a, b;
  for (int i = 0; i < 1 << 14; ++i) {
    a.push_back(some());
    b.push_back(some());
  }
  // Every coordinate p - 1 on one side, as large as sums of products get.
  a[0] = b[0] = {
      {-KoalaBear::one(), -KoalaBear::one(), -KoalaBear::one(), -KoalaBear::one(), -KoalaBear::one()}};
  const KoalaBear top = KoalaBear::from_raw(KoalaBear::modulus - 1);
  a[1] = {{top, top, top, top, top}};
  b[1] = {{top, KoalaBear::zero(), top, KoalaBear::one(), KoalaBear::from_raw(1)}};
  const ExtVector pa = ExtVector::of(a), pb = ExtVector::of(b);
  test::for_each_isa([&] {
    for (int op = 0; op < static_cast<int>(ExtOp::count); ++op) {
      ExtVector out(a.size());
      ops().ext(ExtOp{op}, pa.plane(0), pb.plane(0), out.plane(0), a.size());
      for (std::size_t i = 0; i < a.size(); ++i) {
        const Quintic want = expected(ExtOp{op}, a[i], b[i]);
        for (std::size_t c = 0; c < 5; ++c)
          ASSERT_EQ(out.get(i).c[c].raw(), want.c[c].raw()) << op << ' ' << i;
      }
    }
  });
}

TEST(Packed, SumsItsLanes) {
  test::RandomElements random;
  const std::vector<KoalaBear> x = random.bases(16);
  test::for_each_isa([&] {
    KoalaBear sum = KoalaBear::zero();
    for (std::size_t i = 0; i < ops().lanes; ++i) sum += x[i];
    EXPECT_EQ(ops().sum(x.data()), sum);
  });
}

TEST(Packed, UnzipsNeighbours) {
  test::RandomElements random;
  test::for_each_isa([&] {
    const std::size_t lanes = ops().lanes;
    const std::vector<KoalaBear> x = random.bases(5 * 2 * lanes);
    std::vector<KoalaBear> even(5 * lanes), odd(5 * lanes);
    for (const std::size_t planes : {1, 5}) {
      (planes == 1 ? ops().unzip : ops().unzip_ext)(x.data(), even.data(), odd.data());
      for (std::size_t i = 0; i < planes * lanes; ++i) {
        ASSERT_EQ(even[i], x[2 * i]) << i;
        ASSERT_EQ(odd[i], x[2 * i + 1]) << i;
      }
    }
  });
}

TEST(Packed, TransposesRowsOfEightAndSixteen) {
  test::RandomElements random;
  test::for_each_isa([&] {
    const std::size_t lanes = ops().lanes;
    for (const std::size_t width : {std::size_t{8}, std::size_t{16}}) {
      const std::vector<KoalaBear> rows = random.bases(lanes * (width + 3));
      std::vector<KoalaBear> columns(lanes * width), back(lanes * (width + 5));
      ops().transpose(rows.data(), columns.data(), back.data(), width);
      for (std::size_t i = 0; i < lanes; ++i) {
        for (std::size_t j = 0; j < width; ++j) {
          ASSERT_EQ(columns[j * lanes + i], rows[i * (width + 3) + j]) << i << ' ' << j;
          ASSERT_EQ(back[i * (width + 5) + j], rows[i * (width + 3) + j]) << i << ' ' << j;
        }
      }
    }
  });
}

}  // namespace
}  // namespace cairn::engine
