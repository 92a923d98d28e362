// The RPC client against nodes and networks that fail.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "chain/dev_keys.h"
#include "chain/eth_node.h"
#include "chain/send_and_wait.h"
#include "chain/transaction.h"
#include "common/clock.h"
#include "tests/support/anvil.h"
#include "tests/support/rpc_proxy.h"

namespace cairn::chain {
namespace {

using test::Anvil;
using test::Fault;
using test::Listener;
using test::Mining;
using test::RpcProxy;
using test::Socket;

SignedTx transfer(std::uint64_t nonce) {
  Transaction tx;
  tx.chain_id = 31337;
  tx.nonce = nonce;
  tx.fees = {U256(10'000'000'000), U256(1'000'000'000)};
  tx.gas = 21'000;
  tx.to = dev_key(1).address();
  return sign(tx, dev_key(0));
}

RpcSettings settings(std::vector<std::string> urls) {
  RpcSettings out;
  out.urls = std::move(urls);
  out.connect_timeout_ms = 2'000;
  out.total_timeout_ms = 30'000;
  return out;
}

EthNode node_at(std::vector<std::string> urls, long timeout_ms = 30'000) {
  RpcSettings s = settings(std::move(urls));
  s.total_timeout_ms = timeout_ms;
  return EthNode(RpcClient::create(std::move(s)).value());
}

/// Does something when it is still there after patience_ms: so a client that waits for ever gets another
/// answer than the one that its test expects.
class Deadline {
 public:
  explicit Deadline(std::function<void()> late)
      : thread_([late = std::move(late)](const std::stop_token& over) {
          std::mutex mutex;
          std::unique_lock lock(mutex);
          std::condition_variable_any ended;
          ended.wait_for(lock, over, std::chrono::milliseconds(patience_ms), [] { return false; });
          if (!over.stop_requested()) late();
        }) {}

