#include "pipeline/redis_client.h"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "common/clock.h"

namespace cairn::pipeline {
namespace {

constexpr std::size_t kValuesMax = 1u << 21;
constexpr std::string_view kFormat = "CAIRN_FORMAT ";
constexpr std::size_t kReadBytes = 64 * 1024;

bool begins(std::string_view text, std::string_view prefix) { return text.starts_with(prefix); }

/// Redis answers, but cannot serve yet.
bool not_ready(const Reply& reply) {
  return reply.kind == Reply::Kind::error && to_error(reply).code == Code::unavailable;
}

Error no_connection(const RedisOptions& options, std::string_view why) {
  const std::string where =
      options.socket_path.empty() ? options.host + ":" + std::to_string(options.port) : options.socket_path;
  return {Code::unavailable, "Redis at " + where + ": " + std::string(why)};
}

timeval to_timeval(std::int64_t ms) { return {ms / 1000, (ms % 1000) * 1000}; }

/// False when the deadline passes first.
bool wait_for(int fd, short events, std::int64_t deadline_ms) {
  while (true) {
    const std::int64_t left = deadline_ms - steady_ms();
    if (left <= 0) return false;
    pollfd p{fd, events, 0};
    const int n = ::poll(&p, 1, static_cast<int>(std::min<std::int64_t>(left, 1 << 30)));
    if (n > 0) return true;
    if (n < 0 && errno != EINTR) return true;  // the read or write that follows tells why
  }
}

std::string to_resp(const std::vector<RedisClient::Command>& commands) {
  std::size_t bytes = 0;
  for (const auto& command : commands) {
    bytes += 16;
    for (std::string_view argument : command) bytes += argument.size() + 16;
  }
  std::string out;
  out.reserve(bytes);
  for (const auto& command : commands) {
    out.append("*").append(std::to_string(command.size())).append("\r\n");
    for (std::string_view argument : command) {
      out.append("$").append(std::to_string(argument.size())).append("\r\n");
      out.append(argument).append("\r\n");
    }
  }
  return out;
}

}  // namespace

Error to_error(const Reply& reply) {
  CAIRN_ASSERT(reply.kind == Reply::Kind::error);
  // Redis appends where in the library an error was raised.
  const std::string what = reply.text.substr(0, std::min<std::size_t>(reply.text.find(" script: "), 512));
  for (const char* prefix : {"LOADING", "BUSY", "MASTERDOWN", "TRYAGAIN", "CLUSTERDOWN", "READONLY",
                             "MISCONF", "NOREPLICAS", "ERR max number of clients"}) {
    if (begins(what, prefix)) return {Code::unavailable, "Redis: " + what};
  }
  if (begins(what, "OOM")) return {Code::exhausted, "Redis is full: " + what};
  if (begins(what, "WRONGTYPE") || begins(what, "CAIRN_CORRUPT")) return {Code::corrupt, "Redis: " + what};
  if (begins(what, kFormat)) return {Code::conflict, "the pool in Redis: " + what.substr(kFormat.size())};
  if (begins(what, "NOSCRIPT") || begins(what, "ERR Function not found")) {
    return {Code::not_found, "Redis: " + what};
  }
  return {Code::failed, "Redis: " + what};
}

// --- replies

struct ReplyReader::State {
  redisReader* reader = nullptr;
  std::size_t bytes_max = 0;
  std::size_t bytes = 0;   // fed since the last whole reply
  std::size_t values = 0;  // made since the last whole reply

