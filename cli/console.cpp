#include <cstdio>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>

#include "cli/attestation.h"
#include "cli/command.h"
#include "cli/console_files.h"
#include "cli/free_port.h"
#include "cli/pool_watch.h"
#include "cli/process.h"
#include "cli/services.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/log.h"

namespace cairn::cli {
namespace {

struct Options {
  std::string state = ".cairn";
  std::string listen, token_file;
};

constexpr std::int64_t kPeriodMs = 1'000;
constexpr std::size_t kTokenBytesMin = 16;

/// What the last look found. Thread-safe.
class Snapshot {
 public:
  void set(std::string json) {
    const std::lock_guard lock(mutex_);
    json_ = std::move(json);
  }
  std::string get() const {
    const std::lock_guard lock(mutex_);
    return json_;
  }

 private:
  mutable std::mutex mutex_;
  std::string json_ = "{}";
};

/// The Authorization header that is asked for; empty when no file is named.
Status read_credentials(const std::string& token_file, std::string& out) {
  if (token_file.empty()) return {};
  std::string token;
  std::ifstream in(token_file);
  std::getline(in, token);
  if (token.size() < kTokenBytesMin) {
    return Error{Code::invalid_input, token_file + " does not begin with a token of at least " +
                                          std::to_string(kTokenBytesMin) +
                                          " characters (`openssl rand -hex 32` makes one)"};
  }
  out = "Bearer " + token;
  return {};
}

/// Compares digests: how long that takes says nothing about the token.
bool is_allowed(const HttpRequest& request, const std::string& credentials) {
  return credentials.empty() || sha256(view(request.authorization)) == sha256(view(credentials));
}

HttpReply page(const char* type, std::string_view text) {
  return {200,
          type,
          std::string(text),
          {{"Content-Security-Policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
           {"Referrer-Policy", "no-referrer"}}};
}

std::map<std::string, HttpServer::Handler> pages(const Snapshot& snapshot, const std::string& credentials) {
  return {
      {"/", [](const HttpRequest&) { return page("text/html; charset=utf-8", console_html()); }},
      {"/console.css", [](const HttpRequest&) { return page("text/css; charset=utf-8", console_css()); }},
      {"/console.js",
       [](const HttpRequest&) { return page("text/javascript; charset=utf-8", console_js()); }},
      {"/api/pool",
       [&snapshot, credentials](const HttpRequest& request) {
         if (!is_allowed(request, credentials)) {
           return HttpReply{
               401, "application/json", R"({"error":"a token is needed"})", {{"WWW-Authenticate", "Bearer"}}};
         }
         return HttpReply{200, "application/json", snapshot.get()};
       }},
  };
}

/// The same free port at each start: attestations on the chain name it.
Status keep_port(const Pool& pool, std::string& listen) {
  constexpr std::string_view free_port = "127.0.0.1:0";
  if (listen != free_port) return {};
  CAIRN_ASSIGN(const int port, choose_port(pool.path("console.port")));
  listen = "127.0.0.1:" + std::to_string(port);
  return {};
}

Status serve(const Options& options) {
  CAIRN_ASSIGN(const Pool pool, find_pool(options.state));
  CAIRN_ASSIGN(const PoolConfig config, load_config(pool.config, process_environment()));
  ConsoleConfig console = config.console;
  if (!options.listen.empty()) console.listen = options.listen;
  if (!options.token_file.empty()) console.token_file = options.token_file;
  if (const Status status = check(console); !status.ok()) return status.error().in("--listen");
  std::string credentials;
  CAIRN_TRY(read_credentials(console.token_file, credentials));
  log::start("console", "", "console", log::level_from(config.log_level));
  log::keep_within({pool.log("console"), config.log_bounds});
  std::atomic<bool>& stop = stop_on_signals();
  Metrics metrics;
  Snapshot snapshot;
  CAIRN_ASSIGN(const auto store, open_store(pool, config));
  std::unique_ptr<chain::EthChain> chain;
  if (!pool.rpc.empty()) {
    CAIRN_ASSIGN(chain, open_chain(pool, config));
  }
  auto served = pages(snapshot, credentials);
  std::optional<attest::ProofStore> proofs;
  if (!config.attest.backends.empty()) {
    CAIRN_ASSIGN(proofs, open_proofs(pool, config.attest));
    // Without a token: whoever reads the contract may check the proofs.
    served["/proofs/"] = [&proofs](const HttpRequest& request) { return proof_page(*proofs, request.path); };
    CAIRN_TRY(keep_port(pool, console.listen));
  }
  CAIRN_ASSIGN(const auto vitals,
               Vitals::start(
                   console.listen, pool.run, "console", metrics,
                   [&] { return std::string(stop ? "draining" : ""); }, std::move(served)));
  std::printf("console of pool %s: http://%s/\n", pool.name.c_str(), vitals->address().c_str());
  std::fflush(stdout);
  PoolWatch watch(*store, chain.get(), pool.run);
  std::int64_t next_ms = 0;
  while (!stop) {
    vitals->tick();
    if (const std::int64_t now_ms = steady_ms(); now_ms >= next_ms) {
      next_ms = now_ms + kPeriodMs;
      auto json = watch.look(now_ms);
      if (json.ok()) {
        (*json)["pool"] = pool.name;
        snapshot.set(json->dump(-1, ' ', false, Json::error_handler_t::replace));
      } else {
        log::warn("not_looked", {{"why", json.error().what}});
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  vitals->tick();
  return {};
}

}  // namespace

void add_console(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command = app.add(
      "console",
      "Serves a page that shows what the pool is doing. It cannot change anything. `cairn up` runs it too.",
      "cairn console --listen 127.0.0.1:8080");
  command.state(options->state);
  command.option("--listen", options->listen,
                 "HOST:PORT, instead of console.listen of the configuration; port 0 for a free one");
  command.option("--token-file", options->token_file, "Instead of console.token_file of the configuration");
  command.run([options, &exit] {
    const Status status = serve(*options);
    if (!status.ok()) exit = fail(status.error());
  });
}

}  // namespace cairn::cli
