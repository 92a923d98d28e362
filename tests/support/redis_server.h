// A redis-server of the test's own: a temporary directory, a unix socket, no TCP port. It is ended by its
// process id when the object goes, and by the kernel when the test process goes first.
#pragma once

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/redis_client.h"
#include "tests/support/process.h"

namespace cairn::test {

struct RedisServerOptions {
  std::string maxmemory = "1gb";
  std::string policy = "noeviction";
  bool aof = false;
  std::string fsync = "everysec";
  std::string password = {};
};

class RedisServer {
 public:
  /// Returns when the server answers. Aborts the test program when it does not within 30 s.
  explicit RedisServer(RedisServerOptions options = {});

  std::string socket_path() const { return directory_ / "redis.sock"; }
  pid_t pid() const { return child_->pid(); }
  /// How to reach it, with short waits.
  pipeline::RedisOptions client_options() const;
  /// The same as a user of ops/redis/users.acl, for the keys of every pool.
  pipeline::RedisOptions client_options(const std::string& user) const;

  /// kill -9, and waits for the end.
  void kill();
  /// Starts it again on the same data. Requires kill(). Returns when it answers.
  void restart();
  /// SIGSTOP and SIGCONT.
  void freeze() { child_->pause(); }
  void thaw() { child_->signal(SIGCONT); }

  /// One command on a connection of its own; the reply as text, items in lines, "-…" for an error reply.
  /// For looking at and damaging the stored state.
  std::string command(const std::vector<std::string>& words) const;

 private:
  void start();
  void add_users();

  RedisServerOptions options_;
  TempDir directory_;
  std::unique_ptr<Child> child_;
};

}  // namespace cairn::test