  /// The place for the value that `task` makes: the root, or the next item of the array above it.
  static Reply* place(const redisReadTask* task) {
    auto* state = static_cast<State*>(task->privdata);
    if (++state->values > kValuesMax) return nullptr;
    if (task->parent == nullptr) return new Reply;
    return &static_cast<Reply*>(task->parent->obj)->items.emplace_back();
  }
  static void* text(const redisReadTask* task, char* bytes, std::size_t size) {
    Reply* reply = place(task);
    if (reply == nullptr) return nullptr;
    reply->kind = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::error
                  : task->type == REDIS_REPLY_STATUS ? Reply::Kind::status
                                                     : Reply::Kind::text;
    reply->text.assign(bytes, size);
    return reply;
  }
  static void* array(const redisReadTask* task, int) {
    Reply* reply = place(task);
    if (reply != nullptr) reply->kind = Reply::Kind::array;
    return reply;
  }
  static void* integer(const redisReadTask* task, long long value) {
    Reply* reply = place(task);
    if (reply == nullptr) return nullptr;
    reply->kind = Reply::Kind::integer;
    reply->integer = value;
    return reply;
  }
  static void* nil(const redisReadTask* task) { return place(task); }
  static void free_root(void* reply) { delete static_cast<Reply*>(reply); }
};

ReplyReader::ReplyReader(std::size_t bytes_max) : state_(std::make_unique<State>()) {
  static redisReplyObjectFunctions functions = {State::text, State::array, State::integer, State::nil,
                                                State::free_root};
  state_->bytes_max = bytes_max;
  state_->reader = redisReaderCreateWithFunctions(&functions);
  CAIRN_ASSERT(state_->reader != nullptr);
  state_->reader->privdata = state_.get();
}
ReplyReader::~ReplyReader() { redisReaderFree(state_->reader); }

Status ReplyReader::feed(ByteView bytes) {
  state_->bytes += bytes.size();
  if (state_->bytes > state_->bytes_max) return Error{Code::corrupt, "Redis: the reply is too large"};
  if (redisReaderFeed(state_->reader, text(bytes).data(), bytes.size()) != REDIS_OK) {
    return Error{Code::corrupt, std::string("Redis: ") + state_->reader->errstr};
  }
  return {};
}

Result<std::optional<Reply>> ReplyReader::next() {
  void* root = nullptr;
  if (redisReaderGetReply(state_->reader, &root) != REDIS_OK) {
    return Error{Code::corrupt, std::string("Redis: malformed reply: ") + state_->reader->errstr};
  }
  if (root == nullptr) return std::optional<Reply>();
  const std::unique_ptr<Reply> reply(static_cast<Reply*>(root));
  state_->bytes = state_->reader->len - state_->reader->pos;
  state_->values = 0;
  return std::optional<Reply>(std::move(*reply));
}

// --- the connection

struct RedisClient::Connection {
  Connection(redisContext* c, std::size_t bytes_max) : context(c), reader(bytes_max) {}
  ~Connection() { redisFree(context); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  redisContext* context;
  ReplyReader reader;
};

RedisClient::RedisClient(RedisOptions options)
    : options_(std::move(options)), random_(std::random_device{}()) {}
RedisClient::~RedisClient() = default;

void RedisClient::back_off() {
  connection_.reset();
  const std::int64_t longest =
      std::min(options_.backoff_max_ms, options_.backoff_ms << std::min<std::uint32_t>(failures_, 20));
  ++failures_;
  next_try_ms_ = steady_ms() + std::uniform_int_distribution<std::int64_t>(0, longest)(random_);
}

Status RedisClient::connect(std::int64_t deadline_ms) {
  if (connection_) return {};
  const std::int64_t left = deadline_ms - steady_ms();
  if (left <= 0) return no_connection(options_, "no time left to connect");
  if (options_.socket_path.size() >= sizeof(sockaddr_un::sun_path)) {
    return Error{Code::failed, "the path of the Redis socket is too long"};
  }
  const timeval timeout = to_timeval(std::min(left, options_.connect_ms));
  redisContext* context = options_.socket_path.empty()
                              ? redisConnectWithTimeout(options_.host.c_str(), options_.port, timeout)
                              : redisConnectUnixWithTimeout(options_.socket_path.c_str(), timeout);
  if (context == nullptr) return no_connection(options_, "out of memory");
  auto connection = std::make_unique<Connection>(context, options_.reply_bytes_max);
  if (context->err != 0) return no_connection(options_, context->errstr);
  if (options_.socket_path.empty()) redisEnableKeepAlive(context);
  const int flags = ::fcntl(context->fd, F_GETFL);
  if (flags < 0 || ::fcntl(context->fd, F_SETFL, flags | O_NONBLOCK) < 0) {
    return no_connection(options_, std::strerror(errno));
  }
  connection_ = std::move(connection);
  if (options_.password.empty()) return {};
  bool sent = false;
  Command login = {"AUTH"};
  if (!options_.user.empty()) login.push_back(options_.user);
  login.push_back(options_.password);
  CAIRN_ASSIGN(const auto replies, round_trip({login}, deadline_ms, sent));
  if (replies[0].kind != Reply::Kind::error) return {};
  const Error refused = to_error(replies[0]);
  connection_.reset();
  return refused;
}

Result<std::vector<Reply>> RedisClient::round_trip(const std::vector<Command>& commands,
                                                   std::int64_t deadline_ms, bool& sent) {
  const int fd = connection_->context->fd;
  const std::string out = to_resp(commands);
  std::size_t written = 0;
  while (written < out.size()) {
    const ssize_t n = ::send(fd, out.data() + written, out.size() - written, MSG_NOSIGNAL);
    if (n > 0) {
      written += static_cast<std::size_t>(n);
      sent = true;
    } else if (n < 0 && errno == EINTR) {
      continue;
    } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      if (!wait_for(fd, POLLOUT, deadline_ms)) return Error{Code::timeout, "Redis takes no more bytes"};
    } else {
      return no_connection(options_, std::strerror(errno));
    }
  }
  std::vector<Reply> replies;
  Bytes buffer(kReadBytes);
  while (replies.size() < commands.size()) {
    CAIRN_ASSIGN(std::optional<Reply> reply, connection_->reader.next());
    if (reply) {
      replies.push_back(std::move(*reply));
      continue;
    }
    const ssize_t n = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (n > 0) {
      CAIRN_TRY(connection_->reader.feed(ByteView(buffer).first(static_cast<std::size_t>(n))));
    } else if (n == 0) {
      return no_connection(options_, "closed the connection");
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!wait_for(fd, POLLIN, deadline_ms)) return Error{Code::timeout, "Redis does not answer"};
    } else if (errno != EINTR) {
      return no_connection(options_, std::strerror(errno));
    }
  }
  return replies;
}

