// EthNode against a real chain.
#include <gtest/gtest.h>

#include "chain/address.h"
#include "chain/dev_keys.h"
#include "chain/eth_node.h"
#include "chain/fees.h"
#include "chain/keccak.h"
#include "chain/send_and_wait.h"
#include "chain/transaction.h"
#include "tests/support/anvil.h"
#include "tests/support/rpc_proxy.h"

namespace cairn::chain {
namespace {

using test::Anvil;
using test::Mining;
using test::RpcProxy;

constexpr std::uint64_t gwei = 1'000'000'000;

/// A transfer of 1 wei from dev account 0 to dev account 1.
Transaction transfer(std::uint64_t nonce, std::uint64_t fee_gwei = 10, std::uint64_t tip_gwei = 1) {
  Transaction tx;
  tx.chain_id = 31337;
  tx.nonce = nonce;
  tx.fees = {U256(fee_gwei * gwei), U256(tip_gwei * gwei)};
  tx.gas = 21'000;
  tx.to = dev_key(1).address();
  tx.value = U256(1);
  return tx;
}

SignedTx signed_transfer(std::uint64_t nonce, std::uint64_t fee_gwei = 10, std::uint64_t tip_gwei = 1) {
  return sign(transfer(nonce, fee_gwei, tip_gwei), dev_key(0));
}

class NodeTest : public testing::Test {
 protected:
  Broadcast send(const SignedTx& tx) {
    const auto sent = node.broadcast(tx.raw);
    if (!sent.ok()) assert_failed(sent.error().what.c_str(), __FILE__, __LINE__);
    return *sent;
  }
  bool mined(const SignedTx& tx) { return node.receipt(tx.hash)->has_value(); }