 private:
  static constexpr std::int64_t patience_ms = 5'000;  // every timeout here is far below
  std::jthread thread_;
};

class RpcFaults : public testing::Test {
 protected:
  Anvil anvil{{.mining = Mining::manual}};
  RpcProxy proxy{anvil.url()};
  EthNode node = node_at({proxy.url()});
  const SignedTx tx = transfer(0);
};

// reliability: "An RPC error does not mean the tx was not accepted."
TEST_F(RpcFaults, ATimeoutAfterTheNodeAcceptedIsUnknownAndRepeatable) {
  EthNode hasty = node_at({proxy.url()}, 1'000);
  proxy.inject("eth_sendRawTransaction", Fault::stall_after);
  const Deadline deadline([this] { proxy.heal(); });
  const auto sent = hasty.broadcast(tx.raw);
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().code, Code::timeout);
  ASSERT_TRUE(proxy.wait_for_stalled(1));
  EXPECT_TRUE(anvil.in_pool(tx.hash)) << "the node has it";
  EXPECT_EQ(node.broadcast(tx.raw).value(), Broadcast::accepted);
  anvil.mine();
  EXPECT_EQ(node.mined_nonce(dev_key(0).address()).value(), 1u);
}

TEST_F(RpcFaults, ACutAfterTheNodeAcceptedIsUnknownAndRepeatable) {
  proxy.inject("eth_sendRawTransaction", Fault::cut_after);
  EXPECT_EQ(node.broadcast(tx.raw).error().code, Code::unavailable);
  EXPECT_TRUE(anvil.in_pool(tx.hash));
  EXPECT_EQ(node.broadcast(tx.raw).value(), Broadcast::accepted);
}

TEST_F(RpcFaults, ALostRequestLooksTheSame) {
  proxy.inject("eth_sendRawTransaction", Fault::cut_before);
  EXPECT_EQ(node.broadcast(tx.raw).error().code, Code::unavailable);
  EXPECT_FALSE(anvil.in_pool(tx.hash));
  EXPECT_EQ(node.broadcast(tx.raw).value(), Broadcast::accepted);
}

TEST_F(RpcFaults, ATimeoutAfterTheNodeMinedItIsFoundByItsReceipt) {
  EthNode hasty = node_at({proxy.url()}, 1'000);
  proxy.inject("eth_sendRawTransaction", Fault::stall_after);
  const Deadline deadline([this] { proxy.heal(); });
  EXPECT_EQ(hasty.broadcast(tx.raw).error().code, Code::timeout);
  ASSERT_TRUE(proxy.wait_for_stalled(1));
  anvil.mine();
  EXPECT_EQ(node.broadcast(tx.raw).value(), Broadcast::nonce_too_low);
  EXPECT_TRUE(node.receipt(tx.hash)->has_value());
}

TEST_F(RpcFaults, GatewayErrorsAreTransient) {
  for (const Fault fault : {Fault::http_429, Fault::http_503}) {
    proxy.inject("", fault);
    const auto head = node.head();
    ASSERT_FALSE(head.ok());
    EXPECT_EQ(head.error().code, Code::unavailable);
    const char* const why = fault == Fault::http_429 ? "limits our rate" : "HTTP status 503";
    EXPECT_NE(head.error().what.find(why), std::string::npos) << head.error().what;
    EXPECT_TRUE(node.head().ok()) << "and over at once";
  }
}

TEST_F(RpcFaults, GarbageIsCorrupt) {
  proxy.inject("", Fault::garbage);
  EXPECT_EQ(node.head().error().code, Code::corrupt);
}

TEST_F(RpcFaults, AnswersThatMakeNoSenseAreCorrupt) {
  const auto expect_corrupt = [&](const char* method, const char* result, auto ask) {
    proxy.answer(method, std::string(R"({"jsonrpc":"2.0","id":$id,"result":)") + result + "}");
    const auto got = ask();
    ASSERT_FALSE(got.ok()) << method << " " << result;
    EXPECT_EQ(got.error().code, Code::corrupt) << method << " " << result;
  };
  const auto head = [&] { return node.head(); };
  const auto receipt = [&] { return node.receipt(tx.hash); };
  const auto broadcast = [&] { return node.broadcast(tx.raw); };
  const auto nonce = [&] { return node.mined_nonce(dev_key(0).address()); };
  const auto fees = [&] { return node.fee_market(); };
  for (const char* r : {"null", "1", "[]", "{}", R"({"number":"0x1"})", R"({"number":"0x01","hash":"0x00"})",
                        R"({"number":"0x10000000000000000","hash":"0x00"})"}) {
    expect_corrupt("eth_getBlockByNumber", r, head);
  }
  const std::string block_5 = R"({"number":"0x5","hash":")" + prefixed_hex(Bytes(32, 1)) + "\"}";
  expect_corrupt("eth_getBlockByNumber", block_5.c_str(), [&] { return node.block_hash(4); });
  for (const char* r :
       {"1", "{}", R"({"transactionHash":"0x00"})",
        R"({"transactionHash":"0x0000000000000000000000000000000000000000000000000000000000000001"})"}) {
    expect_corrupt("eth_getTransactionReceipt", r, receipt);
  }
  const std::string digest = "\"" + prefixed_hex(Bytes(32, 1)) + "\"";
  const std::string of_another = R"({"transactionHash":)" + digest + R"(,"blockHash":)" + digest +
                                 R"(,"blockNumber":"0x1","status":"0x1","gasUsed":"0x5208","logs":[]})";
  expect_corrupt("eth_getTransactionReceipt", of_another.c_str(), receipt);
  for (const char* r : {"null", "\"0x1\"", "true",
                        R"("0x0000000000000000000000000000000000000000000000000000000000000001")"}) {
    expect_corrupt("eth_sendRawTransaction", r, broadcast);
  }
  for (const char* r : {"null", "5", "\"5\"", "\"0x\"", "\"0x05\"", "\"0x10000000000000000\""}) {
    expect_corrupt("eth_getTransactionCount", r, nonce);
  }
  for (const char* r : {"null", "{}", R"({"baseFeePerGas":["0x1","0x2"]})", R"({"gasUsedRatio":[0]})",
                        R"({"gasUsedRatio":0,"baseFeePerGas":["0x1","0x2"]})",
                        R"({"gasUsedRatio":[0],"baseFeePerGas":["0x1"]})",
                        R"({"gasUsedRatio":[0],"baseFeePerGas":["0x1",2]})",
                        R"({"gasUsedRatio":[0],"baseFeePerGas":["0x1","0x2","0x3"]})",
                        R"({"gasUsedRatio":[0,0],"baseFeePerGas":["0x1","0x2"]})"}) {
    expect_corrupt("eth_feeHistory", r, fees);
  }
}

// What nodes answer to eth_feeHistory just after a block, before its fees are in their history.
constexpr const char* behind_its_chain[] = {
    // anvil 1.x
    R"({"jsonrpc":"2.0","id":$id,"result":{"baseFeePerGas":["0x342770c0"],"gasUsedRatio":[],)"
    R"("baseFeePerBlobGas":["0x1"],"oldestBlock":"0x1","reward":[]}})",
    // geth, asked for no block that it has
    R"({"jsonrpc":"2.0","id":$id,"result":{"oldestBlock":"0x0","gasUsedRatio":null}})"};

TEST_F(RpcFaults, AFeeHistoryBehindItsChainIsTransient) {
  for (const char* body : behind_its_chain) {
    proxy.answer("eth_feeHistory", body, 2);
    EXPECT_EQ(node.fee_market().error().code, Code::unavailable);
    EXPECT_EQ(node.fee_market().error().code, Code::unavailable);
    EXPECT_TRUE(node.fee_market().ok()) << "and over when the node has caught up";
  }
}

TEST_F(RpcFaults, SendAndWaitOutlastsAFeeHistoryBehindItsChain) {
  anvil.set_mining(true);
  proxy.answer("eth_feeHistory", behind_its_chain[0], 3);
  const auto sent = send_and_wait(node, dev_key(0), {{}, dev_key(1).address(), {}, U256(1)});
  ASSERT_TRUE(sent.ok()) << sent.error().what;
  EXPECT_GE(proxy.requests("eth_feeHistory"), 4u);
}

TEST_F(RpcFaults, AReceiptOfTheMempoolIsNoReceipt) {
  proxy.answer("eth_getTransactionReceipt",
               R"({"jsonrpc":"2.0","id":$id,"result":{"blockNumber":null,"transactionHash":")" +
                   prefixed_hex(tx.hash) + "\"}}");
  EXPECT_FALSE(node.receipt(tx.hash).value().has_value());
}

TEST_F(RpcFaults, ReplyIdsMustMatch) {
  proxy.answer("eth_blockNumber", R"({"jsonrpc":"2.0","id":999999,"result":"0x1"})");
  auto client = RpcClient::create(settings({proxy.url()})).value();
  EXPECT_EQ(client.call("eth_blockNumber", Json::array()).error().code, Code::corrupt);
}

TEST_F(RpcFaults, AReplyAboveTheLimitIsCutOff) {
  RpcSettings s = settings({proxy.url()});
  s.reply_bytes_max = 4096;
  auto client = RpcClient::create(std::move(s)).value();
  proxy.answer("eth_blockNumber", R"({"jsonrpc":"2.0","id":$id,"result":")" + std::string(8192, 'x') + "\"}");
  EXPECT_EQ(client.call("eth_blockNumber", Json::array()).error().code, Code::exhausted);
  EXPECT_TRUE(client.call("eth_blockNumber", Json::array()).ok());
}