Result<RedisClient::Answer> RedisClient::run(const std::function<std::vector<Command>()>& commands) {
  const std::int64_t deadline = steady_ms() + options_.call_ms;
  Answer answer;
  while (true) {
    Error why = no_connection(options_, "waiting before the next try");
    const std::int64_t wait = next_try_ms_ - steady_ms();
    if (wait > 0) std::this_thread::sleep_for(std::chrono::milliseconds(std::min(wait, options_.call_ms)));
    if (Status up = connect(deadline); !up.ok()) {
      why = up.error();
    } else {
      bool sent = false;
      auto replies = round_trip(commands(), deadline, sent);
      if (replies.ok()) {
        const auto bad = std::find_if(replies->begin(), replies->end(), not_ready);
        if (bad == replies->end()) {
          failures_ = 0;
          answer.replies = std::move(*replies);
          return answer;
        }
        why = to_error(*bad);
      } else {
        why = replies.error();
      }
      answer.repeated = answer.repeated || sent;
    }
    back_off();
    if (why.code != Code::unavailable || next_try_ms_ >= deadline) return why;
  }
}

Result<Reply> RedisClient::call(const Command& command) {
  CAIRN_ASSIGN(Answer answer, run({command}));
  Reply& reply = answer.replies.front();
  if (reply.kind == Reply::Kind::error) return to_error(reply);
  return std::move(reply);
}

}  // namespace cairn::pipeline
