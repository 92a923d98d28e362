#include "common/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cairn {
namespace {

int connected(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return fd;
}

std::string ask(int port, const std::string& request) {
  const int fd = connected(port);
  EXPECT_GT(send(fd, request.data(), request.size(), MSG_NOSIGNAL), 0);
  std::string reply;
  char buffer[4096];
  for (ssize_t n; (n = recv(fd, buffer, sizeof buffer, 0)) > 0;)
    reply.append(buffer, static_cast<std::size_t>(n));
  close(fd);
  return reply;
}

TEST(HttpServer, ServesGetOnExactPathsOnly) {
  auto server = HttpServer::start("127.0.0.1:0", {{"/metrics",
                                                   [](const HttpRequest&) {
                                                     return HttpReply{200, "text/plain", "body 1\n"};
                                                   }},
                                                  {"/readyz", [](const HttpRequest&) {
                                                     return HttpReply{503, "text/plain", "no\n"};
                                                   }}});
  ASSERT_TRUE(server.ok()) << server.error().what;
  const int port = (*server)->port();
  EXPECT_GT(port, 0);
  EXPECT_NE(ask(port, "GET /metrics HTTP/1.0\r\n\r\n").find("200 OK"), std::string::npos);
  EXPECT_NE(ask(port, "GET /metrics HTTP/1.0\r\n\r\n").find("body 1"), std::string::npos);
  EXPECT_NE(ask(port, "GET /readyz HTTP/1.0\r\n\r\n").find(" 503 "), std::string::npos);
  EXPECT_NE(ask(port, "GET /metrics/x HTTP/1.0\r\n\r\n").find(" 404 "), std::string::npos);
  EXPECT_NE(ask(port, "GET / HTTP/1.0\r\n\r\n").find(" 404 "), std::string::npos);
  EXPECT_NE(ask(port, "POST /metrics HTTP/1.0\r\nContent-Length: 0\r\n\r\n").find(" 405 "),
            std::string::npos);
  EXPECT_EQ(ask(port, "HEAD /metrics HTTP/1.0\r\n\r\n").find("body 1"), std::string::npos);
}

TEST(HttpServer, TellsAHandlerWhatWasAskedAndSendsItsHeaders) {
  const auto echo = [](const HttpRequest& request) {
    return HttpReply{
        401, "text/plain", "[" + request.path + "|" + request.authorization + "]", {{"X-Seen", "yes"}}};
  };
  auto server = HttpServer::start("127.0.0.1:0", {{"/", echo}, {"/items/", echo}});
  ASSERT_TRUE(server.ok()) << server.error().what;
  const int port = (*server)->port();
  const std::string reply = ask(port, "GET /items/7?x=1 HTTP/1.0\r\nAuthorization: Bearer abc\r\n\r\n");
  EXPECT_NE(reply.find("401 Unauthorized\r\n"), std::string::npos) << reply;
  EXPECT_NE(reply.find("\r\nX-Seen: yes\r\n"), std::string::npos) << reply;
  EXPECT_NE(reply.find("\r\n\r\n[/items/7|Bearer abc]"), std::string::npos) << reply;
  EXPECT_NE(ask(port, "GET / HTTP/1.0\r\n\r\n").find("[/|]"), std::string::npos);
  EXPECT_NE(ask(port, "GET /items/ HTTP/1.0\r\n\r\n").find("[/items/|]"), std::string::npos);
  for (const char* path : {"/items", "/items/7/8", "/other", "/items/../7"}) {
    EXPECT_NE(ask(port, "GET " + std::string(path) + " HTTP/1.0\r\n\r\n").find(" 404 "), std::string::npos)
        << path;
  }
}

TEST(HttpServer, AnAddressInUseIsAClearError) {
  auto first = HttpServer::start("127.0.0.1:0", {});
  ASSERT_TRUE(first.ok());
  const auto second = HttpServer::start("127.0.0.1:" + std::to_string((*first)->port()), {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::unavailable);
}

TEST(HttpServer, AnswersBesideConnectionsThatSayNothing) {
  auto server = HttpServer::start("127.0.0.1:0", {{"/livez", [](const HttpRequest&) {
                                                     return HttpReply{200, "text/plain", "ok\n"};
                                                   }}});
  ASSERT_TRUE(server.ok()) << server.error().what;
  const int port = (*server)->port();
  std::vector<int> silent;
  for (int i = 0; i < 6; ++i) silent.push_back(connected(port));
  EXPECT_NE(ask(port, "GET /livez HTTP/1.0\r\n\r\n").find("200 OK"), std::string::npos);
  for (const int fd : silent) {
    char byte = 0;
    EXPECT_EQ(recv(fd, &byte, 1, MSG_DONTWAIT), -1) << "it answered only when the others were given up";
    close(fd);
  }
}

TEST(HttpServer, ListensAtOneAddress) {
  const auto server = HttpServer::start("127.0.0.1:0,127.0.0.2:0", {});
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().code, Code::invalid_input);
}

}  // namespace
}  // namespace cairn
