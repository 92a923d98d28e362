#include "tests/e2e/support/audit.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "chain/keccak.h"
#include "chain/keystore.h"
#include "chain/two_step_abi.h"
#include "tests/e2e/support/must.h"

namespace cairn::test {
namespace {

using Kind = chain::Event::Kind;

constexpr const char* signatures[] = {
    "ProofHashCommitted(bytes32,address,uint64,bytes32,uint64)",
    "SequenceProven(bytes32,address,uint64,bytes32)",
    "CommitmentSettled(bytes32,address,uint64,bytes32)",
    "RewardPaid(bytes32,address,uint256)",
    "Slashed(bytes32,address,uint64,uint256,uint8)",
};

/// Tasks of one sequence by stage. Expects that each is done.
void count_tasks(const Json& sequence, std::map<std::string, std::uint64_t>& by_stage) {
  for (const Json& task : sequence["tasks"]) {
    EXPECT_EQ(task["state"], "done") << task.dump();
    ++by_stage[task["stage"].get<std::string>()];
  }
}

}  // namespace

chain::EthChain open_chain(const std::string& url, const std::string& contract) {
  auto rpc = must(chain::RpcClient::create({.urls = {url}, .total_timeout_ms = 60'000}));
  return chain::EthChain(chain::EthNode(std::move(rpc)), must(chain::parse_address(contract)));
}

Ledger read_ledger(chain::EthChain& chain) {
  Ledger out;
  const chain::Head head = must(chain.head());
  for (const char* signature : signatures) {
    const Digest32 topic = chain::keccak256(view(signature));
    for (const chain::Log& log : must(chain.node().logs(chain.contract(), topic, 0, head.number))) {
      const chain::Event event = must(chain::two_step::decode_event(log.topics, log.data));
      if (event.kind == Kind::proven) ++out.proven[event.sequence];
      Ledger::Share& share = out.shares[{event.sequence, event.prover}];
      share.committed += event.kind == Kind::committed ? 1 : 0;
      share.settled += event.kind == Kind::settled ? 1 : 0;
      share.slashed += event.kind == Kind::slashed ? 1 : 0;
      if (event.kind != Kind::paid) continue;
      ++share.paid;
      share.amount = must(share.amount.plus(event.amount));
    }
  }
  return out;
}

chain::Address address_of(const ChainLink& link) {
  return must(chain::load_key(link.keystore, link.password_file)).address();
}

chain::SequenceId sequence_id(const std::string& line) {
  return must(digest_from_hex(Json::parse(line)["sequence_id"].get<std::string>()));
}

bool all_end(const Pool& pool, const std::vector<std::string>& lines, std::int64_t timeout_ms) {
  return eventually(timeout_ms, [&] {
    const auto status = pool.status();
    if (!status) return false;
    std::size_t ended = 0;
    for (const Json& sequence : (*status)["sequences"]) ended += sequence["ended_ms"] != 0 ? 1 : 0;
    return ended == lines.size();
  });
}

void expect_all_done(const Pool& pool, const std::vector<std::string>& lines) {
  std::map<std::string, std::uint64_t> tasks;
  std::uint64_t batches = 0;
  for (const std::string& line : lines) {
    const std::uint64_t height = start_height(line);
    const Json sequences = pool.ask({"explain", std::to_string(height)});
    EXPECT_EQ(sequences.size(), 1u) << "sequences at height " << height;
    EXPECT_EQ(sequences[0]["state"], "verified") << "height " << height;
    count_tasks(sequences[0], tasks);
    batches += batch_count(line);
  }
  const Json status = pool.must_status();
  std::size_t verified = 0;
  for (const Json& sequence : status["sequences"]) verified += sequence["state"] == "verified" ? 1 : 0;
  std::printf("the pool: expected %zu verified sequences of %llu batches, found %zu of %llu\n", lines.size(),
              static_cast<unsigned long long>(batches), verified,
              static_cast<unsigned long long>(tasks["prove"]));
  EXPECT_EQ(status["sequences"].size(), lines.size());
  for (const auto& [stage, counts] : status["stages"].items()) {
    std::uint64_t left = 0;
    for (const char* state : {"ready", "leased", "waiting", "delayed", "dead"}) {
      left += counts[state].get<std::uint64_t>();
    }
    // Following the contract is a task that never ends.
    EXPECT_EQ(left, stage == "ingest" && pool.follows() ? 1u : 0u) << stage << counts.dump();
    // A task that was done twice, or done and forgotten, would make these differ.
    EXPECT_EQ(counts["done_total"], tasks[stage]) << stage;
  }
  EXPECT_EQ(tasks["ingest"], lines.size());
  EXPECT_EQ(tasks["split"], batches);
  EXPECT_EQ(tasks["prove"], batches);
}

void expect_all_paid_once(chain::EthChain& chain, const std::vector<std::string>& lines,
                          const chain::Address& prover) {
  const Ledger ledger = read_ledger(chain);
  unsigned proven = 0, paid = 0;
  for (const auto& [id, times] : ledger.proven) proven += times;
  for (const auto& [key, share] : ledger.shares) paid += share.paid;
  std::printf("the chain: expected %zu proven and %zu paid, found %u and %u\n", lines.size(), lines.size(),
              proven, paid);
  EXPECT_EQ(ledger.proven.size(), lines.size());
  EXPECT_EQ(ledger.shares.size(), lines.size()) << "somebody else takes part";
  for (const std::string& line : lines) {
    const chain::SequenceId id = sequence_id(line);
    SCOPED_TRACE("height " + std::to_string(start_height(line)));
    EXPECT_EQ(must(chain.sequence(id)).state, chain::SequenceState::proven);
    ASSERT_TRUE(ledger.proven.contains(id) && ledger.shares.contains({id, prover}));
    EXPECT_EQ(ledger.proven.at(id), 1u);
    const Ledger::Share& share = ledger.shares.at({id, prover});
    EXPECT_EQ(share.committed, 1u) << "rounds: a window was lost";
    EXPECT_EQ(share.settled, 1u);
    EXPECT_EQ(share.paid, 1u);
    EXPECT_EQ(share.amount.decimal(), tokens(Scene::reward_tokens).decimal());
  }
  const chain::ProverView view = must(chain.prover(prover));
  EXPECT_EQ(view.unsettled, 0u);
  EXPECT_TRUE(view.bonded.is_zero());
}

void expect_nothing_left(const Pool& pool) {
  EXPECT_EQ(processes_naming(pool.state()), std::vector<std::string>());
  EXPECT_EQ(pool.sockets(), 0u);
}

void expect_survived(Pool& pool, const std::string& url, const std::vector<std::string>& lines,
                     std::int64_t timeout_ms) {
  EXPECT_TRUE(all_end(pool, lines, timeout_ms)) << pool.must_status().dump(1);
  expect_all_done(pool, lines);
  chain::EthChain chain = open_chain(url, pool.link().contract);
  expect_all_paid_once(chain, lines, address_of(pool.link()));
  EXPECT_EQ(pool.stop(), 0);
  expect_nothing_left(pool);
}

}  // namespace cairn::test
