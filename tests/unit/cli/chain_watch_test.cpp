#include "cli/chain_watch.h"

#include <gtest/gtest.h>

#include "tests/support/sim_chain.h"
#include "tests/unit/cli/metric_text.h"

namespace cairn::cli {
namespace {

using chain::Event;

struct ChainWatchTest : testing::Test {
  Metrics metrics;
  sim::SimChain chain{{10, 10, 10, 10}};
  std::map<std::uint64_t, std::vector<Event>> events;  // by block
  std::vector<std::pair<std::uint64_t, std::uint64_t>> asked;
  const chain::Address prover = sim::sim_address(1);
  ChainWatch watch{{chain,
                    [this](std::uint64_t from, std::uint64_t to) -> Result<std::vector<Event>> {
                      asked.emplace_back(from, to);
                      std::vector<Event> out;
                      for (auto block = from; block <= to; ++block) {
                        out.insert(out.end(), events[block].begin(), events[block].end());
                      }
                      return out;
                    },
                    prover, 3},
                   metrics};

  double read(const char* series) const { return value_of(metrics, series); }
  Event event(Event::Kind kind, const chain::Address& who, std::uint64_t amount = 0) const {
    Event out{};
    out.kind = kind;
    out.prover = who;
    out.amount = chain::U256(amount);
    return out;
  }
};

TEST_F(ChainWatchTest, CountsAReorgOnceHoweverDeep) {
  const auto anything = [](const sim::SimTx&) { return true; };
  for (int i = 0; i < 5; ++i) {
    chain.mine();
    ASSERT_TRUE(watch.look().ok());
  }
  EXPECT_EQ(read("cairn_chain_reorgs_total"), 0);
  chain.unwind(3, anything);
  chain.mine_many(4);
  ASSERT_TRUE(watch.look().ok());
  EXPECT_EQ(read("cairn_chain_reorgs_total"), 1);
  chain.mine();
  ASSERT_TRUE(watch.look().ok());
  EXPECT_EQ(read("cairn_chain_reorgs_total"), 1);
  chain.unwind(1, anything);
  chain.mine();
  ASSERT_TRUE(watch.look().ok());
  EXPECT_EQ(read("cairn_chain_reorgs_total"), 2);
}

TEST_F(ChainWatchTest, CountsOwnRewardsAndSlashesOnceWhenTheyAreDeep) {
  chain.mine_many(5);
  ASSERT_TRUE(watch.look().ok());  // begins behind block 3: what came before is history
  const std::uint64_t block = chain.number() + 1;
  events[1] = {event(Event::Kind::paid, prover, 1'000)};
  events[block] = {event(Event::Kind::paid, prover, 7), event(Event::Kind::paid, sim::sim_address(2), 100),
                   event(Event::Kind::slashed, prover), event(Event::Kind::settled, prover)};
  chain.mine_many(2);
  ASSERT_TRUE(watch.look().ok());
  EXPECT_EQ(read("cairn_prover_rewards_units_total"), 0) << "not deep enough";
  chain.mine();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(watch.look().ok());
  EXPECT_EQ(read("cairn_prover_rewards_units_total"), 7);
  EXPECT_EQ(read("cairn_prover_slashes_total"), 1);
}

TEST_F(ChainWatchTest, MakesUpForALookThatFailed) {
  chain.mine_many(5);
  ASSERT_TRUE(watch.look().ok());
  const std::uint64_t block = chain.number() + 1;
  events[block] = {event(Event::Kind::slashed, prover)};
  chain.mine_many(3);
  chain.before = [](std::string_view) { return Status(Error{Code::timeout, "no answer"}); };
  EXPECT_FALSE(watch.look().ok());
  chain.before = [](std::string_view) { return Status(); };
  chain.mine_many(4);
  ASSERT_TRUE(watch.look().ok());
  EXPECT_EQ(read("cairn_prover_slashes_total"), 1);
}

}  // namespace
}  // namespace cairn::cli
