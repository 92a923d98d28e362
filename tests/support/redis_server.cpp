#include "tests/support/redis_server.h"

#include <csignal>
#include <fstream>
#include <sstream>

namespace cairn::test {
namespace {

using pipeline::Reply;

constexpr std::int64_t kStartMs = 30'000;
constexpr const char* kUserPassword = "of-the-tests";

void flatten(const Reply& reply, std::string& out) {
  if (reply.kind == Reply::Kind::array) {
    for (const Reply& item : reply.items) flatten(item, out);
    return;
  }
  if (!out.empty()) out += '\n';
  if (reply.kind == Reply::Kind::nil) out += "(nil)";
  if (reply.kind == Reply::Kind::integer) out += std::to_string(reply.integer);
  if (reply.kind == Reply::Kind::error) out += '-';
  out += reply.text;
}

}  // namespace

RedisServer::RedisServer(RedisServerOptions options) : options_(std::move(options)) { start(); }

pipeline::RedisOptions RedisServer::client_options() const {
  pipeline::RedisOptions options;
  options.socket_path = socket_path();
  options.password = options_.password;
  options.backoff_ms = 2;
  options.backoff_max_ms = 20;
  return options;
}

pipeline::RedisOptions RedisServer::client_options(const std::string& user) const {
  pipeline::RedisOptions options = client_options();
  options.user = user;
  options.password = kUserPassword;
  return options;
}

/// The users of the shipped file but `default`, whom the tests are, with another password and for all pools.
void RedisServer::add_users() {
  std::ifstream file(source_dir() / "ops/redis/users.acl");
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> words = {"ACL", "SETUSER"};
    std::istringstream text(line);
    std::string word, name;
    text >> word >> name;
    if (name == "default") continue;
    words.push_back(name);
    while (text >> word) {
      if (word[0] == '>') word = std::string(">") + kUserPassword;
      if (const auto at = word.find("cairn:main}"); at != word.npos) word.replace(at, 11, "cairn:*}");
      words.push_back(word);
    }
    CAIRN_ASSERT(command(words) == "OK");
  }
}

void RedisServer::start() {
  std::vector<std::string> words = {"redis-server",    "--port",           "0",
                                    "--unixsocket",    socket_path(),      "--dir",
                                    directory_.path(), "--save",           "",
                                    "--maxmemory",     options_.maxmemory, "--maxmemory-policy",
                                    options_.policy,   "--appendonly",     options_.aof ? "yes" : "no",
                                    "--appendfsync",   options_.fsync};
  if (!options_.password.empty()) {
    words.push_back("--requirepass");
    words.push_back(options_.password);
  }
  const auto log = directory_ / "redis.log";
  const std::size_t from = std::filesystem::exists(log) ? std::filesystem::file_size(log) : 0;
  child_ = std::make_unique<Child>(words, log);
  CAIRN_ASSERT(child_->says("eady to accept connections", from, kStartMs) != 0);
  add_users();
}

void RedisServer::kill() {
  child_->signal(SIGKILL);
  child_->wait();
}

void RedisServer::restart() { start(); }

std::string RedisServer::command(const std::vector<std::string>& words) const {
  pipeline::RedisClient client(client_options());
  const auto answer = client.run({{words.begin(), words.end()}});
  CAIRN_ASSERT(answer.ok());
  std::string out;
  flatten(answer->replies.front(), out);
  return out;
}

}  // namespace cairn::test
