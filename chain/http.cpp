#include "chain/http.h"

#include <curl/curl.h>

#include <mutex>

namespace cairn::chain {
namespace {

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { CAIRN_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
}

struct UrlDeleter {
  void operator()(CURLU* u) const { curl_url_cleanup(u); }
};
using Url = std::unique_ptr<CURLU, UrlDeleter>;

std::string part(const Url& url, CURLUPart which) {
  char* out = nullptr;
  if (curl_url_get(url.get(), which, &out, 0) != CURLUE_OK) return {};
  std::string copy(out);
  curl_free(out);
  return copy;
}

/// Null when it does not parse.
Url parse_url(std::string_view text) {
  start_curl();
  Url url(curl_url());
  CAIRN_ASSERT(url != nullptr);
  if (curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), 0) != CURLUE_OK) return {};
  return url;
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

struct Body {
  std::string bytes;
  std::size_t bytes_max;
  bool overflow = false;
};

std::size_t take(char* from, std::size_t, std::size_t size, void* user) {
  auto& body = *static_cast<Body*>(user);
  if (size > body.bytes_max - body.bytes.size()) {
    body.overflow = true;
    return 0;  // curl takes any other count as "stop"
  }
  body.bytes.append(from, size);
  return size;
}

}  // namespace

Status check_http_url(std::string_view text) {
  // A NUL would cut the text short and hide what follows it.
  const bool plain = text.find_first_of(std::string_view("\0\r\n\t ", 5)) == text.npos;
  // curl reads http:///path as a host called "path".
  const bool has_authority = text.find(":///") == text.npos;
  const Url url = plain && has_authority ? parse_url(text) : Url();
  if (url) {
    const std::string scheme = part(url, CURLUPART_SCHEME);
    if ((scheme == "http" || scheme == "https") && !part(url, CURLUPART_HOST).empty()) return {};
  }
  return Error{Code::invalid_input, "not an http:// or https:// URL: " + url_origin(text)};
}

std::string url_origin(std::string_view text) {
  const Url url = parse_url(text);
  if (!url) return "(unreadable URL)";
  const std::string port = part(url, CURLUPART_PORT);
  return part(url, CURLUPART_SCHEME) + "://" + part(url, CURLUPART_HOST) + (port.empty() ? "" : ":" + port);
}

struct HttpClient::State {
  struct EasyDeleter {
    void operator()(CURL* c) const { curl_easy_cleanup(c); }
  };
  struct ListDeleter {
    void operator()(curl_slist* l) const { curl_slist_free_all(l); }
  };
  std::unique_ptr<CURL, EasyDeleter> curl;
  std::unique_ptr<curl_slist, ListDeleter> headers;
  HttpLimits limits;
};

HttpClient::HttpClient(const HttpLimits& limits) : state_(std::make_unique<State>()) {
  start_curl();
  state_->limits = limits;
  state_->curl.reset(curl_easy_init());
  CAIRN_ASSERT(state_->curl != nullptr);
  state_->headers.reset(curl_slist_append(nullptr, "Content-Type: application/json"));
  // Without this, curl waits up to a second for "100 Continue" before it sends a large body.
  curl_slist_append(state_->headers.get(), "Expect:");
}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpReply> HttpClient::post_json(const std::string& url, std::string_view body) {
  return ask(url, &body);
}
Result<HttpReply> HttpClient::get(const std::string& url) { return ask(url, nullptr); }

Result<HttpReply> HttpClient::ask(const std::string& url, const std::string_view* body) {
  CAIRN_TRY(check_http_url(url));
  CURL* c = state_->curl.get();
  const HttpLimits& limits = state_->limits;
  Body reply{{}, limits.reply_bytes_max};
  curl_easy_reset(c);  // keeps the open connections
  curl_easy_setopt(c, CURLOPT_URL, url.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, limits.connect_timeout_ms);
  curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, limits.total_timeout_ms);
  if (body != nullptr) {
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, state_->headers.get());
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, body->data());
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
  }
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, &take);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, &reply);
  // A proxy of the environment is for the world outside; a node on this machine is not out there.
  if (is_loopback(part(parse_url(url), CURLUPART_HOST))) curl_easy_setopt(c, CURLOPT_NOPROXY, "*");

  const CURLcode code = curl_easy_perform(c);
  const std::string where = url_origin(url);
  if (reply.overflow) {
    return Error{Code::exhausted,
                 where + ": reply of more than " + std::to_string(limits.reply_bytes_max) + " bytes"};
  }
  if (code == CURLE_OPERATION_TIMEDOUT) return Error{Code::timeout, where + ": no answer in time"};
  if (code != CURLE_OK) {
    return Error{Code::unavailable, where + ": " + curl_easy_strerror(code)};
  }
  HttpReply out;
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &out.status);
  long connections = 0;
  curl_easy_getinfo(c, CURLINFO_NUM_CONNECTS, &connections);
  out.reconnected = connections > 0;
  out.body = std::move(reply.bytes);
  return out;
}

}  // namespace cairn::chain
