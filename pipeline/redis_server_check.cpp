#include "pipeline/redis_server_check.h"

#include <charconv>

namespace cairn::pipeline {
namespace {

constexpr int kMajorMin = 7;

Result<int> major_version(RedisClient& client) {
  CAIRN_ASSIGN(const Reply info, client.call({"INFO", "server"}));
  constexpr std::string_view key = "redis_version:";
  const std::size_t at = info.text.find(key);
  if (at == std::string::npos) return Error{Code::corrupt, "Redis does not say its version"};
  int major = 0;
  const char* const begin = info.text.data() + at + key.size();
  if (std::from_chars(begin, info.text.data() + info.text.size(), major).ec != std::errc()) {
    return Error{Code::corrupt, "Redis does not say its version"};
  }
  return major;
}

Result<std::string> setting(RedisClient& client, std::string_view name) {
  CAIRN_ASSIGN(const Reply reply, client.call({"CONFIG", "GET", name}));
  if (reply.items.size() != 2 || reply.items[0].text != name) {
    return Error{Code::corrupt, "Redis does not say its " + std::string(name)};
  }
  return reply.items[1].text;
}

}  // namespace

Status check_server(RedisClient& client, const ServerWaivers& waivers) {
  CAIRN_ASSIGN(const int major, major_version(client));
  if (major < kMajorMin) {
    return Error{Code::conflict, "Redis is version " + std::to_string(major) + ": 7 or newer is needed"};
  }
  CAIRN_ASSIGN(const std::string maxmemory, setting(client, "maxmemory"));
  if (maxmemory == "0" && !waivers.memory) {
    return Error{Code::conflict, "Redis has no maxmemory: set it to at most 60 % of the machine's memory"};
  }
  CAIRN_ASSIGN(const std::string policy, setting(client, "maxmemory-policy"));
  if (policy != "noeviction" && !waivers.memory) {
    return Error{Code::conflict, "Redis has maxmemory-policy " + policy +
                                     " and would evict tasks: set maxmemory-policy noeviction"};
  }
  CAIRN_ASSIGN(const std::string appendonly, setting(client, "appendonly"));
  if (appendonly != "yes" && !waivers.durability) {
    return Error{Code::conflict,
                 "Redis keeps no append-only file and would lose tasks: set appendonly yes and "
                 "appendfsync everysec"};
  }
  return {};
}

}  // namespace cairn::pipeline
