#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "bench/peer/side.h"
#include "bench/pool.h"
#include "pipeline/messages.h"
#include "pipeline/transport_zmq.h"

namespace cairn::peer {
namespace {

using namespace pipeline;

constexpr std::size_t kBatch = 256;

std::vector<std::string> stages_of(const Case& c) {
  if (!c.flow) return {"prove"};
  return {"split", "prove", "aggregate"};
}

PoolSetting setting_of(const Case& c) {
  PoolSetting setting;
  setting.stages = stages_of(c);
  setting.workers = c.workers / static_cast<std::uint32_t>(setting.stages.size());
  setting.credit = c.concurrency;
  // Tasks that wait run at once, each on a thread; of those that do nothing one is enough.
  setting.slots = c.work_ms > 0 ? c.concurrency : 1;
  setting.tasks = c.ready_max * c.tasks_each();
  return setting;
}

/// "t000000000042", ".0" for the first, ".1" … for the parts and ".5" for the last task of a flow.
TaskId id_of(std::uint64_t number, std::uint32_t step) {
  char id[32];
  std::snprintf(id, sizeof id, "t%012llu.%u", static_cast<unsigned long long>(number), step);
  return id;
}

Done done_of(const TaskId& id, std::int64_t at_ns) {
  return {at_ns, static_cast<std::uint32_t>(std::strtoull(id.c_str() + 1, nullptr, 10)),
          static_cast<std::uint32_t>(std::strtoul(id.c_str() + id.find('.') + 1, nullptr, 10))};
}

Bytes part_output(std::uint64_t number, std::uint32_t step) {
  Bytes out(8);
  for (int i = 0; i < 8; ++i)
    out[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>((number * 8 + step) >> (8 * i));
  return out;
}

TaskSpec spec_of(const Case& c, std::uint64_t number) {
  TaskSpec spec;
  spec.id = id_of(number, 0);
  spec.stage = stages_of(c).front();
  spec.height = number;
  spec.payload = part_output(number, 0);
  return spec;
}

/// The first task of a flow plans the last, which waits for all parts, and the parts.
Outcome planned(const Task& task) {
  Outcome outcome;
  TaskSpec last;
  last.id = id_of(task.height, kWidth + 1);
  last.stage = "aggregate";
  last.height = task.height;
  last.waits_on = kWidth;
  for (std::uint32_t step = 1; step <= kWidth; ++step) {
    TaskSpec part;
    part.id = id_of(task.height, step);
    part.stage = "prove";
    part.height = task.height;
    part.payload = part_output(task.height, step);
    part.feed = Feed{last.id, step - 1};
    if (step == 1) outcome.emits.push_back(last);
    outcome.emits.push_back(std::move(part));
  }
  return outcome;
}

Result<Outcome> joined(const Task& task) {
  if (task.inputs.size() != kWidth) return Error{Code::corrupt, "not all parts are there"};
  for (std::uint32_t step = 1; step <= kWidth; ++step) {
    if (task.inputs[step - 1] != part_output(task.height, step))
      return Error{Code::corrupt, "another part's output"};
  }
  return Outcome{};
}

Process process_of(const Case& c, std::size_t stage) {
  return [c, stage](const Task& task, Watch&) -> Result<Outcome> {
    if (c.work_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(c.work_ms));
    if (!c.flow) return Outcome{};
    if (stage == 0) return planned(task);
    if (stage == 2) return joined(task);
    Outcome outcome;
    outcome.output = task.payload;
    return outcome;
  };
}

/// Writes down what the store says is done, when it has said it.
class RecordingStore final : public Store {
 public:
  RecordingStore(std::unique_ptr<Store> inner, const std::string& file)
      : inner_(std::move(inner)),
        file_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
    CAIRN_ASSERT(file_ >= 0);
  }
  ~RecordingStore() override { ::close(file_); }

  std::vector<Result<ExchangeReply>> exchange_all(const std::vector<Exchange>& exchanges) override {
    auto replies = inner_->exchange_all(exchanges);
    const std::int64_t now = now_ns();
    std::vector<Done> done;
    for (std::size_t i = 0; i < replies.size(); ++i) {
      if (!replies[i].ok()) continue;
      for (std::size_t j = 0; j < replies[i]->verdicts.size(); ++j) {
        if (replies[i]->verdicts[j] == Verdict::ok)
          done.push_back(done_of(exchanges[i].completions[j].id, now));
      }
    }
    const auto bytes = done.size() * sizeof(Done);
    CAIRN_ASSERT(done.empty() || ::write(file_, done.data(), bytes) == static_cast<ssize_t>(bytes));
    return replies;
  }
  Result<ExchangeReply> exchange(const Exchange& exchange) override {
    return exchange_all({exchange}).front();
  }

  Result<EnqueueReply> enqueue(const std::vector<TaskSpec>& specs) override { return inner_->enqueue(specs); }
  Result<std::vector<Verdict>> renew(const std::string& stage, const std::vector<Held>& held) override {
    return inner_->renew(stage, held);
  }
  Result<Verdict> fail(const std::string& stage, const Failure& failure) override {
    return inner_->fail(stage, failure);
  }
  Result<std::vector<Verdict>> hand_back(const std::string& stage, const std::vector<Held>& held) override {
    return inner_->hand_back(stage, held);
  }
  Result<std::vector<std::string>> sweep(const std::vector<std::string>& stages) override {
    return inner_->sweep(stages);
  }
  Status cancel(const GroupId& id) override { return inner_->cancel(id); }
  Result<std::vector<TaskRecord>> dead(const std::string& stage, std::size_t max) override {
    return inner_->dead(stage, max);
  }
  Status replay(const TaskId& id) override { return inner_->replay(id); }
  Status drop(const TaskId& id) override { return inner_->drop(id); }
  Result<StageCounts> counts(const std::string& stage) override { return inner_->counts(stage); }
  Result<std::uint64_t> stored_bytes() override { return inner_->stored_bytes(); }
  Result<TaskRecord> task(const TaskId& id) override { return inner_->task(id); }
  Result<GroupRecord> group(const GroupId& id) override { return inner_->group(id); }
  Result<std::vector<GroupRecord>> groups(std::uint64_t from, std::uint64_t to, std::size_t max) override {
    return inner_->groups(from, to, max);
  }
  Result<std::vector<TaskRecord>> group_tasks(const GroupId& id, std::size_t max) override {
    return inner_->group_tasks(id, max);
  }

 private:
  std::unique_ptr<Store> inner_;
  int file_;
};

class Cairn final : public Side {
 public:
  Cairn(const test::RedisServer& redis, const Case& c, const std::string& folder)
      : case_(c), setting_(setting_of(c)), store_(*RedisStore::open(store_options(redis, setting_))) {
    PoolWork work;
    work.process = [c](std::size_t stage, std::uint32_t) { return process_of(c, stage); };
    work.watch = [folder](std::unique_ptr<Store> store, std::size_t stage) -> std::unique_ptr<Store> {
      return std::make_unique<RecordingStore>(std::move(store),
                                              folder + "/" + std::to_string(stage) + ".done");
    };
    crew_ = start_crew(redis, setting_, folder, work);
    transport_ = *make_zmq_transport(std::nullopt);
    hints_ = *transport_->connect(socket_of(folder, setting_.stages.front()));
  }
  ~Cairn() override { crew_.end(); }