TEST_F(RpcFaults, AStoppedNodeTimesOutAndComesBack) {
  EthNode hasty = node_at({anvil.url()}, 300);
  anvil.pause();
  {
    const Deadline deadline([this] { anvil.resume(); });
    const auto head = hasty.head();
    ASSERT_FALSE(head.ok()) << "it has waited until the node went on";
    EXPECT_EQ(head.error().code, Code::timeout);
  }
  anvil.resume();
  EXPECT_TRUE(node.head().ok());
}

TEST_F(RpcFaults, ConnectionsAreKept) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(node.head().ok());
  EXPECT_EQ(proxy.connections(), 1u);
}

// A node closes idle connections whenever it likes; that is no failure of the question.
TEST_F(RpcFaults, AKeptConnectionThatDiedIsReplaced) {
  ASSERT_TRUE(node.head().ok());
  proxy.inject("eth_sendRawTransaction", Fault::cut_after);
  EXPECT_EQ(node.broadcast(tx.raw).value(), Broadcast::accepted);
  EXPECT_EQ(proxy.requests("eth_sendRawTransaction"), 2u);
  EXPECT_EQ(proxy.connections(), 2u);
}

TEST_F(RpcFaults, TheNextNodeAnswersAndIsAskedFirstThen) {
  RpcProxy second(anvil.url());
  EthNode both = node_at({proxy.url(), second.url()});
  EXPECT_TRUE(both.head().ok());
  EXPECT_EQ(second.requests("eth_getBlockByNumber"), 0u);
  proxy.set_down(true);
  EXPECT_TRUE(both.head().ok());
  EXPECT_EQ(second.requests("eth_getBlockByNumber"), 1u);
  proxy.heal();
  const unsigned before = proxy.requests("eth_getBlockByNumber");
  EXPECT_TRUE(both.head().ok());
  EXPECT_EQ(proxy.requests("eth_getBlockByNumber"), before) << "no detour over a node that failed";
  second.set_down(true);
  EXPECT_TRUE(both.head().ok()) << "and back";
}

