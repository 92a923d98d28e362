#include "prover/prove/zerocheck.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <utility>

#include "prover/field/isa.h"
#include "prover/parallel.h"
#include "prover/poly/multilinear.h"
#include "tests/unit/prover/demo_machine.h"

namespace cairn::engine {
namespace {

const Domain kZerocheckDomain{"zerocheck test", 1, {}};

/// The demo machine with random weights; the sum is computed row by row.
struct Scene {
  Witness witness;
  std::vector<KoalaBear> publics = {KoalaBear::from(5), KoalaBear::from(6)};
  std::vector<TableTrace> traces;
  std::vector<Quintic> tau;
  std::vector<std::vector<Quintic>> weights;
  Quintic sum = Quintic::zero();

  Scene(LogHeights heights, std::size_t cubes, bool zero_tau = false)
      : witness(Witness::allocate(DemoMachine::shape(), std::move(heights)).value()) {
    fill_demo(witness.tables(), cubes, publics[0], publics[1], 1);
    traces = make_traces(DemoMachine::shape(), witness, machine_kernels<DemoMachine>);
    std::mt19937_64 random(2);
    const auto draw = [&] {
      Quintic out;
      for (KoalaBear& c : out.c) c = KoalaBear::from(random());
      return out;
    };
    for (unsigned i = 0; i < witness.layout().rounds; ++i)
      tau.push_back(zero_tau && i % 3 == 1 ? Quintic::zero() : draw());
    for (const TableTrace& trace : traces) {
      std::vector<Quintic> here;
      for (std::size_t i = 0; i < trace.shape->emissions.size(); ++i) here.push_back(draw());
      weights.push_back(std::move(here));
    }
    for (std::size_t t = 0; t < traces.size(); ++t) {
      const TableTrace& trace = traces[t];
      const auto eq = eq_table(std::span<const Quintic>(tau).last(trace.placed.log_height));
      for (std::size_t row = 0; row < trace.height(); ++row) {
        std::vector<Quintic> values;
        for (const KoalaBear* column : trace.columns) values.push_back(Quintic::from(column[row]));
        sum += eq[row] * trace.shape->fold(values.data(), values.data() + trace.shape->width, publics.data(),
                                           weights[t].data());
      }
    }
  }

