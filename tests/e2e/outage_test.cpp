// The chain cannot be reached for a while, at random moments under load: its node refuses connections
// while blocks go on, or it freezes and answers nothing.
//
// Twenty outages of 30 s take a quarter of an hour. The usual run has two of them, one of each kind, and
// eighteen of 1 to 3 s; CAIRN_E2E_FULL=1 has twenty of 30 s.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/e2e/support/audit.h"
#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/feed.h"
#include "tests/support/rpc_proxy.h"

namespace cairn::test {
namespace {

constexpr unsigned outages = 20;
constexpr std::int64_t long_ms = 30'000;

TEST(Outage, TheChainIsAwayAtAnyMoment) {
  const bool full = std::getenv("CAIRN_E2E_FULL") != nullptr;
  Dice dice;
  Scene scene;
  RpcProxy proxy(scene.anvil().url());
  Pool pool({}, scene.prover("pool", 2'000'000, proxy.url()));
  Feed feed(pool, scene.open(make_sequences(full ? 400 : 120, "1,2,1,3", dice.seed())), 8);
  scene.start_clock();
  pool.up();
  feed.start();
  for (unsigned i = 0; i < outages; ++i) {
    pass_ms(full ? dice.between(3'000, 10'000) : dice.between(300, 1'200));
    const bool is_long = full || i == 6 || i == 13;
    const std::int64_t length_ms = is_long ? long_ms : dice.between(1'000, 3'000);
    const bool freezes = i % 2 == 1;
    freezes ? scene.anvil().pause() : proxy.set_down(true);
    pass_ms(length_ms);
    freezes ? scene.anvil().resume() : proxy.set_down(false);
  }
  expect_survived(pool, scene.anvil().url(), feed.enough());
}

}  // namespace
}  // namespace cairn::test
