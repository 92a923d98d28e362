// The store in the memory of one process: the model that the Redis store is compared with, and the
// store of simulations. It does the same steps as pipeline/lua in the plainest way, except that it ends
// a group at once instead of in steps.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <set>
#include <unordered_map>

#include "common/digest.h"
#include "pipeline/store.h"

namespace cairn::pipeline {

/// Values by content, with the bytes that they take. A large value is kept once however often it is put.
class ValuePool {
 public:
  struct Value {
    std::size_t size = 0;
    std::optional<Bytes> bytes;      ///< inline; gone when lost
    std::optional<Digest32> digest;  ///< of a blob
  };
  Value put(const Bytes& bytes);
  void release(const Value& value);
  /// Null when it was lost.
  const Bytes* find(const Value& value) const;
  /// Loses it; a blob for all that name it.
  void lose(Value& value);
  /// Bytes that put() would add.
  std::uint64_t added(const Bytes& bytes) const;
  std::uint64_t bytes() const { return bytes_; }

 private:
  struct Blob {
    std::size_t references = 0;
    std::optional<Bytes> bytes;
  };
  std::map<Digest32, Blob> blobs_;
  std::uint64_t bytes_ = 0;
};

class MemoryStore : public Store {
 public:
  using NowMs = std::function<std::uint64_t()>;
  MemoryStore(StoreRules rules, NowMs now_ms);
  ~MemoryStore() override;

  Result<EnqueueReply> enqueue(const std::vector<TaskSpec>& specs) override;
  Result<ExchangeReply> exchange(const Exchange& exchange) override;
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

  /// What a damaged disk does: the task's payload, or its input in `slot`, is gone. For tests.
  void lose(const TaskId& id, std::optional<std::uint32_t> slot = {});

 private:
  using Value = ValuePool::Value;
  enum class Ended : std::uint8_t { no, completed, failed, handed_back };

  struct Input {
    TaskId feeder;
    std::optional<Value> value;
    bool awaited = true;  ///< false once fed, until the value is lost and must come again
  };
  struct Entry {
    TaskRecord record;
    std::optional<Feed> feed;
    TaskId from;            ///< the task that emitted it
    bool first = false;     ///< of its group
    bool open = false;      ///< the lease of record.fence may still be used
    bool redo = false;      ///< was done before
    Fence ended_fence = 0;  ///< the last that its holder ended
    Ended ended = Ended::no;
    std::optional<Value> payload;  ///< nullopt: released or lost
    std::vector<Input> inputs;
    std::uint64_t due_ms = 0;
    std::uint64_t score = 0;  ///< in the queue of its state
    std::optional<std::uint64_t> number;
  };
  struct Group {
    GroupRecord record;
    std::uint64_t dead = 0;
    std::set<std::pair<std::string, TaskId>> tasks;  // by stage
  };
  using Queue = std::set<std::pair<std::uint64_t, TaskId>>;  // by score
  struct StageQueues {
    std::map<Capability, Queue> ready;  // by what is needed
    Queue leased, delayed, dead;
    StageCounts totals;  // waiting and the totals
  };

  Entry* find(const TaskId& id);
  Group* find_group(const GroupId& id);
  bool over(const GroupId& id);
  Queue* queue(StageQueues& stage, TaskState state, const Capability& needs);

  void move(Entry& t, TaskState state, std::uint64_t score = 0);
  void offer(Entry& t);
  void kill(Entry& t, std::string reason);
  void count_failure(Entry& t, bool permanent, std::string reason);
  void close(Entry& t, Ended how);
  Verdict verdict(const TaskId& id, const std::string& stage, Fence fence, Ended how, Entry*& t);

  void release_payload(Entry& t);
  void release_inputs(Entry& t);
  bool payload_present(const Entry& t) const;
  bool input_present(const Input& input) const;
  bool rerun(const TaskId& id);
  bool wait_for_lost(Entry& t);

  Admission admit(const TaskSpec& spec, const TaskId& from, bool capped);
  bool over_cap(const TaskSpec& spec);
  Verdict complete(const std::string& stage, const Completion& completion);
  void run_again(Entry& t, const Again& again);
  bool deliver(Entry& t, const Bytes& output);
  void finish(Entry& t);
  void end_group(const GroupId& id, const std::string& state);
  void cancel_task(Entry& t);
  void erase_task(const TaskId& id);

  void read_clock();
  void keep_clock();
  void reap(const std::string& stage);
  void promote(const std::string& stage);
  Entry* lowest_ready(const Exchange& exchange);
  void lease(const Exchange& exchange, std::vector<Task>& out, std::size_t& bytes);
  Fence next_fence() const;
  Task hand_out(Entry& t, const std::string& worker);
  void forget(std::size_t max);
  void forget_groups(std::size_t& max);
  std::vector<std::string> woken_without(const std::string& stage) const;

  static constexpr std::size_t kStep = 100;  // tasks reaped, promoted or forgotten at once

  StoreRules rules_;
  NowMs clock_;
  std::uint64_t now_ = 0;    // of the call in progress
  std::uint64_t ahead_ = 0;  // of clock_, since that was set back
  std::uint64_t seen_ = 0;   // the latest time of a call that may write, to 100 ms
  std::uint64_t reap_from_ = 0;
  std::uint32_t silences_ = 0;  // in a row
  ValuePool values_;
  std::unordered_map<TaskId, Entry> tasks_;
  std::map<GroupId, Group> groups_;
  std::map<std::string, StageQueues> stages_;
  Queue dead_;                                         // of all stages
  Queue ended_;                                        // groups by the time of their end
  std::deque<std::pair<std::uint64_t, TaskId>> done_;  // without a group, by the time of it
  std::map<std::string, std::uint64_t> numbers_;
  Fence fence_ = 0;
  std::set<std::string> woken_;
};

}  // namespace cairn::pipeline
