// The store of a simulation as its dispatchers see it: replies get lost, calls fail, and everything that
// the store really answers is held against what the runtime promises.
#pragma once

#include <map>
#include <random>
#include <set>
#include <string>

#include "pipeline/store.h"

namespace cairn::sim {

struct StoreFaults {
  std::uint32_t not_reached = 0;  ///< per mille of calls: nothing happens, the caller gets an error
  std::uint32_t reply_lost = 0;   ///< per mille of calls: it happens, the caller gets an error
};

class WatchedStore final : public pipeline::Store {
 public:
  /// All are borrowed. `lease_ms` is that of the rules of `inner`.
  WatchedStore(pipeline::Store& inner, std::mt19937_64& random, const std::uint64_t& now_ms,
               const StoreFaults& faults, std::uint64_t lease_ms);

  /// The first promise that was broken; empty while all are kept.
  const std::string& violation() const { return violation_; }
  void fail(std::string what);
  /// That no lease is older than its time and `grace_ms`. Requires that a dispatcher has swept since.
  void check_leases(std::uint64_t grace_ms);

  Result<pipeline::EnqueueReply> enqueue(const std::vector<pipeline::TaskSpec>& specs) override;
  Result<pipeline::ExchangeReply> exchange(const pipeline::Exchange& exchange) override;
  Result<std::vector<pipeline::Verdict>> renew(const std::string& stage,
                                               const std::vector<Held>& held) override;
  Result<pipeline::Verdict> fail(const std::string& stage, const pipeline::Failure& failure) override;
  Result<std::vector<pipeline::Verdict>> hand_back(const std::string& stage,
                                                   const std::vector<Held>& held) override;
  Result<std::vector<std::string>> sweep(const std::vector<std::string>& stages) override;
  Status cancel(const pipeline::GroupId& group) override { return inner_.cancel(group); }
  Result<std::vector<pipeline::TaskRecord>> dead(const std::string& stage, std::size_t max) override {
    return inner_.dead(stage, max);
  }
  Status replay(const pipeline::TaskId& id) override { return inner_.replay(id); }
  Status drop(const pipeline::TaskId& id) override { return inner_.drop(id); }
  Result<pipeline::StageCounts> counts(const std::string& stage) override { return inner_.counts(stage); }
  Result<std::uint64_t> stored_bytes() override { return inner_.stored_bytes(); }
  Result<pipeline::TaskRecord> task(const pipeline::TaskId& id) override { return inner_.task(id); }
  Result<pipeline::GroupRecord> group(const pipeline::GroupId& id) override { return inner_.group(id); }
  Result<std::vector<pipeline::GroupRecord>> groups(std::uint64_t from, std::uint64_t to,
                                                    std::size_t max) override {
    return inner_.groups(from, to, max);
  }
  Result<std::vector<pipeline::TaskRecord>> group_tasks(const pipeline::GroupId& id,
                                                        std::size_t max) override {
    return inner_.group_tasks(id, max);
  }

 private:
  /// What is known of one task.
  struct Seen {
    pipeline::Fence fence = 0;   // of the last lease
    std::uint64_t until_ms = 0;  // when that lease ends by itself; 0: it has ended
    bool ended = false;          // that lease was completed, failed or given back
    bool finished = false;
  };
  /// Calls `what` with this call's faults.
  template <class Reply, class Call>
  Result<Reply> faulty(Call call);
  bool chance(std::uint32_t per_mille) { return random_() % 1000 < per_mille; }
  void take(const pipeline::Completion& done, pipeline::Verdict verdict);
  void take(const pipeline::Task& leased);
  void end_lease(const char* how, const pipeline::TaskId& id, pipeline::Fence fence);
  void check_order(const pipeline::Exchange& exchange, const std::vector<pipeline::Task>& leased);

  pipeline::Store& inner_;
  std::mt19937_64& random_;
  const std::uint64_t& now_ms_;
  const StoreFaults& faults_;
  std::uint64_t lease_ms_;
  std::map<pipeline::TaskId, Seen> tasks_;
  pipeline::Fence last_fence_ = 0;
  std::string violation_;
};

}  // namespace cairn::sim
