// A blocking Redis connection with bounded waits. The only door to hiredis.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"

namespace cairn::pipeline {

/// One reply of Redis. Its shape is whatever the peer sent: check it before use.
struct Reply {
  enum class Kind : std::uint8_t { nil, integer, text, status, error, array };
  Kind kind = Kind::nil;
  std::int64_t integer = 0;
  std::string text;          ///< of text, status and error
  std::vector<Reply> items;  ///< of an array
};

/// What an error reply means. LOADING, BUSY, MASTERDOWN, TRYAGAIN, CLUSTERDOWN, READONLY, MISCONF, NOREPLICAS
/// and a server without room for another client are unavailable, OOM is exhausted, WRONGTYPE and
/// CAIRN_CORRUPT are corrupt, CAIRN_FORMAT is conflict, a missing function or script is not_found, anything
/// else is failed. Requires kind == error.
Error to_error(const Reply& reply);

/// Bytes of a connection into replies. Limited: nested at most 7 deep, `bytes_max` and 2^21 values in
/// one reply.
class ReplyReader {
 public:
  explicit ReplyReader(std::size_t bytes_max);
  ~ReplyReader();

  /// Errors: corrupt (not RESP, or beyond a limit); the reader is of no use after one.
  Status feed(ByteView bytes);
  /// The next whole reply, nullopt when more bytes are needed. Errors: as feed.
  Result<std::optional<Reply>> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct RedisOptions {
  std::string socket_path;  ///< of a unix socket; empty for TCP
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  std::string user;      ///< empty for the default user
  std::string password;  ///< empty for none
  std::int64_t connect_ms = 1'000;
  std::int64_t call_ms = 5'000;  ///< for one call with all its tries
  std::int64_t backoff_ms = 20;  ///< first wait after a failure; doubles, with full jitter
  std::int64_t backoff_max_ms = 1'000;
  std::size_t reply_bytes_max = 256ull << 20;
};

/// Connects when first used and again after every failure. Used by one thread.
class RedisClient {
 public:
  using Command = std::vector<std::string_view>;

  explicit RedisClient(RedisOptions options);
  ~RedisClient();

  struct Answer {
    std::vector<Reply> replies;  ///< one per command; error replies are among them
    bool repeated = false;       ///< an earlier try may have reached Redis as well
  };
  /// Sends the commands as one pipeline, and again after a lost connection or while Redis is not ready,
  /// until call_ms has passed: so they must be safe to repeat. `commands` is asked before each try. Errors:
  /// unavailable (no connection), timeout (connected, but no reply), corrupt (the peer does not speak RESP),
  /// failed (password refused). After any of them the outcome is unknown.
  Result<Answer> run(const std::function<std::vector<Command>()>& commands);
  Result<Answer> run(const std::vector<Command>& commands) {
    return run([&] { return commands; });
  }
  /// One command; an error reply becomes an Error.
  Result<Reply> call(const Command& command);

 private:
  struct Connection;
  Status connect(std::int64_t deadline_ms);
  Result<std::vector<Reply>> round_trip(const std::vector<Command>& commands, std::int64_t deadline_ms,
                                        bool& sent);
  void back_off();

  RedisOptions options_;
  std::unique_ptr<Connection> connection_;
  std::minstd_rand random_;
  std::uint32_t failures_ = 0;  // in a row
  std::int64_t next_try_ms_ = 0;
};

}  // namespace cairn::pipeline
