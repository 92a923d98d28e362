// Refuses a Redis that would lose or evict tasks.
#pragma once

#include "pipeline/redis_client.h"

namespace cairn::pipeline {

/// What is let pass although it is not safe.
struct ServerWaivers {
  bool memory = false;      ///< no maxmemory, or a policy that evicts
  bool durability = false;  ///< no append-only file
};

/// Errors: conflict naming the setting and its value to set (Redis older than 7, no maxmemory, a
/// maxmemory-policy other than noeviction, appendonly off); failed when Redis does not let us look;
/// those of RedisClient.
Status check_server(RedisClient& client, const ServerWaivers& waivers = {});

}  // namespace cairn::pipeline
