#include "tests/simulation/broken_store.h"

namespace cairn::sim {
namespace {

using namespace pipeline;

/// Passes everything on.
class Through : public Store {
 public:
  explicit Through(Store& inner) : inner_(inner) {}
  Result<EnqueueReply> enqueue(const std::vector<TaskSpec>& specs) override { return inner_.enqueue(specs); }
  Result<ExchangeReply> exchange(const Exchange& exchange) override { return inner_.exchange(exchange); }
  Result<std::vector<Verdict>> renew(const std::string& stage, const std::vector<Held>& held) override {
    return inner_.renew(stage, held);
  }
  Result<Verdict> fail(const std::string& stage, const Failure& failure) override {
    return inner_.fail(stage, failure);
  }
  Result<std::vector<Verdict>> hand_back(const std::string& stage, const std::vector<Held>& held) override {
    return inner_.hand_back(stage, held);
  }
  Result<std::vector<std::string>> sweep(const std::vector<std::string>& stages) override {
    return inner_.sweep(stages);
  }
  Status cancel(const GroupId& group) override { return inner_.cancel(group); }
  Result<std::vector<TaskRecord>> dead(const std::string& stage, std::size_t max) override {
    return inner_.dead(stage, max);
  }
  Status replay(const TaskId& id) override { return inner_.replay(id); }
  Status drop(const TaskId& id) override { return inner_.drop(id); }
  Result<StageCounts> counts(const std::string& stage) override { return inner_.counts(stage); }
  Result<std::uint64_t> stored_bytes() override { return inner_.stored_bytes(); }
  Result<TaskRecord> task(const TaskId& id) override { return inner_.task(id); }
  Result<GroupRecord> group(const GroupId& id) override { return inner_.group(id); }
  Result<std::vector<GroupRecord>> groups(std::uint64_t from, std::uint64_t to, std::size_t max) override {
    return inner_.groups(from, to, max);
  }
  Result<std::vector<TaskRecord>> group_tasks(const GroupId& id, std::size_t max) override {
    return inner_.group_tasks(id, max);
  }

 protected:
  Store& inner_;
};

class NoFence final : public Through {
 public:
  using Through::Through;
  Result<ExchangeReply> exchange(const Exchange& exchange) override {
    Exchange unfenced = exchange;
    for (Completion& done : unfenced.completions) {
      const auto record = inner_.task(done.id);
      if (record.ok() && record->state == TaskState::leased) done.fence = record->fence;
    }
    return inner_.exchange(unfenced);
  }
};

class SplitAck final : public Through {
 public:
  SplitAck(Store& inner, std::mt19937_64& random, std::uint32_t crash)
      : Through(inner), random_(random), crash_(crash) {}
  Result<ExchangeReply> exchange(const Exchange& exchange) override {
    Exchange acknowledged = exchange;
    for (Completion& done : acknowledged.completions) done.outcome.emits.clear();
    auto reply = inner_.exchange(acknowledged);
    if (!reply.ok()) return reply;
    for (std::size_t i = 0; i < exchange.completions.size(); ++i) {
      const auto& emits = exchange.completions[i].outcome.emits;
      if (emits.empty() || reply->verdicts[i] != Verdict::ok) continue;
      if (random_() % 1000 < crash_) return Error{Code::timeout, "simulated: died between the two calls"};
      CAIRN_TRY(inner_.enqueue(emits));
    }
    return reply;
  }

 private:
  std::mt19937_64& random_;
  std::uint32_t crash_;
};

}  // namespace

std::unique_ptr<Store> break_store(Broken how, Store& inner, std::mt19937_64& random, std::uint32_t crash) {
  switch (how) {
    case Broken::no_fence:
      return std::make_unique<NoFence>(inner);
    case Broken::split_ack:
      return std::make_unique<SplitAck>(inner, random, crash);
    case Broken::nothing:
      break;
  }
  return std::make_unique<Through>(inner);
}

}  // namespace cairn::sim
