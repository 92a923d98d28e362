// The real contracts on a real chain, through EthChain. Needs contracts/forge build.
#include <gtest/gtest.h>

#include <fstream>

#include "chain/dev_keys.h"
#include "chain/eth_chain.h"
#include "chain/fees.h"
#include "chain/funding.h"
#include "chain/keccak.h"
#include "chain/send_and_wait.h"
#include "chain/two_step_abi.h"
#include "tests/support/anvil.h"
#include "tests/support/rpc_proxy.h"

namespace cairn::chain {
namespace {

using test::Anvil;
using test::RpcProxy;
using test::TempDir;

U256 ide(std::uint64_t n) { return U256(n).times(U256(1'000'000'000'000'000'000)).value(); }
std::filesystem::path artifacts() { return test::source_dir() / "contracts" / "out"; }

// The smallest verifier: accepts a proof whose first 32 bytes hash to the claim. By hand:
//   calldatacopy(0, 100, 32)  keccak256(0, 32) == calldataload(4) ? stop : revert(0, 0)
constexpr const char* preimage_verifier =
    "0x6016600a5f3960165ff3602060645f3760205f20600435146014575f5ffd5b00";

/// contracts/out with the verifier above beside the real contracts.
void write_artifacts(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder / "PreimageVerifier.sol");
  std::ofstream(folder / "PreimageVerifier.sol" / "PreimageVerifier.json")
      << Json{{"bytecode", {{"object", preimage_verifier}}}};
  for (const char* contract : {"IdeToken.sol", "TwoStepSubmission.sol", "ChainStepVerifier.sol"}) {
    std::filesystem::create_directory_symlink(artifacts() / contract, folder / contract);
  }
}

DeployPlan plan(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder)) write_artifacts(folder);
  DeployPlan out;
  out.artifacts = folder;
  out.verifier = "PreimageVerifier";
  out.windows = {.commit_blocks = 3, .reveal_blocks = 4, .settlement_blocks = 6, .withdrawal_blocks = 14};
  out.terms = {ide(100), ide(1), ide(10)};
  out.token_supply = ide(1'000'000);
  return out;
}

template <class T>
T must(Result<T> result) {
  if (!result.ok()) assert_failed(result.error().what.c_str(), __FILE__, __LINE__);
  return std::move(result).value();
}
void must(const Status& status) {
  if (!status.ok()) assert_failed(status.error().what.c_str(), __FILE__, __LINE__);
}

class ContractTest : public testing::Test {
 protected:
  static constexpr std::uint64_t reward_ide = 2;

  void SetUp() override {
    must(fund_prover(node, deployment, funder, prover_key, ide(500), U256(1)));
    must(send_tokens(node, deployment, funder, requester.address(), ide(50)));
    anvil.set_mining(false);
  }

