// A small HTTP server for GET: metrics, health, and what a stage wants to show. The only door to
// civetweb.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/result.h"

namespace cairn {

struct HttpRequest {
  std::string path;           ///< Decoded, without query; begins with '/'.
  std::string authorization;  ///< That header; empty without one.
};

struct HttpReply {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::map<std::string, std::string> headers =
      {};  ///< More of them; neither names nor values hold line ends.
};

class HttpServer {
 public:
  /// Called on a thread of the server.
  using Handler = std::function<HttpReply(const HttpRequest&)>;

  /// Serves `handlers` at `address`, "host:port", port 0 for a free one. A path that ends in '/', other than
  /// "/" itself, takes the paths one level below it; any other only itself. Errors: unavailable.
  static Result<std::unique_ptr<HttpServer>> start(const std::string& address,
                                                   std::map<std::string, Handler> handlers);
  ~HttpServer();
  /// The port that is really bound.
  int port() const;

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cairn