TEST_F(RpcFaults, RateLimitsInsideJsonRpcGoToTheNextNode) {
  RpcProxy second(anvil.url());
  EthNode both = node_at({proxy.url(), second.url()});
  proxy.answer("eth_getBlockByNumber",
               R"({"jsonrpc":"2.0","id":$id,"error":{"code":-32005,"message":"limit exceeded"}})");
  EXPECT_TRUE(both.head().ok());
  EXPECT_EQ(second.requests("eth_getBlockByNumber"), 1u);
}

TEST_F(RpcFaults, WhenNoNodeAnswersTheErrorNamesEach) {
  RpcProxy second(anvil.url());
  EthNode both = node_at({proxy.url() + "/secret-key", second.url()}, 300);
  proxy.inject("", Fault::http_503);
  second.inject("", Fault::stall_before);
  const Deadline deadline([&] { second.heal(); });
  const auto head = both.head();
  ASSERT_FALSE(head.ok());
  EXPECT_EQ(head.error().code, Code::timeout) << "one of them may have done it";
  EXPECT_NE(head.error().what.find(proxy.url()), std::string::npos);
  EXPECT_NE(head.error().what.find(second.url()), std::string::npos);
  EXPECT_EQ(head.error().what.find("secret-key"), std::string::npos);
}

TEST_F(RpcFaults, ANodeOfAnotherChainIsNeverUsed) {
  RpcProxy second(anvil.url());
  RpcSettings s = settings({proxy.url(), second.url()});
  s.chain_id = 31337;
  EthNode both(RpcClient::create(std::move(s)).value());
  proxy.answer("eth_chainId", R"({"jsonrpc":"2.0","id":$id,"result":"0x1"})", 100);
  EXPECT_EQ(both.broadcast(tx.raw).value(), Broadcast::accepted);
  EXPECT_EQ(proxy.requests("eth_sendRawTransaction"), 0u);
  EXPECT_EQ(second.requests("eth_sendRawTransaction"), 1u);
  second.set_down(true);
  EXPECT_FALSE(both.broadcast(tx.raw).ok());
  EXPECT_EQ(proxy.requests("eth_sendRawTransaction"), 0u);
}

/// A client that takes 31337 only, and looks again after `check_ms`.
EthNode pinned(const std::string& url, std::int64_t check_ms) {
  RpcSettings s = settings({url});
  s.chain_id = 31337;
  s.chain_check_ms = check_ms;
  return EthNode(RpcClient::create(std::move(s)).value());
}

void expect_refused(EthNode& node, const std::string& url) {
  const auto head = node.head();
  ASSERT_FALSE(head.ok());
  EXPECT_EQ(head.error().code, Code::corrupt);
  EXPECT_NE(head.error().what.find(url + ": serves chain 4242, not 31337"), std::string::npos)
      << head.error().what;
}

TEST_F(RpcFaults, ANodeThatIsExchangedBehindItsConnectionsIsNoticedInTime) {
  Anvil other{{.mining = Mining::manual, .chain_id = 4242}};
  EthNode strict = pinned(proxy.url(), 0);
  EXPECT_TRUE(strict.head().ok());
  proxy.set_upstream(other.url());
  expect_refused(strict, proxy.url());
  EXPECT_FALSE(strict.broadcast(tx.raw).ok());
  EXPECT_EQ(proxy.requests("eth_sendRawTransaction"), 0u);
  proxy.set_upstream(anvil.url());
  EXPECT_TRUE(strict.head().ok()) << "and the right one is taken again";
}

// Nothing that came from a node which was started again is believed before it is known what it serves.
TEST_F(RpcFaults, ANodeThatComesBackAsAnotherChainIsRefusedAtOnce) {
  Anvil other{{.mining = Mining::manual, .chain_id = 4242}};
  EthNode strict = pinned(proxy.url(), 3'600'000);
  EXPECT_TRUE(strict.head().ok());
  EXPECT_TRUE(strict.head().ok());
  EXPECT_EQ(proxy.requests("eth_chainId"), 1u) << "once per connection";
  proxy.set_upstream(other.url());
  proxy.set_down(true);
  proxy.set_down(false);
  expect_refused(strict, proxy.url());
  expect_refused(strict, proxy.url());
  proxy.set_upstream(anvil.url());
  EXPECT_TRUE(strict.head().ok());
}

TEST_F(RpcFaults, ADelayWithinTheTimeoutIsHarmless) {
  proxy.set_delay_ms(50);
  EXPECT_TRUE(node.head().ok());
}