  SequenceId open(std::uint64_t start, const Bytes& data = copy("{\"task\":1}")) {
    two_step::OpenArguments arguments{start,           start + 3, claim, deployment.verifier,
                                      ide(reward_ide), 10'000,    data};
    anvil.set_mining(true);
    const SequenceId id = must(open_sequence(node, deployment, requester, arguments));
    anvil.set_mining(false);
    return id;
  }

  Receipt send(const SignedTx& tx) {
    EXPECT_EQ(must(chain.broadcast(tx.raw)), Broadcast::accepted);
    anvil.mine();
    return must(chain.receipt(tx.hash)).value();
  }
  std::uint64_t nonce() { return must(chain.mined_nonce(signer.address())); }
  Fees fees() { return first_offer(must(chain.fee_market()), {}, UINT64_MAX); }

  Anvil anvil;
  EthNode node = anvil.node();
  TempDir dir;
  const SecretKey funder = dev_key(0);
  const SecretKey prover_key = dev_key(1);
  const SecretKey requester = dev_key(2);
  const Deployment deployment = must(deploy(node, funder, plan(dir / "artifacts"), dir / "contracts.json"));
  EthChain chain{anvil.node(), deployment.submission};
  const TwoStepSigner signer{dev_key(1), 31337, deployment.submission};
  const Bytes preimage = Bytes(32, 0x42);
  const Digest32 claim = keccak256(preimage);
  const Digest32 proof_hash = two_step::proof_hash(preimage, dev_key(1).address());
};

TEST_F(ContractTest, FromOpenToPaid) {
  const SequenceId id = open(100);
  const auto opened = must(chain.opened(deployment.block, must(chain.head()).number));
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_EQ(opened[0].id, id);
  EXPECT_EQ(opened[0].start_height, 100u);
  EXPECT_EQ(opened[0].end_height, 103u);
  EXPECT_EQ(opened[0].claim, claim);
  EXPECT_EQ(text(opened[0].data), "{\"task\":1}");

  SequenceView sequence = must(chain.sequence(id));
  EXPECT_EQ(sequence.state, SequenceState::open);
  EXPECT_EQ(sequence.round, 0u);
  EXPECT_EQ(sequence.claim, claim);
  EXPECT_EQ(sequence.verifier, deployment.verifier);
  EXPECT_EQ(sequence.reward, ide(reward_ide));

  const Windows windows = must(chain.windows());
  EXPECT_EQ(windows.commit_blocks, 3u);
  EXPECT_EQ(windows.reveal_blocks, 4u);
  EXPECT_EQ(windows.settlement_blocks, 6u);
  EXPECT_EQ(windows.withdrawal_blocks, 14u);

  const Simulation commit = must(chain.simulate(signer.address(), signer.commit_data(id, proof_hash)));
  ASSERT_TRUE(commit.succeeds) << commit.revert;
  const Receipt committed = send(signer.commit(id, proof_hash, nonce(), fees(), commit.gas));
  EXPECT_TRUE(committed.succeeded);
  ASSERT_EQ(committed.events.size(), 1u);
  EXPECT_EQ(committed.events[0].kind, Event::Kind::committed);
  EXPECT_EQ(committed.events[0].sequence, id);
  EXPECT_EQ(committed.events[0].prover, signer.address());
  EXPECT_EQ(committed.events[0].round, 1u);
  EXPECT_EQ(committed.block_hash, must(chain.block_hash(committed.block_number)).value());

  sequence = must(chain.sequence(id));
  EXPECT_EQ(sequence.first_commit_block, committed.block_number);
  EXPECT_EQ(sequence.committed_count, 1u);
  CommitmentView commitment = must(chain.commitment(id, 1, signer.address()));
  EXPECT_EQ(commitment.state, CommitmentState::committed);
  EXPECT_EQ(commitment.proof_hash, proof_hash);
  EXPECT_EQ(commitment.stake, ide(500));
  EXPECT_EQ(must(chain.prover(signer.address())).unsettled, 1u);
  const Simulation again = must(chain.simulate(signer.address(), signer.commit_data(id, proof_hash)));
  EXPECT_EQ(again.revert.substr(0, 17), "AlreadyCommitted(");

  anvil.mine(windows.commit_blocks);
  const Simulation reveal = must(chain.simulate(signer.address(), signer.reveal_data(id, preimage)));
  ASSERT_TRUE(reveal.succeeds) << reveal.revert;
  const U256 before = must(token_balance(node, deployment, signer.address()));
  const Receipt revealed = send(signer.reveal(id, preimage, nonce(), fees(), reveal.gas * 13 / 10));
  EXPECT_TRUE(revealed.succeeded);
  std::vector<Event::Kind> kinds;
  for (const Event& e : revealed.events) kinds.push_back(e.kind);
  EXPECT_EQ(kinds, (std::vector{Event::Kind::proven, Event::Kind::settled, Event::Kind::paid}));
  EXPECT_EQ(revealed.events.back().amount, ide(reward_ide));
  const U256 after = must(token_balance(node, deployment, signer.address()));
  EXPECT_EQ(after, before.plus(ide(reward_ide)).value());
  EXPECT_EQ(must(chain.sequence(id)).state, SequenceState::proven);
  commitment = must(chain.commitment(id, 1, signer.address()));
  EXPECT_EQ(commitment.state, CommitmentState::settled);
  EXPECT_TRUE(commitment.paid);
}

// T = block of the first commit: reveals are for blocks T+T1+1 … T+T1+T2 and for no other.
TEST_F(ContractTest, SimulationsKnowTheEdgesOfTheRevealWindow) {
  const SequenceId id = open(100);
  const std::uint64_t t = send(signer.commit(id, proof_hash, nonce(), fees(), 300'000)).block_number;
  const auto revert_in_block = [&](std::uint64_t block) {
    anvil.mine(block - 1 - must(chain.head()).number);
    return must(chain.simulate(signer.address(), signer.reveal_data(id, preimage))).revert;
  };
  EXPECT_EQ(revert_in_block(t + 3),
            "RevealTooEarly(sequenceId=0x" + hex(id) + ", firstBlock=" + std::to_string(t + 4) + ")");
  EXPECT_EQ(revert_in_block(t + 4), "");
  EXPECT_EQ(revert_in_block(t + 7), "");
  EXPECT_EQ(revert_in_block(t + 8),
            "RevealWindowClosed(sequenceId=0x" + hex(id) + ", lastBlock=" + std::to_string(t + 7) + ")");
}

TEST_F(ContractTest, AReceiptOfARevertedTransactionSaysSo) {
  const SequenceId id = open(100);
  const Receipt receipt = send(signer.reveal(id, preimage, nonce(), fees(), 300'000));
  EXPECT_FALSE(receipt.succeeded);
  EXPECT_TRUE(receipt.events.empty());
}

TEST_F(ContractTest, TheVerifierIsAskedBeforeAnythingIsStaked) {
  EXPECT_TRUE(must(chain.proof_accepted(deployment.verifier, claim, preimage)));
  EXPECT_FALSE(must(chain.proof_accepted(deployment.verifier, claim, Bytes(32, 0x43))));
  // An address without code does not revert, and still verifies nothing.
  EXPECT_FALSE(must(chain.proof_accepted(dev_key(9).address(), claim, preimage)));
  // One that answers nobody but the contract: CALLER PUSH20 … EQ PUSH1 29 JUMPI PUSH0 PUSH0 REVERT JUMPDEST
  // STOP.
  const std::string code = "3373" + hex(ByteView(deployment.submission)) + "14601d575f5ffd5b00";
  anvil.set_mining(true);
  const auto made =
      must(send_and_wait(node, funder, {{}, {}, from_hex("601f8060095f395ff3" + code).value(), {}}));
  EXPECT_TRUE(must(chain.proof_accepted(made.created.value(), claim, preimage)))
      << "it is asked as the contract";
}

TEST_F(ContractTest, ANodeThatDoesNotAskTheVerifierIsNoVerdict) {
  RpcProxy proxy(anvil.url());
  EthChain through(EthNode(must(RpcClient::create({.urls = {proxy.url()}}))), deployment.submission);
  proxy.answer("eth_call",
               R"({"jsonrpc":"2.0","id":$id,"error":{"code":-32602,"message":"invalid params"}})");
  EXPECT_FALSE(through.proof_accepted(deployment.verifier, claim, preimage).ok());
  EXPECT_TRUE(must(through.proof_accepted(deployment.verifier, claim, preimage)));
}

TEST_F(ContractTest, OpenedFindsTheBlocksItIsAskedFor) {
  const SequenceId first = open(100);
  const std::uint64_t first_block = must(chain.head()).number;
  const SequenceId second = open(200, Bytes(5000, 'x'));
  const std::uint64_t second_block = must(chain.head()).number;
  EXPECT_EQ(must(chain.opened(0, first_block)).size(), 1u);
  const auto late = must(chain.opened(first_block + 1, second_block));
  ASSERT_EQ(late.size(), 1u);
  EXPECT_EQ(late[0].id, second);
  EXPECT_EQ(late[0].block_number, second_block);
  EXPECT_EQ(late[0].data.size(), 5000u);
  EXPECT_EQ(must(chain.opened(first_block, second_block))[0].id, first);
  // A node that is behind says that it does not know yet, never that there is nothing.
  const auto unknown = chain.opened(second_block + 1, second_block + 100);
  ASSERT_FALSE(unknown.ok());
  EXPECT_TRUE(is_transient(unknown.error().code)) << unknown.error().what;
}

TEST_F(ContractTest, TooManyEventsAreAskedForInHalves) {
  open(100);
  const std::uint64_t first = must(chain.head()).number;
  open(200);
  open(300);
  const std::uint64_t last = must(chain.head()).number;
  RpcProxy proxy(anvil.url());
  EthChain halved(EthNode(must(RpcClient::create({.urls = {proxy.url()}}))), deployment.submission);
  proxy.answer(
      "eth_getLogs",
      R"({"jsonrpc":"2.0","id":$id,"error":{"code":-32005,"message":"query returned more than 2 results"}})",
      2);
  EXPECT_EQ(must(halved.opened(0, must(chain.head()).number)).size(), 3u);
  EXPECT_EQ(proxy.requests("eth_getLogs"), 5u) << "whole, first half, its two quarters, second half";
  for (std::uint64_t from = first - 1; from < last; ++from) {
    for (std::uint64_t to = from + 1; to <= last; ++to) {
      proxy.answer(
          "eth_getLogs",
          R"({"jsonrpc":"2.0","id":$id,"error":{"code":-32005,"message":"query returned more than 2 results"}})");
      EXPECT_EQ(must(halved.opened(from, to)).size(), must(chain.opened(from, to)).size())
          << "each block belongs to one half: " << from << " to " << to;
    }
  }
}

TEST_F(ContractTest, ABlockWithMoreEventsThanAnAnswerMayHoldIsNamed) {
  open(100);
  const SequenceId large = open(200, Bytes(5000, 'x'));
  const std::uint64_t block = must(chain.head()).number;
  open(300);
  const std::uint64_t last = must(chain.head()).number;
  const auto opened_within = [&](std::size_t bytes_max) {
    RpcSettings s{.urls = {anvil.url()}};
    s.reply_bytes_max = bytes_max;
    return EthChain(EthNode(must(RpcClient::create(std::move(s)))), deployment.submission).opened(0, last);
  };
  const auto refused = opened_within(8'000);  // the other blocks fit
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::exhausted);
  for (const std::string& words : {"block " + std::to_string(block) + " has more events",
                                   std::string("chain.rpc_reply_max_mib"), std::string("8000 bytes")})
    EXPECT_NE(refused.error().what.find(words), std::string::npos) << refused.error().what;
  const auto read = must(opened_within(16'000));
  ASSERT_EQ(read.size(), 3u) << "all three together are larger";
  EXPECT_EQ(read[1].id, large);
}

TEST_F(ContractTest, LogsThatWereNotAskedForAreCorrupt) {
  open(100);
  RpcProxy proxy(anvil.url());
  EthChain lied_to(EthNode(must(RpcClient::create({.urls = {proxy.url()}}))), deployment.submission);
  const std::uint64_t block = must(chain.head()).number;
  const Json filter{{"address", prefixed_hex(deployment.submission)},
                    {"topics", Json::array({prefixed_hex(two_step::opened_topic())})},
                    {"fromBlock", "0x0"},
                    {"toBlock", "latest"}};
  const Json honest = anvil.ask("eth_getLogs", Json::array({filter}));
  ASSERT_EQ(honest.size(), 1u);
  const auto answer = [&](const Json& logs) {
    proxy.answer("eth_getLogs", R"({"jsonrpc":"2.0","id":$id,"result":)" + logs.dump() + "}");
    return lied_to.opened(0, block);
  };
  EXPECT_TRUE(answer(honest).ok());
  proxy.answer("eth_getLogs", R"({"jsonrpc":"2.0","id":$id,"result":)" + honest.dump() + "}");
  EXPECT_FALSE(lied_to.opened(block + 1, block + 2).ok()) << "an older one";
  const auto changed = [&](const char* key, const Json& value) {
    Json logs = honest;
    logs[0][key] = value;
    return logs;
  };
  Json twice = honest;
  twice.push_back(honest[0]);
  for (const Json& logs :
       {changed("address", prefixed_hex(deployment.token)), changed("topics", Json::array()),
        changed("topics", Json::array({prefixed_hex(claim)})),
        changed("blockNumber", U256(block + 1).quantity()), changed("data", "0x00"),
        changed("data", "nothing"), changed("blockNumber", nullptr), twice, Json(1), Json::array({1})}) {
    const auto got = answer(logs);
    ASSERT_FALSE(got.ok()) << logs;
    EXPECT_EQ(got.error().code, Code::corrupt) << logs;
  }
}

TEST_F(ContractTest, DeploymentIsMadeOnce) {
  const std::uint64_t block = must(chain.head()).number;
  const Deployment again = must(deploy(node, funder, plan(dir / "artifacts"), dir / "contracts.json"));
  EXPECT_EQ(again.submission, deployment.submission);
  EXPECT_EQ(must(chain.head()).number, block) << "nothing was sent";
  must(fund_prover(node, deployment, funder, prover_key, ide(500), U256(1)));
  EXPECT_EQ(must(chain.head()).number, block) << "nothing was sent";
  EXPECT_EQ(must(chain.prover(prover_key.address())).stake, ide(500));
  anvil.set_mining(true);
  must(fund_prover(node, deployment, funder, prover_key, ide(600), U256(1)));
  EXPECT_EQ(must(chain.prover(prover_key.address())).stake, ide(600));
}

TEST_F(ContractTest, OtherParametersAreAConflict) {
  DeployPlan other = plan(dir / "artifacts");
  other.windows.commit_blocks = 4;
  EXPECT_EQ(deploy(node, funder, other, dir / "contracts.json").error().code, Code::conflict);
  other = plan(dir / "artifacts");
  other.terms.min_stake = ide(200);
  EXPECT_EQ(deploy(node, funder, other, dir / "contracts.json").error().code, Code::conflict);
}

TEST_F(ContractTest, AChainThatStartedAnewGetsNewContracts) {
  Anvil fresh;
  EthNode other = fresh.node();
  const Deployment made = must(deploy(other, funder, plan(dir / "artifacts"), dir / "contracts.json"));
  EXPECT_FALSE(must(other.code(made.submission)).empty());
  EXPECT_EQ(must(read_deployment(dir / "contracts.json")).submission, made.submission);
}

TEST_F(ContractTest, ADamagedRecordIsNotOverwritten) {
  std::ofstream(dir / "damaged.json") << "{\"chain_id\":31337,\"token\":\"0x12\"}";
  EXPECT_EQ(deploy(node, funder, plan(dir / "artifacts"), dir / "damaged.json").error().code, Code::corrupt);
}

TEST_F(ContractTest, MissingArtifactsSayWhatToDo) {
  DeployPlan other = plan(dir / "artifacts");
  other.artifacts = dir.path();
  const auto made = deploy(node, funder, other, dir / "none.json");
  EXPECT_EQ(made.error().code, Code::not_found);
  EXPECT_NE(made.error().what.find("contracts/forge build"), std::string::npos);
  EXPECT_EQ(read_bytecode(artifacts(), "IProofVerifier").error().code, Code::corrupt);
}

TEST_F(ContractTest, NoContractAtTheAddressIsAClearError) {
  EthChain nothing(anvil.node(), dev_key(9).address());
  EXPECT_EQ(nothing.windows().error().code, Code::not_found);
}

TEST_F(ContractTest, ASecondOpenIsAConflict) {
  open(100);
  anvil.set_mining(true);
  two_step::OpenArguments arguments{100, 103, claim, deployment.verifier, ide(1), 10'000, {}};
  const auto again = open_sequence(node, deployment, requester, arguments);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Code::conflict);
  EXPECT_NE(again.error().what.find("SequenceExists("), std::string::npos);
}

TEST_F(ContractTest, TheShippedVerifierDeploys) {
  anvil.set_mining(true);
  DeployPlan shipped = plan(dir / "artifacts");
  shipped.verifier = "ChainStepVerifier";
  const Deployment made = must(deploy(node, funder, shipped, dir / "shipped.json"));
  EXPECT_FALSE(must(chain.proof_accepted(made.verifier, claim, preimage)));
}

}  // namespace
}  // namespace cairn::chain
