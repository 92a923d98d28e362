// The chain and its node against a whole pool under load: blocks are replaced under each step of the sender,
// transactions vanish, nonces are stuck behind full blocks, offers are worth nothing any more, and the node
// takes a transaction without saying so. tests/integration/sender does the same to the sender alone, in every
// state, and watches each proof that is shown.
#include <gtest/gtest.h>

#include "common/limits.h"
#include "pipeline/store_redis.h"
#include "tests/e2e/support/audit.h"
#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/feed.h"
#include "tests/e2e/support/must.h"
#include "tests/e2e/support/tier.h"
#include "tests/support/rpc_proxy.h"

namespace cairn::test {
namespace {

constexpr std::int64_t step_ms = 180'000;
constexpr std::uint64_t depth_max = 6;
constexpr std::size_t lines_first = 20, lines_per_blow = 8;
constexpr std::uint64_t full_blocks = 3;
constexpr std::uint64_t usual_fee = 1'000'000'000, high_fee = 60 * usual_fee;  // wei per gas
// What a sequence goes through whose prover is the only one, from its first nonce on: the other states need
// another prover, or a lost window.
const std::vector<std::string> states = {"commit_nonce", "commit_signed", "commit_sent",   "commit_mined",
                                         "window_open",  "reveal_nonce",  "reveal_signed", "reveal_sent",
                                         "verified",     "paid"};

class Sender : public testing::Test {
 protected:
  const unsigned blows = kills_wanted();
  Dice dice;
  Scene scene;
  RpcProxy proxy{scene.anvil().url()};
  std::optional<Pool> pool;
  std::optional<Feed> feed;
  std::unique_ptr<pipeline::RedisStore> store;

