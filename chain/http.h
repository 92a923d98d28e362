// HTTP POST and GET with limits. The only door to libcurl.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/result.h"

namespace cairn::chain {

struct HttpLimits {
  long connect_timeout_ms;
  long total_timeout_ms;  ///< From the first byte out to the last byte in.
  std::size_t reply_bytes_max;
};

struct HttpReply {
  long status;
  std::string body;
  bool reconnected;  ///< it came over a connection that was made for it
};

/// Errors: invalid_input unless `url` is an absolute http or https URL with a host.
Status check_http_url(std::string_view url);
/// "scheme://host:port" for logs and errors: what is left has no password and no API key.
std::string url_origin(std::string_view url);

/// Keeps its connections open between calls; a request that meets the end of a kept connection is
/// sent again on a new one, so what is posted must bear being received twice. Redirects are not
/// followed, cookies are not kept. Not thread-safe: one client per thread.
class HttpClient {
 public:
  explicit HttpClient(const HttpLimits& limits);
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();

  /// Any status is a reply. Errors: unavailable (no connection, or cut), timeout, exhausted (a
  /// reply above the limit). After each of them the request may have been received.
  Result<HttpReply> post_json(const std::string& url, std::string_view body);
  Result<HttpReply> get(const std::string& url);

 private:
  /// Posts `body`, or gets when it is null.
  Result<HttpReply> ask(const std::string& url, const std::string_view* body);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cairn::chain
