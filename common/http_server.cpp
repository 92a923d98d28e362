#include "common/http_server.h"

#include <civetweb.h>

#include <string_view>

namespace cairn {

struct HttpServer::State {
  std::map<std::string, Handler> handlers;
  mg_context* context = nullptr;
  int port = 0;

  ~State() {
    if (context) mg_stop(context);
  }
};

namespace {

const char* reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    default:
      return "Service Unavailable";
  }
}

int answer(mg_connection* connection, const HttpReply& reply, bool head_only) {
  mg_printf(connection,
            "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
            "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n",
            reply.status, reason_phrase(reply.status), reply.content_type.c_str(), reply.body.size());
  for (const auto& [name, value] : reply.headers)
    mg_printf(connection, "%s: %s\r\n", name.c_str(), value.c_str());
  mg_printf(connection, "\r\n");
  if (!head_only) mg_write(connection, reply.body.data(), reply.body.size());
  return reply.status;
}

int handle(mg_connection* connection, void* context) {
  const auto& handlers = *static_cast<std::map<std::string, HttpServer::Handler>*>(context);
  const mg_request_info* request = mg_get_request_info(connection);
  const std::string_view method = request->request_method;
  if (method != "GET" && method != "HEAD") {
    return answer(connection, {405, "text/plain; charset=utf-8", "GET only\n"}, false);
  }
  const char* const authorization = mg_get_header(connection, "Authorization");
  const HttpRequest asked{request->local_uri, authorization == nullptr ? "" : authorization};
  auto it = handlers.find(asked.path);
  if (it == handlers.end()) {
    const std::size_t slash = asked.path.rfind('/');
    if (slash != 0 && slash != std::string::npos) it = handlers.find(asked.path.substr(0, slash + 1));
  }
  if (it == handlers.end()) {
    return answer(connection, {404, "text/plain; charset=utf-8", "no such page\n"}, method == "HEAD");
  }
  return answer(connection, it->second(asked), method == "HEAD");
}

}  // namespace

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpServer::~HttpServer() = default;
int HttpServer::port() const { return state_->port; }

Result<std::unique_ptr<HttpServer>> HttpServer::start(const std::string& address,
                                                      std::map<std::string, Handler> handlers) {
  // A list would listen at places that whoever checked the address has not seen.
  if (address.find(',') != std::string::npos)
    return Error{Code::invalid_input, "one address is needed, not " + address};
  static const unsigned initialised = mg_init_library(0);
  (void)initialised;
  auto state = std::make_unique<State>();
  state->handlers = std::move(handlers);
  const char* options[] = {"listening_ports", address.c_str(),
                           // Browsers open connections before they need them, and one that says nothing holds
                           // a thread until request_timeout_ms.
                           "num_threads", "8", "request_timeout_ms", "5000", "max_request_size", "8192",
                           "enable_directory_listing", "no", nullptr};
  mg_callbacks callbacks{};
  callbacks.log_message = [](const mg_connection*, const char*) { return 1; };
  state->context = mg_start(&callbacks, nullptr, options);
  if (state->context == nullptr) {
    return Error{Code::unavailable, "cannot serve HTTP at " + address + " (address in use?)"};
  }
  mg_server_port ports[1]{};
  if (mg_get_server_ports(state->context, 1, ports) < 1) {
    return Error{Code::unavailable, "cannot tell the port of " + address};
  }
  state->port = ports[0].port;
  mg_set_request_handler(state->context, "/", handle, &state->handlers);
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

}  // namespace cairn
