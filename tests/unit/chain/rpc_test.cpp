#include "chain/rpc.h"

#include <gtest/gtest.h>

namespace cairn::chain {
namespace {

TEST(RpcReplies, AResultIsTaken) {
  const auto reply = parse_reply(R"({"jsonrpc":"2.0","id":7,"result":"0x1"})", 7);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(std::get<Json>(*reply), "0x1");
  EXPECT_TRUE(std::get<Json>(*parse_reply(R"({"jsonrpc":"2.0","id":7,"result":null})", 7)).is_null());
  EXPECT_TRUE(parse_reply(R"({"jsonrpc":"2.0","id":7,"result":1,"error":null})", 7).ok());
}

TEST(RpcReplies, NonsenseIsCorrupt) {
  const char* cases[] = {
      "",
      "<html>",
      "[]",
      "null",
      R"({"id":7,"result":1})",
      R"({"jsonrpc":"1.0","id":7,"result":1})",
      R"({"jsonrpc":2.0,"id":7,"result":1})",
      R"({"jsonrpc":"2.0","result":1})",
      R"({"jsonrpc":"2.0","id":8,"result":1})",
      R"({"jsonrpc":"2.0","id":"7","result":1})",
      R"({"jsonrpc":"2.0","id":7.0,"result":1})",
      R"({"jsonrpc":"2.0","id":-7,"result":1})",
      R"({"jsonrpc":"2.0","id":null,"result":1})",
      R"({"jsonrpc":"2.0","id":7})",
      R"({"jsonrpc":"2.0","id":7,"error":null})",
      R"({"jsonrpc":"2.0","id":7,"error":"no"})",
      R"({"jsonrpc":"2.0","id":7,"error":{"code":1}})",
      R"({"jsonrpc":"2.0","id":7,"error":{"message":"m"}})",
      R"({"jsonrpc":"2.0","id":7,"error":{"code":"1","message":"m"}})",
      R"({"jsonrpc":"2.0","id":7,"result":1,"error":{"code":1,"message":"m"}})",
      R"({"jsonrpc":"2.0","id":7,"id":7,"result":1})",
      R"({"jsonrpc":"2.0","id":7,"result":1} )"
      "x",
  };
  for (const char* body : cases) {
    const auto reply = parse_reply(body, 7);
    ASSERT_FALSE(reply.ok()) << body;
    EXPECT_EQ(reply.error().code, Code::corrupt) << body;
  }
  const std::string deep = R"({"jsonrpc":"2.0","id":7,"result":)" + std::string(100000, '[');
  EXPECT_FALSE(parse_reply(deep, 7).ok());
}

TEST(RpcReplies, RevertDataIsFoundWhereNodesPutIt) {
  for (const char* data : {R"("0x1234")", R"("Reverted 0x1234")", R"({"data":"0x1234"})"}) {
    const std::string body =
        std::string(R"({"jsonrpc":"2.0","id":7,"error":{"code":3,"message":"m","data":)") + data + "}}";
    EXPECT_EQ(std::get<RpcError>(*parse_reply(body, 7)).data, from_hex("1234").value()) << data;
  }
  for (const char* data : {R"("0x123")", R"("hello")", "12", "null", R"({"data":{"data":1}})", "[]"}) {
    const std::string body =
        std::string(R"({"jsonrpc":"2.0","id":7,"error":{"code":3,"message":"m","data":)") + data + "}}";
    EXPECT_TRUE(std::get<RpcError>(*parse_reply(body, 7)).data.empty()) << data;
  }
}

TEST(RpcReplies, MessagesArePrintableAndBounded) {
  const std::string body = R"({"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"a\n\u001b[31m)" +
                           std::string(1 << 20, 'x') + R"("}})";
  const auto reply = parse_reply(body, 7);
  const std::string message = std::get<RpcError>(*reply).message;
  EXPECT_EQ(message.substr(0, 8), "a??[31mx");
  EXPECT_EQ(message.size(), limits::reason_bytes_max);
}

// What was wrong ends up in facts, in JSON and on terminals.
TEST(RpcReplies, WhatIsSaidOfNonsenseIsPrintable) {
  const auto reply = parse_reply("{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":\"\xff\x9b\"}", 7);
  ASSERT_FALSE(reply.ok());
  for (const char c : reply.error().what) EXPECT_TRUE(c >= ' ' && c <= '~') << reply.error().what;
  EXPECT_NE(reply.error().what.find("not JSON"), std::string::npos) << reply.error().what;
}

TEST(RpcValues, ReadersRefuseOtherTypes) {
  EXPECT_EQ(read_u64("0x10", "n").value(), 16u);
  EXPECT_FALSE(read_u64("0x10000000000000000", "n").ok());
  EXPECT_FALSE(read_u64(16, "n").ok());
  EXPECT_FALSE(read_u64("16", "n").ok());
  EXPECT_FALSE(read_u64(nullptr, "n").ok());
  EXPECT_EQ(read_bytes("0x", "b", 0).value(), Bytes());
  EXPECT_FALSE(read_bytes("0x00", "b", 0).ok());
  EXPECT_FALSE(read_bytes("00", "b", 1).ok());
  EXPECT_FALSE(read_bytes("0x0", "b", 1).ok());
  EXPECT_FALSE(read_digest("0x00", "d").ok());
  EXPECT_TRUE(read_digest("0x" + std::string(64, 'a'), "d").ok());
  EXPECT_FALSE(read_member(Json::array(), "k").ok());
  EXPECT_FALSE(read_member(Json::object(), "k").ok());
}

TEST(RpcSettings, OnlyHttpUrls) {
  for (const char* url : {"", "localhost:8545", "ftp://x/", "file:///etc/passwd", "ws://x/", "http://",
                          "http:///path", "http://a b/", "http://x/\r\nHost: y"}) {
    EXPECT_FALSE(RpcClient::create({.urls = {url}}).ok()) << url;
  }
  EXPECT_FALSE(RpcClient::create({}).ok());
  EXPECT_TRUE(RpcClient::create({.urls = {"http://127.0.0.1:1", "https://user:key@host/v3/abc"}}).ok());
}

TEST(RpcSettings, ErrorsShowNoCredentials) {
  EXPECT_EQ(url_origin("https://user:password@host.example:8545/v3/apikey?token=x"),
            "https://host.example:8545");
  const auto status = check_http_url("ftp://user:password@host/apikey");
  EXPECT_EQ(status.error().what.find("password"), std::string::npos);
  EXPECT_EQ(status.error().what.find("apikey"), std::string::npos);
}

}  // namespace
}  // namespace cairn::chain
