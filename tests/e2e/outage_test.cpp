// The chain cannot be reached for a while, at random moments under load: its node refuses connections
// while blocks go on, or it freezes and answers nothing.
//
// Twenty outages of 30 s take a quarter of an hour. The short tier has one of them, and the others last 1
// to 3 s; in the survival tier every one lasts 30 s.
#include <gtest/gtest.h>

#include "tests/e2e/support/audit.h"
#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/feed.h"
#include "tests/e2e/support/tier.h"
#include "tests/support/rpc_proxy.h"

namespace cairn::test {
namespace {

constexpr std::int64_t long_ms = 30'000;

TEST(Outage, TheChainIsAwayAtAnyMoment) {
  const unsigned outages = kills_wanted();
  const bool full = outages >= kills_survival;
  Dice dice;
  Scene scene;
  RpcProxy proxy(scene.anvil().url());
  Pool pool({}, scene.prover("pool", 2'000'000, proxy.url()));
  Feed feed(pool, scene.open(make_sequences(20 * (outages + 1), "1,2,1,3", dice.seed())), 8);
  scene.start_clock();
  pool.up();
  feed.start();
  unsigned refusals = 0, freezes = 0, whole = 0;
  for (unsigned i = 0; i < outages; ++i) {
    pass_ms(full ? dice.between(3'000, 10'000) : dice.between(300, 1'200));
    const bool is_long = full || i == 1;
    const std::int64_t length_ms = is_long ? long_ms : dice.between(1'000, 3'000);
    const bool freeze = i % 2 == 1;
    whole += is_long ? 1 : 0;
    ++(freeze ? freezes : refusals);
    freeze ? scene.anvil().pause() : proxy.set_down(true);
    pass_ms(length_ms);
    freeze ? scene.anvil().resume() : proxy.set_down(false);
  }
  std::printf("outages: %u refused, %u frozen; %u of them of 30 s\n", refusals, freezes, whole);
  expect_survived(pool, scene.anvil().url(), feed.enough());
}

}  // namespace
}  // namespace cairn::test
