// The store in Redis 7. The state and its changes are functions in pipeline/lua; this side hashes and
// checks values, speaks to Redis, and survives its failures.
//
// Every call waits at most RedisOptions::call_ms, tries included. A call whose reply was lost is
// repeated; how the contract of store.h makes that safe:
//   enqueue    by id: what the lost call has added is answered as duplicate
//   exchange   completions by fence (duplicate), leases by the number of the call: they are given again,
//              also to a caller that repeats after an error. A try that arrives after a later one does
//              nothing. A caller that dies instead loses its leases until they expire, as it would with
//              its memory
//   renew, fail, hand_back   by fence
//   cancel, replay, drop     not at all: when the lost call may have worked, `unavailable` says to look
#pragma once

#include <memory>
#include <string>

#include "pipeline/redis_client.h"
#include "pipeline/redis_library.h"
#include "pipeline/store.h"

namespace cairn::pipeline {

namespace wire {
class Request;
struct Lease;
}  // namespace wire

struct RedisStoreOptions {
  RedisOptions redis;
  std::string pool = "main";  ///< [a-z0-9_-]; all keys are {cairn:<pool>}:…
  StoreRules rules;
  std::string library{redis_library()};  ///< as redis_library()
};

class RedisStore final : public Store {
 public:
  /// Connects, and loads the function library where Redis does not have it. Libraries of other builds stay.
  /// Errors: those of every call, invalid_input for the pool's name or rules beyond 2^53, conflict when the
  /// pool is stored in another format, which every call answers as well, and changes nothing.
  static Result<std::unique_ptr<RedisStore>> open(RedisStoreOptions options);
  ~RedisStore() override;

  Result<EnqueueReply> enqueue(const std::vector<TaskSpec>& specs) override;
  Result<ExchangeReply> exchange(const Exchange& exchange) override;
  /// One call of Redis for all exchanges of one stage.
  std::vector<Result<ExchangeReply>> exchange_all(const std::vector<Exchange>& exchanges) override;
  Result<std::vector<Verdict>> renew(const std::string& stage, const std::vector<Held>&) override;
  Result<Verdict> fail(const std::string& stage, const Failure& failure) override;
  Result<std::vector<Verdict>> hand_back(const std::string& stage, const std::vector<Held>&) override;
  Result<std::vector<std::string>> sweep(const std::vector<std::string>& stages) override;
  Status cancel(const GroupId& group) override;
  Result<std::vector<TaskRecord>> dead(const std::string& stage, std::size_t max) override;
  Status replay(const TaskId& id) override;
  Status drop(const TaskId& id) override;
  Result<StageCounts> counts(const std::string& stage) override;
  Result<std::uint64_t> stored_bytes() override;
  Result<TaskRecord> task(const TaskId& id) override;
  Result<GroupRecord> group(const GroupId& id) override;
  Result<std::vector<GroupRecord>> groups(std::uint64_t from, std::uint64_t to, std::size_t max) override;
  Result<std::vector<TaskRecord>> group_tasks(const GroupId& id, std::size_t max) override;

 private:
  explicit RedisStore(RedisStoreOptions options);

  struct Answer {
    Reply reply;
    bool repeated = false;  ///< an earlier try may have worked
  };
  /// Each try is sent with its number, counted on from `tries`.
  Result<Answer> invoke(std::string_view function, wire::Request& request, std::uint64_t& tries);
  Result<Reply> ask(std::string_view function, wire::Request& request);
  Status load_library();
  Result<std::vector<ExchangeReply>> exchange_stage(const std::vector<Exchange>& exchanges);
  Status fetch_blobs(std::vector<wire::Lease>& leases, std::vector<std::string>& woken);
  Status report_lost(const Task& task, bool payload, const std::vector<std::uint32_t>& slots,
                     std::vector<std::string>& woken);
  Result<std::vector<Verdict>> on_held(std::string_view function, const std::string& stage,
                                       const std::vector<Held>& held);
  Status operate(std::string_view function, const std::string& id, std::string_view what);

  RedisStoreOptions options_;
  RedisClient client_;
  const std::string tag_;
  const std::string library_;  // its name
  const std::string caller_;   // this instance, to Redis
  std::uint64_t call_ = 1;     // number of the exchange that is next, or whose reply was lost
  std::uint64_t tries_ = 0;    // of exchange `call_`: its outcome is unknown
};

}  // namespace cairn::pipeline
