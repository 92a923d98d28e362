// A pool is bound to one chain: nodes that serve another are refused when it starts and while it runs.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/e2e/support/audit.h"
#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/must.h"
#include "tests/e2e/support/pool.h"
#include "tests/support/rpc_proxy.h"

namespace cairn::test {
namespace {

constexpr std::int64_t step_ms = 90'000;
constexpr int exit_failure = 1, exit_config = 78;

std::string id_of(const Pool& pool) {
  std::ifstream in(pool.path("pool.json"));
  return Json::parse(in)["chain_id"].dump();
}

Output start(const Pool& pool) {
  const std::filesystem::path config = std::filesystem::path(pool.state()).parent_path() / "pool.yaml";
  return run({cairn_program(), "up", "--config", config, "--state", pool.state()});
}

TEST(ChainId, UpRefusesANodeOfAnotherChainThanTheConfigurationNames) {
  Scene scene;
  const Pool pool({.more_chain = "  chain_id: 5\n"}, scene.prover("pool", 2'000'000));
  const Output out = start(pool);
  EXPECT_EQ(out.status, exit_config) << out.err;
  EXPECT_NE(
      out.err.find("chain.rpc: " + scene.anvil().url() + " serves chain 31337, but chain.chain_id is 5"),
      std::string::npos)
      << out.err;
  EXPECT_FALSE(std::filesystem::exists(pool.path("pool.json")));
}

TEST(ChainId, ANodeThatBecomesAnotherChainIsRefusedWhileThePoolRunsAndWhenItStartsAgain) {
  const Dice dice;
  Scene scene;
  Anvil other({.mining = Mining::manual, .chain_id = 4242});
  RpcProxy proxy(scene.anvil().url());
  Pool pool({.follow = true}, scene.prover("pool", 2'000'000, proxy.url()));
  const std::vector<std::string> lines = scene.open(make_sequences(1, "1", dice.seed()));
  scene.anvil().set_mining(false);  // the sequence waits for a block
  pool.up();
  EXPECT_EQ(id_of(pool), "31337");
  EXPECT_EQ(pool.produce(lines).status, 0);
  const std::string height = std::to_string(start_height(lines[0]));
  const auto fact = [&](const char* name) {
    return pool.ask({"explain", height})[0]["facts"].value(name, "");
  };
  EXPECT_TRUE(eventually(step_ms, [&] { return fact("sender") == "commit_sent"; })) << fact("sender");

  proxy.set_upstream(other.url());
  const std::string why = proxy.url() + ": serves chain 4242, not 31337";
  EXPECT_TRUE(eventually(step_ms, [&] { return fact("waiting_for").find(why) != std::string::npos; }))
      << fact("waiting_for");
  EXPECT_EQ(fact("sender"), "commit_sent") << "what another chain says changes nothing";
  const Output doctor = pool.cairn({"doctor"});
  EXPECT_EQ(doctor.status, exit_failure);
  EXPECT_NE(doctor.out.find(why), std::string::npos) << doctor.out;
  EXPECT_TRUE(eventually(step_ms, [&] {
    return pool.cairn({"doctor"}).out.find("WRONG follower") != std::string::npos;
  })) << doctor.out;
  EXPECT_EQ(pool.stop(), 0);

  const Output again = start(pool);
  EXPECT_EQ(again.status, exit_config) << again.err;
  EXPECT_NE(again.err.find(proxy.url() + " serves chain 4242, but this pool has worked on chain 31337"),
            std::string::npos)
      << again.err;
  EXPECT_EQ(id_of(pool), "31337");

  proxy.set_upstream(scene.anvil().url());
  scene.start_clock();
  pool.up();
  expect_survived(pool, scene.anvil().url(), lines);
}

}  // namespace
}  // namespace cairn::test
