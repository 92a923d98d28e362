// Tables of whole segments, roots included.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "prover/parallel.h"
#include "tests/unit/prover/rv32/rig.h"

namespace cairn::rv32 {
namespace {

using testing::IsEmpty, testing::Not;

TEST(Trace, ARunOfAllFamiliesHasNoFaults) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    for (const Segment& segment : test::segments_of(test::all_families(seed).image(), 700)) {
      EXPECT_THAT(test::whole_faults_of(segment), IsEmpty())
          << "seed " << seed << ", segment " << segment.index;
    }
  }
}

TEST(Trace, AnotherClaimHasFaults) {
  const Segment segment = test::segments_of(test::all_families(7).image(), 700).front();
  ASSERT_THAT(test::whole_faults_of(segment), IsEmpty());
  Segment lie = segment;
  lie.root_end[2] += KoalaBear::one();
  EXPECT_THAT(test::whole_faults_of(lie), Not(IsEmpty()));
  lie = segment;
  lie.root_begin[0] += KoalaBear::one();
  EXPECT_THAT(test::whole_faults_of(lie), Not(IsEmpty()));
}

TEST(Trace, DoesNotDependOnThreads) {
  const Segment segment = test::segments_of(test::all_families(8).image(), 2000).front();
  const Recording recording = record(segment).value();
  const auto cells = [&](unsigned threads) {
    engine::set_thread_count(threads);
    const test::Tables tables(recording);
    std::vector<KoalaBear> out;
    for (const engine::TableView& table : tables.views()) {
      if (table.cells != nullptr)
        out.insert(out.end(), table.cells, table.cells + (std::size_t{table.width} << table.log_height));
    }
    return out;
  };
  const std::vector<KoalaBear> one = cells(1);
  for (const unsigned threads : {2u, 3u, 16u}) EXPECT_EQ(cells(threads), one) << threads;
  engine::set_thread_count(0);
}

}  // namespace
}  // namespace cairn::rv32