  Status enqueue(std::uint64_t first, std::uint64_t count) override {
    const auto begun = offer(first, count, 0);
    return begun.ok() ? Status{} : Status(begun.error());
  }

  Result<std::int64_t> offer(std::uint64_t first, std::uint64_t count, double rate) override {
    const std::int64_t begin_ns = now_ns();
    for (std::uint64_t i = 0; i < count;) {
      const double passed = static_cast<double>(now_ns() - begin_ns) / 1e9;
      const std::uint64_t due = rate > 0 ? static_cast<std::uint64_t>(std::max(0.0, passed * rate)) : count;
      std::vector<TaskSpec> batch;
      for (; i < std::min(count, due) && batch.size() < kBatch; ++i)
        batch.push_back(spec_of(case_, first + i));
      if (batch.empty()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      const auto reply = store_->enqueue(batch);
      if (!reply.ok()) return reply.error();
      for (const Admission a : reply->admissions) {
        if (a != Admission::accepted) return Error{Code::conflict, "a task was not accepted"};
      }
      hints_->send(encode(Hint{setting_.stages.front()}));
    }
    return begin_ns;
  }

  void pause() override { crew_.pause(); }
  void resume() override { crew_.resume(); }
  double cpu() override { return Crew::cpu(crew_.dispatchers) + Crew::cpu(crew_.workers); }

  Status running() override {
    for (const auto* group : {&crew_.workers, &crew_.dispatchers}) {
      for (const pid_t pid : *group) {
        if (waitpid(pid, nullptr, WNOHANG) != 0)
          return Error{Code::failed, "a process of the pool has ended"};
      }
    }
    for (const std::string& stage : setting_.stages) {
      const auto dead = store_->dead(stage, 1);
      if (dead.ok() && !dead->empty())
        return Error{Code::failed, dead->front().id + " is dead: " + dead->front().reason};
    }
    return {};
  }

 private:
  Case case_;
  PoolSetting setting_;
  std::unique_ptr<RedisStore> store_;
  Crew crew_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Outbox> hints_;
};

}  // namespace

std::unique_ptr<Side> start_cairn(const test::RedisServer& redis, const Case& c, const std::string& folder) {
  return std::make_unique<Cairn>(redis, c, folder);
}

}  // namespace cairn::peer