  Anvil anvil{{.mining = Mining::manual}};
  EthNode node = anvil.node();
  const Address sender = dev_key(0).address();
};

TEST_F(NodeTest, ATransactionIsMinedAndHasAReceipt) {
  const SignedTx tx = signed_transfer(0);
  EXPECT_EQ(send(tx), Broadcast::accepted);
  EXPECT_FALSE(mined(tx));
  EXPECT_EQ(node.mined_nonce(sender).value(), 0u);
  EXPECT_EQ(node.pending_nonce(sender).value(), 1u);
  anvil.mine();
  const NodeReceipt receipt = node.receipt(tx.hash)->value();
  EXPECT_TRUE(receipt.succeeded);
  EXPECT_EQ(receipt.block_number, 1u);
  EXPECT_EQ(receipt.gas_used, 21'000u);
  EXPECT_EQ(receipt.block_hash, node.block_hash(1)->value());
  EXPECT_EQ(node.mined_nonce(sender).value(), 1u);
  EXPECT_EQ(node.balance(dev_key(1).address()).value(), U256::parse("10000000000000000000001").value());
}

TEST_F(NodeTest, HeadAndBlocks) {
  EXPECT_EQ(node.chain_id().value(), 31337u);
  anvil.mine(5);
  const Head head = node.head().value();
  EXPECT_EQ(head.number, 5u);
  EXPECT_EQ(node.block_hash(5)->value(), head.hash);
  EXPECT_NE(node.block_hash(4)->value(), head.hash);
  EXPECT_FALSE(node.block_hash(6)->has_value());
}

TEST_F(NodeTest, TheSameBytesAgainAreAccepted) {
  const SignedTx tx = signed_transfer(0);
  EXPECT_EQ(send(tx), Broadcast::accepted);
  EXPECT_EQ(send(tx), Broadcast::accepted);
  anvil.mine();
  EXPECT_EQ(node.mined_nonce(sender).value(), 1u);
  EXPECT_EQ(send(tx), Broadcast::nonce_too_low);
}

TEST_F(NodeTest, AUsedNonceIsTooLow) {
  send(signed_transfer(0));
  anvil.mine();
  EXPECT_EQ(send(signed_transfer(0, 20, 2)), Broadcast::nonce_too_low);
}

TEST_F(NodeTest, AReplacementTakesThePlace) {
  const SignedTx first = signed_transfer(0, 10, 1);
  const SignedTx second = signed_transfer(0, 12, 2);
  send(first);
  EXPECT_EQ(send(signed_transfer(0, 10, 1)), Broadcast::accepted);
  EXPECT_EQ(send(second), Broadcast::accepted);
  anvil.mine();
  EXPECT_TRUE(mined(second));
  EXPECT_FALSE(mined(first));
}

TEST_F(NodeTest, ACheaperReplacementIsUnderpriced) {
  send(signed_transfer(0, 10, 2));
  EXPECT_EQ(send(signed_transfer(0, 9, 1)), Broadcast::underpriced);
}

// anvil takes one wei more; the nodes of real networks do not, and the proxy stands for them.
TEST_F(NodeTest, TheStrictProxyRefusesWhatAnvilTakes) {
  RpcProxy proxy(anvil.url());
  proxy.require_bump(1125);
  EthNode strict(RpcClient::create({.urls = {proxy.url()}}).value());
  const Transaction first = transfer(0);
  Transaction cheap = first;
  cheap.fees.max_fee_per_gas = first.fees.max_fee_per_gas.plus(U256(1)).value();
  cheap.fees.max_priority_fee_per_gas = first.fees.max_priority_fee_per_gas.plus(U256(1)).value();
  Transaction raised = first;
  raised.fees = raised_offer(first.fees, {U256(gwei), U256(gwei)}, {}, UINT64_MAX).value();
  ASSERT_TRUE(replaces(first.fees, raised.fees));
  EXPECT_FALSE(replaces(first.fees, cheap.fees));

  EXPECT_EQ(strict.broadcast(sign(first, dev_key(0)).raw).value(), Broadcast::accepted);
  EXPECT_EQ(strict.broadcast(sign(first, dev_key(0)).raw).value(), Broadcast::accepted);
  EXPECT_EQ(strict.broadcast(sign(cheap, dev_key(0)).raw).value(), Broadcast::underpriced);
  EXPECT_EQ(proxy.underpriced(), 1u);
  EXPECT_EQ(node.broadcast(sign(cheap, dev_key(0)).raw).value(), Broadcast::accepted) << "anvil is lax";
  EXPECT_EQ(strict.broadcast(sign(raised, dev_key(0)).raw).value(), Broadcast::accepted);
  anvil.mine();
  EXPECT_TRUE(mined(sign(raised, dev_key(0))));
}

TEST_F(NodeTest, TheStrictProxyForgetsWhatTheNodeForgot) {
  RpcProxy proxy(anvil.url());
  proxy.require_bump(1125);
  EthNode strict(RpcClient::create({.urls = {proxy.url()}}).value());
  const SignedTx first = signed_transfer(0, 10, 2);
  EXPECT_EQ(strict.broadcast(first.raw).value(), Broadcast::accepted);
  EXPECT_EQ(strict.broadcast(signed_transfer(0, 9, 1).raw).value(), Broadcast::underpriced);
  anvil.drop(first.hash);
  EXPECT_EQ(strict.broadcast(signed_transfer(0, 9, 1).raw).value(), Broadcast::accepted);
}

TEST_F(NodeTest, AnOfferBelowTheBaseFeeIsNotMined) {
  anvil.set_next_base_fee(50 * gwei);
  const SignedTx tx = signed_transfer(0, 10, 1);
  const auto sent = node.broadcast(tx.raw);
  ASSERT_TRUE(sent.ok()) << sent.error().what;
  EXPECT_TRUE(*sent == Broadcast::accepted || *sent == Broadcast::underpriced);
  anvil.mine();
  EXPECT_FALSE(mined(tx));
}

TEST_F(NodeTest, AnAccountThatCannotPay) {
  const SecretKey poor = SecretKey::from_bytes(keccak256("nobody funds this one")).value();
  EXPECT_EQ(node.broadcast(sign(transfer(0), poor).raw).value(), Broadcast::insufficient_funds);
}

TEST_F(NodeTest, BytesThatNoNodeTakesAreRejected) {
  Transaction other_chain = transfer(0);
  other_chain.chain_id = 1;
  EXPECT_EQ(node.broadcast(sign(other_chain, dev_key(0)).raw).value(), Broadcast::rejected);
  EXPECT_EQ(node.broadcast(from_hex("02c0").value()).value(), Broadcast::rejected);
  Transaction no_gas = transfer(0);
  no_gas.gas = 20'999;
  EXPECT_EQ(node.broadcast(sign(no_gas, dev_key(0)).raw).value(), Broadcast::rejected);
  Transaction upside_down = transfer(0, 1, 10);
  EXPECT_EQ(node.broadcast(sign(upside_down, dev_key(0)).raw).value(), Broadcast::rejected);
}

TEST_F(NodeTest, ADroppedTransactionIsTakenAgain) {
  const SignedTx tx = signed_transfer(0);
  send(tx);
  EXPECT_TRUE(anvil.in_pool(tx.hash));
  anvil.drop(tx.hash);
  EXPECT_FALSE(anvil.in_pool(tx.hash));
  anvil.mine();
  EXPECT_FALSE(mined(tx));
  EXPECT_EQ(send(tx), Broadcast::accepted);
  anvil.mine();
  EXPECT_TRUE(mined(tx));
}

TEST_F(NodeTest, AReorgTakesTheReceiptAway) {
  for (std::uint64_t depth = 1; depth <= 6; ++depth) {
    const std::uint64_t nonce = node.mined_nonce(sender).value();
    const SignedTx tx = signed_transfer(nonce);
    send(tx);
    anvil.mine(depth);
    const NodeReceipt before = node.receipt(tx.hash)->value();
    anvil.reorg(depth);
    EXPECT_FALSE(mined(tx)) << "depth " << depth;
    EXPECT_NE(node.block_hash(before.block_number)->value(), before.block_hash);
    EXPECT_EQ(node.mined_nonce(sender).value(), nonce);
    EXPECT_EQ(send(tx), Broadcast::accepted);
    anvil.mine();
    EXPECT_TRUE(mined(tx));
  }
}

TEST_F(NodeTest, TheFeeMarketIsThatOfTheNextBlock) {
  anvil.set_next_base_fee(7 * gwei);
  anvil.mine();
  const FeeMarket market = node.fee_market().value();
  // An empty block takes an eighth off.
  EXPECT_EQ(market.base_fee, U256(7 * gwei - 7 * gwei / 8));
  EXPECT_EQ(market.priority_fee, U256(gwei));
}

// PUSH1 6 NUMBER LT: reverts in every block below 6.
const Bytes from_block_6 = from_hex("60064310600857005b5f5ffd").value();

TEST_F(NodeTest, SimulationsRunInTheNextBlock) {
  anvil.mine(4);
  EXPECT_FALSE(node.simulate({{}, {}, from_block_6, {}})->succeeds);
  anvil.mine();
  const Simulation next = node.simulate({{}, {}, from_block_6, {}}).value();
  EXPECT_TRUE(next.succeeds) << next.revert;
  EXPECT_GT(next.gas, 21'000u);
}

TEST_F(NodeTest, NodesWithoutOverridesAreAskedAnotherWay) {
  RpcProxy proxy(anvil.url());
  EthNode through(RpcClient::create({.urls = {proxy.url()}}).value());
  anvil.mine(5);
  const char* refusal =
      R"({"jsonrpc":"2.0","id":$id,"error":{"code":-32602,"message":"too many arguments, want at most 3"}})";
  proxy.answer("eth_estimateGas", refusal);
  EXPECT_TRUE(through.simulate({{}, {}, from_block_6, {}})->succeeds) << "by the pending block";
  EXPECT_EQ(proxy.requests("eth_estimateGas"), 2u);
  EXPECT_TRUE(through.simulate({{}, {}, from_block_6, {}})->succeeds);
  EXPECT_EQ(proxy.requests("eth_estimateGas"), 3u) << "the way that worked is kept";
  proxy.answer("eth_estimateGas", refusal, 2);
  EXPECT_FALSE(through.simulate({{}, {}, from_block_6, {}}).ok());
}

TEST_F(NodeTest, ACallThatRevertsSaysWhy) {
  // Reverts with Panic(0x11): the selector at 0, the code behind it.
  const Bytes panics = from_hex("634e487b715f5260116020526024601cfd").value();
  const CallResult result = node.call({{}, {}, panics, {}}).value();
  EXPECT_FALSE(result.succeeded);
  EXPECT_EQ(result.revert, "Panic(17)");
  EXPECT_EQ(node.simulate({{}, {}, panics, {}})->revert, "Panic(17)");
}

TEST_F(NodeTest, SendAndWaitDeploysAndReports) {
  anvil.set_mining(true);
  // Init code that returns one byte of code, 00.
  const auto made = send_and_wait(node, dev_key(0), {{}, {}, from_hex("60016000f3").value(), {}});
  ASSERT_TRUE(made.ok()) << made.error().what;
  EXPECT_EQ(made->created, created_address(sender, 0));
  EXPECT_EQ(node.code(*made->created).value(), Bytes{0});
  const auto reverts = send_and_wait(node, dev_key(0), {{}, {}, from_hex("5f5ffd").value(), {}});
  EXPECT_EQ(reverts.error().code, Code::conflict);
}

TEST_F(NodeTest, SendAndWaitGivesUpInTime) {
  const auto waited =
      send_and_wait(node, dev_key(0), {{}, dev_key(1).address(), {}, U256(1)}, {.timeout_ms = 200});
  ASSERT_FALSE(waited.ok()) << "nobody mines";
  EXPECT_EQ(waited.error().code, Code::timeout);
}

TEST_F(NodeTest, SendAndWaitSaysHowMuchEtherIsMissing) {
  const SecretKey poor = SecretKey::from_bytes(keccak256(view("poor"))).value();
  const auto sent = send_and_wait(node, poor, {{}, dev_key(1).address(), {}, U256(7)});
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().code, Code::failed);
  EXPECT_NE(sent.error().what.find(address_text(poor.address()) + " has 0 wei, the transaction may need "),
            std::string::npos)
      << sent.error().what;
  EXPECT_NE(sent.error().what.find(" wei are missing"), std::string::npos) << sent.error().what;
}

TEST_F(NodeTest, SendAndWaitStopsWhenItIsTold) {
  const std::atomic<bool> stop = true;
  const auto sent = send_and_wait(node, dev_key(0), {{}, dev_key(1).address(), {}, U256(1)}, {.stop = &stop});
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().code, Code::cancelled);
}

TEST(Anvil, KeepsItsChainOverARestart) {
  Anvil anvil({.mining = Mining::manual, .keep_state = true});
  EthNode node = anvil.node();
  ASSERT_TRUE(node.broadcast(signed_transfer(0).raw).ok());
  anvil.mine(3);
  const Head before = node.head().value();
  anvil.stop();
  EXPECT_EQ(node.head().error().code, Code::unavailable);
  anvil.start();
  EXPECT_EQ(node.head()->hash, before.hash);
  EXPECT_TRUE(node.receipt(signed_transfer(0).hash)->has_value());
}

}  // namespace
}  // namespace cairn::chain