/// Serves each connection by `serve` until it is gone.
class RawServer {
 public:
  explicit RawServer(std::function<void(Socket&, const std::string& request)> serve)
      : thread_([this, serve] {
          for (;;) {
            Socket socket = listener_.accept();
            if (stopping_ || !socket.open()) return;
            ++connections_;
            std::string request;
            if (socket.read(request)) serve(socket, request);
          }
        }) {}
  ~RawServer() {
    stopping_ = true;
    listener_.stop();
    thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()); }
  int connections() const { return connections_; }

 private:
  Listener listener_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

TEST(RawHttp, RedirectsAreNotFollowed) {
  RawServer target([](Socket&, const std::string&) {});
  RawServer server([&](Socket& socket, const std::string&) {
    socket.write("HTTP/1.1 302 Found\r\nLocation: " + target.url() + "/\r\nContent-Length: 0\r\n\r\n");
  });
  EXPECT_EQ(node_at({server.url()}).head().error().code, Code::unavailable);
  EXPECT_EQ(target.connections(), 0);
}

TEST(RawHttp, AnAnswerThatNeverEndsIsCutByTheTotalTimeout) {
  // Declares much, sends one byte, then waits for us to leave.
  RawServer server([](Socket& socket, const std::string&) {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{");
    const Deadline deadline([&] { socket.shut(); });
    std::string rest;
    while (socket.read(rest)) {
    }
  });
  EXPECT_EQ(node_at({server.url()}, 300).head().error().code, Code::timeout);
}

TEST(RawHttp, AHalfAnswerIsUnavailable) {
  RawServer server([](Socket& socket, const std::string&) {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"jsonrpc\"");
    socket.reset();
  });
  EXPECT_EQ(node_at({server.url()}).head().error().code, Code::unavailable);
}

TEST(RawHttp, AnEndlessBodyIsCutByTheSizeLimit) {
  RawServer server([](Socket& socket, const std::string&) {
    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "10000\r\n" + std::string(65536, ' ') + "\r\n";
    while (socket.write(chunk)) {
    }
  });
  RpcSettings s = settings({server.url()});
  s.reply_bytes_max = 1 << 20;
  auto client = RpcClient::create(std::move(s)).value();
  EXPECT_EQ(client.call("eth_blockNumber", Json::array()).error().code, Code::exhausted);
}

TEST(RawHttp, NobodyListensIsUnavailable) {
  std::string url;
  {
    Listener gone;
    url = "http://127.0.0.1:" + std::to_string(gone.port());
  }
  EXPECT_EQ(node_at({url}).head().error().code, Code::unavailable);
}

TEST(RawHttp, WrongCredentialsAreAClearError) {
  RawServer server([](Socket& socket, const std::string&) {
    socket.write("HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n");
  });
  const auto head = node_at({server.url()}).head();
  EXPECT_EQ(head.error().code, Code::unavailable);
  EXPECT_NE(head.error().what.find("credentials"), std::string::npos);
}

/// The count of transactions that somebody with the same key has outdated since.
constexpr const char* no_transactions = R"({"jsonrpc":"2.0","id":$id,"result":"0x0"})";
const Call one_wei{{}, dev_key(1).address(), {}, U256(1)};

TEST_F(RpcFaults, ANonceThatWaitsForAnotherIsLeftToIt) {
  ASSERT_EQ(node.broadcast(tx.raw).value(), Broadcast::accepted);
  proxy.answer("eth_getTransactionCount", no_transactions);
  const auto sent = send_and_wait(node, dev_key(0), one_wei, {.timeout_ms = 500});
  EXPECT_EQ(sent.error().code, Code::timeout) << "nothing is mined here: " << sent.error().what;
  EXPECT_EQ(node.pending_nonce(dev_key(0).address()).value(), 2u);
  EXPECT_TRUE(anvil.in_pool(tx.hash));
}

TEST(SendAndWait, ANonceThatAnotherHasUsedIsLeftToIt) {
  Anvil anvil;
  RpcProxy proxy{anvil.url()};
  EthNode node = node_at({proxy.url()});
  ASSERT_EQ(node.broadcast(transfer(0).raw).value(), Broadcast::accepted);
  proxy.answer("eth_getTransactionCount", no_transactions);
  const auto sent = send_and_wait(node, dev_key(0), one_wei, {.timeout_ms = 20'000});
  ASSERT_TRUE(sent.ok()) << sent.error().what;
  EXPECT_EQ(node.mined_nonce(dev_key(0).address()).value(), 2u);
}

}  // namespace
}  // namespace cairn::chain
