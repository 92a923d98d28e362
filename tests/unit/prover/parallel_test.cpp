#include "prover/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

namespace cairn::engine {
namespace {

class Parallel : public testing::TestWithParam<unsigned> {
 protected:
  void SetUp() override { set_thread_count(GetParam()); }
  void TearDown() override { set_thread_count(0); }
};

TEST_P(Parallel, VisitsEachIndexOnceInChunksThatDependOnSizesAlone) {
  EXPECT_EQ(thread_count(), GetParam());
  for (const std::size_t n : {0u, 1u, 9u, 10u, 11u, 1003u}) {
    std::mutex mutex;
    std::set<std::pair<std::size_t, std::size_t>> chunks;
    parallel_for(n, 10, [&](std::size_t begin, std::size_t end) {
      const std::lock_guard lock(mutex);
      EXPECT_TRUE(chunks.insert({begin, end}).second);
    });
    std::set<std::pair<std::size_t, std::size_t>> expected;
    for (std::size_t i = 0; i < n; i += 10) expected.insert({i, std::min(n, i + 10)});
    EXPECT_EQ(chunks, expected);
  }
}

TEST_P(Parallel, SumsInTheOrderOfChunks) {
  // Not commutative: the order shows.
  struct Text {
    std::string s;
    Text operator+(const Text& o) const { return {s + o.s}; }
  };
  const auto digit = [](std::size_t begin, std::size_t) { return Text{std::to_string(begin)}; };
  EXPECT_EQ(parallel_sum(40, 10, Text{"="}, digit).s, "=0102030");
  EXPECT_EQ(parallel_sum(0, 10, Text{"="}, digit).s, "=");
}

TEST_P(Parallel, Nests) {
  std::atomic<int> calls = 0;
  parallel_for(8, 1, [&](std::size_t, std::size_t) {
    parallel_for(8, 1, [&](std::size_t, std::size_t) { ++calls; });
  });
  EXPECT_EQ(calls, 64);
}

INSTANTIATE_TEST_SUITE_P(Threads, Parallel, testing::Values(1u, 2u, 4u));

}  // namespace
}  // namespace cairn::engine