  std::vector<std::uint8_t> prove(std::vector<TableClaim>* claims = nullptr) const {
    Writer<Poseidon2Sponge> writer(kZerocheckDomain);
    auto made =
        prove_zerocheck(writer, witness.layout(), std::span<const TableTrace>(traces), publics.data(),
                        std::span<const Quintic>(tau), std::span<const std::vector<Quintic>>(weights), sum);
    if (claims != nullptr) *claims = std::move(made);
    return writer.take();
  }
  VerifyError verify(const std::vector<std::uint8_t>& bytes, const Quintic& claimed) const {
    Reader<Poseidon2Sponge> reader(bytes, kZerocheckDomain);
    verify_zerocheck(reader, DemoMachine::shape(), witness.layout(), publics.data(),
                     std::span<const Quintic>(tau), std::span<const std::vector<Quintic>>(weights), claimed);
    return reader.finish();
  }
};

const LogHeights kShapes[] = {{8, 4, 5}, {8, 10, 11}, {8, 8, 8}, {8, 0, 4}, {8, 12, 9}};

TEST(Zerocheck, SumOverTablesOfDifferentHeightsIsAccepted) {
  for (const LogHeights& heights : kShapes) {
    const std::size_t cubes = heights[1] == 0 ? 0 : std::size_t{1} << (std::min(heights[1], heights[2]) - 1);
    const Scene scene(heights, cubes);
    std::vector<TableClaim> claims;
    const auto bytes = scene.prove(&claims);
    EXPECT_EQ(scene.verify(bytes, scene.sum), VerifyError::none);
    EXPECT_EQ(scene.verify(bytes, scene.sum + KoalaBear::one()), VerifyError::zerocheck);
    for (std::size_t t = 0; t < claims.size(); ++t) {
      for (std::size_t i = 0; i < claims[t].values.size(); ++i) {
        const auto column = scene.witness.table(claims[t].table).column(i);
        EXPECT_EQ(claims[t].values[i], evaluate(std::span<const KoalaBear>(column), claims[t].point))
            << t << " " << i;
      }
    }
  }
}

TEST(Zerocheck, ZeroCoordinatesOfThePointAreNoSpecialCase) {
  const Scene scene({8, 7, 9}, 100, true);
  EXPECT_EQ(scene.verify(scene.prove(), scene.sum), VerifyError::none);
}

TEST(Zerocheck, PaddingIsSkippedWithoutAChangeInTheProof) {
  for (const std::size_t cubes : {1u, 15u, 16u, 17u, 200u, 511u}) {
    Scene scene({8, 9, 10}, cubes);
    EXPECT_LE(scene.traces[0].used_rows, cubes + 2);
    const auto bytes = scene.prove();
    EXPECT_EQ(scene.verify(bytes, scene.sum), VerifyError::none) << cubes;
    for (TableTrace& trace : scene.traces) trace.used_rows = trace.height();
    EXPECT_EQ(scene.prove(), bytes) << cubes;
  }
}

/// Kernels that count the pairs of rows that they are given.
std::atomic<std::size_t> counted = 0;
template <std::size_t slot>
struct Counting {
  static inline TableKernels of;
  static void round_base(const BaseRows& rows, const Quintic* weights, ExtSpan eq, std::size_t begin,
                         std::size_t end, ZerocheckSums& sums) {
    counted += end - begin;
    of.round_base(rows, weights, eq, begin, end, sums);
  }
  static void round_ext(const ExtRows& rows, const Quintic* weights, ExtSpan eq, std::size_t begin,
                        std::size_t end, ZerocheckSums& sums) {
    counted += end - begin;
    of.round_ext(rows, weights, eq, begin, end, sums);
  }
  static const TableKernels* around(const TableKernels& kernels) {
    static TableKernels made;
    of = kernels;
    made = {kernels.leaves, round_base, round_ext};
    return &made;
  }
};

template <std::size_t... table>
std::size_t pairs_looked_at(Scene scene, std::index_sequence<table...>) {
  ((scene.traces[table].wide = Counting<2 * table>::around(*scene.traces[table].wide),
    scene.traces[table].scalar = Counting<2 * table + 1>::around(*scene.traces[table].scalar)),
   ...);
  counted = 0;
  EXPECT_EQ(scene.verify(scene.prove(), scene.sum), VerifyError::none);
  return counted;
}

TEST(Zerocheck, PaddingIsNoWork) {
  const std::make_index_sequence<3> all;
  const std::size_t full = pairs_looked_at(Scene({8, 12, 12}, 4095), all);
  const std::size_t padded = pairs_looked_at(Scene({8, 13, 13}, 4096), all);  // 4097 rows of Sums
  const std::size_t twice = pairs_looked_at(Scene({8, 13, 13}, 8191), all);
  EXPECT_EQ(full, 2u * 4095 + 255);
  EXPECT_EQ(twice, 2u * 8191 + 255);
  EXPECT_LT(padded, full * 21 / 20);
}

/// One row more than a power of two at every height, and heights whose last rounds are shorter than a vector.
TEST(Zerocheck, EveryNumberOfRowsIsProvedAndReadFromItsPadding) {
  for (std::uint8_t log_height = 4; log_height <= 11; ++log_height) {
    for (const std::size_t rows :
         {std::size_t{1}, (std::size_t{1} << (log_height - 1)) - 1, std::size_t{1} << (log_height - 1),
          (std::size_t{1} << (log_height - 1)) + 1, (std::size_t{1} << log_height) - 2}) {
      const Scene scene({8, log_height, 11}, rows);
      std::vector<TableClaim> claims;
      EXPECT_EQ(scene.verify(scene.prove(&claims), scene.sum), VerifyError::none);
      for (const TableClaim& claim : claims) {
        for (std::size_t i = 0; i < claim.values.size(); ++i) {
          const auto column = scene.witness.table(claim.table).column(i);
          EXPECT_EQ(claim.values[i], evaluate(std::span<const KoalaBear>(column), claim.point)) << rows;
        }
      }
    }
  }
}

TEST(Zerocheck, BytesDependNeitherOnThreadsNorOnTheInstructionSet) {
  const Scene scene({8, 11, 12}, 1500);
  const auto bytes = scene.prove();
  const Isa best = best_isa();
  for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    if (isa > best) continue;
    set_isa(isa);
    for (const unsigned threads : {1u, 2u, 4u}) {
      set_thread_count(threads);
      Scene again({8, 11, 12}, 1500);
      EXPECT_EQ(again.prove(), bytes) << isa_name(isa) << " " << threads;
    }
  }
  set_isa(best);
  set_thread_count(0);
}

}  // namespace
}  // namespace cairn::engine
