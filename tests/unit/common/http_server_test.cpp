#include "common/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cairn {
namespace {

std::string ask(int port, const std::string& request) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_GT(send(fd, request.data(), request.size(), MSG_NOSIGNAL), 0);
  std::string reply;
  char buffer[4096];
  for (ssize_t n; (n = recv(fd, buffer, sizeof buffer, 0)) > 0;) reply.append(buffer, static_cast<std::size_t>(n));
  close(fd);
  return reply;
}

TEST(HttpServer, ServesGetOnExactPathsOnly) {
  auto server = HttpServer::start("127.0.0.1:0", {{"/metrics", [] { return HttpReply{200, "text/plain", "body 1\n"}; }},
                                                  {"/readyz", [] { return HttpReply{503, "text/plain", "no\n"}; }}});
  ASSERT_TRUE(server.ok()) << server.error().what;
  const int port = (*server)->port();
  EXPECT_GT(port, 0);
  EXPECT_NE(ask(port, "GET /metrics HTTP/1.0\r\n\r\n").find("200 OK"), std::string::npos);
  EXPECT_NE(ask(port, "GET /metrics HTTP/1.0\r\n\r\n").find("body 1"), std::string::npos);
  EXPECT_NE(ask(port, "GET /readyz HTTP/1.0\r\n\r\n").find(" 503 "), std::string::npos);
  EXPECT_NE(ask(port, "GET /metrics/x HTTP/1.0\r\n\r\n").find(" 404 "), std::string::npos);
  EXPECT_NE(ask(port, "GET / HTTP/1.0\r\n\r\n").find(" 404 "), std::string::npos);
  EXPECT_NE(ask(port, "POST /metrics HTTP/1.0\r\nContent-Length: 0\r\n\r\n").find(" 405 "), std::string::npos);
  EXPECT_EQ(ask(port, "HEAD /metrics HTTP/1.0\r\n\r\n").find("body 1"), std::string::npos);
}

TEST(HttpServer, AnAddressInUseIsAClearError) {
  auto first = HttpServer::start("127.0.0.1:0", {});
  ASSERT_TRUE(first.ok());
  const auto second = HttpServer::start("127.0.0.1:" + std::to_string((*first)->port()), {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::unavailable);
}

}  // namespace
}  // namespace cairn