  void start(std::size_t lines) {
    pool.emplace(PoolSettings{.confirmations_final = depth_max + 1},
                 scene.prover("pool", 2'000'000, proxy.url()));
    feed.emplace(*pool, scene.open(make_sequences(lines, "1,2,1", dice.seed())), 8);
    scene.anvil().mine(depth_max);  // what was done so far stays
    scene.start_clock();
    pool->up();
    feed->start();
  }
  /// Whether some sequence is in that state of the sender now.
  bool is_in(const std::string& state) {
    if (!store) {
      pipeline::RedisStoreOptions options;
      options.redis.socket_path = pool->path("run/redis.sock");
      options.pool = "e2e";
      store = must(pipeline::RedisStore::open(std::move(options)));
    }
    const auto groups = must(store->groups(0, limits::height_max, 1'000));
    return std::any_of(groups.begin(), groups.end(), [&](const pipeline::GroupRecord& group) {
      const auto fact = group.facts.find("sender");
      return group.ended_ms == 0 && fact != group.facts.end() && fact->second == state;
    });
  }
  void a_moment() { pass_ms(dice.between(200, 1'400)); }
  /// What each transaction of the pool offers that waits for a block, wei per gas.
  std::vector<chain::U256> offers() {
    const chain::Address prover = address_of(pool->link());
    const Json waiting = scene.anvil().ask("txpool_content", Json::array());
    std::vector<chain::U256> out;
    for (const auto& [account, by_nonce] : waiting["pending"].items()) {
      if (must(chain::parse_address(account)) != prover) continue;
      for (const auto& [nonce, tx] : by_nonce.items()) {
        out.push_back(must(chain::U256::parse(tx["maxFeePerGas"].get<std::string>())));
      }
    }
    return out;
  }
  /// Hurts transactions that wait for the next block, none of which offers half of `high_fee` already, and
  /// goes on until one is replaced.
  void hurt_until_one_is_replaced(const std::function<void()>& hurt) {
    bool done = false;
    EXPECT_TRUE(eventually(step_ms, [&] {
      scene.clock().between_blocks([&] {
        const auto waiting = offers();
        done =
            !waiting.empty() && *std::max_element(waiting.begin(), waiting.end()) < chain::U256(high_fee / 2);
        if (done) hurt();
      });
      return done;
    }));
    const unsigned before = proxy.replacements();
    EXPECT_TRUE(eventually(step_ms, [&] {
      hurt();
      return proxy.replacements() > before;
    }));
  }
  void expect_pool_survived() { expect_survived(*pool, scene.anvil().url(), feed->enough(), 3 * step_ms); }
};

TEST_F(Sender, BlocksAreReplacedUnderEachStep) {
  std::vector<std::pair<std::string, std::uint64_t>> all;
  for (const std::string& state : states) {
    for (std::uint64_t depth = 1; depth <= depth_max; ++depth) all.emplace_back(state, depth);
  }
  dice.shuffle(all);
  // Each step once; in the survival tier with each depth.
  std::map<std::string, unsigned> times;
  const unsigned times_wanted = blows >= kills_survival ? depth_max : 1;
  start(lines_first + lines_per_blow * times_wanted * states.size());
  proxy.set_delay_ms(60);  // steps last long enough to be seen
  for (const auto& [state, depth] : all) {
    if (times[state] == times_wanted) continue;
    ++times[state];
    EXPECT_TRUE(eventually(step_ms, [&] { return is_in(state); })) << state;
    scene.reorg(depth);
  }
  proxy.set_delay_ms(0);
  std::printf("%zu steps, each %u times\n", times.size(), times_wanted);
  expect_pool_survived();
}

TEST_F(Sender, WaitingTransactionsVanish) {
  start(lines_first + lines_per_blow * blows);
  std::size_t dropped = 0;
  for (unsigned i = 0; i < blows; ++i) {
    a_moment();
    std::size_t waiting = 0;
    EXPECT_TRUE(eventually(step_ms, [&] { return (waiting = offers().size()) > 0; }));
    scene.anvil().ask("anvil_dropAllTransactions", Json::array());
    dropped += waiting;
  }
  std::printf("%zu transactions dropped\n", dropped);
  EXPECT_GE(dropped, blows);
  expect_pool_survived();
}

// Blocks are full with what pays more, until a transaction that waits was replaced, whose nonce is stuck. The
// node takes a replacement by the strictest rule only.
TEST_F(Sender, BlocksAreFull) {
  proxy.require_bump(1125);
  start(lines_first + lines_per_blow * blows);
  for (unsigned i = 0; i < blows; ++i) {
    a_moment();
    hurt_until_one_is_replaced([&] { scene.anvil().fill(full_blocks); });
  }
  std::printf("%u replaced, %u refused as too cheap\n", proxy.replacements(), proxy.underpriced());
  EXPECT_EQ(proxy.underpriced(), 0u);
  // Two sequences may meet at a nonce; they do not outbid each other.
  EXPECT_LE(proxy.most_outbid(), 2u);
  expect_pool_survived();
}

// The base fee jumps over what waits for a block: the node forgets it, and takes it for more only.
TEST_F(Sender, OffersAreWorthNothingAnyMore) {
  start(lines_first + lines_per_blow * blows);
  for (unsigned i = 0; i < blows; ++i) {
    a_moment();
    // Again and again: each empty block lowers it by an eighth.
    hurt_until_one_is_replaced([&] { scene.anvil().set_next_base_fee(high_fee); });
    scene.anvil().set_next_base_fee(usual_fee);
  }
  std::printf("%u replaced\n", proxy.replacements());
  expect_pool_survived();
}

TEST_F(Sender, TheNodeTakesTransactionsAndDoesNotSaySo) {
  start(lines_first + lines_per_blow * blows);
  const std::vector<Fault> faults = {Fault::stall_after, Fault::cut_after, Fault::stall_before,
                                     Fault::garbage};
  unsigned stalled = 0;
  for (unsigned i = 0; i < blows; ++i) {
    a_moment();
    const Fault fault = faults[i % faults.size()];
    const unsigned before = proxy.requests("eth_sendRawTransaction");
    proxy.inject("eth_sendRawTransaction", fault);
    EXPECT_TRUE(eventually(step_ms, [&] { return proxy.requests("eth_sendRawTransaction") > before; }));
    stalled += fault == Fault::stall_after || fault == Fault::stall_before ? 1 : 0;
    EXPECT_TRUE(proxy.wait_for_stalled(stalled));
  }
  std::printf("%u answers lost\n", blows);
  expect_pool_survived();
}

}  // namespace
}  // namespace cairn::test
