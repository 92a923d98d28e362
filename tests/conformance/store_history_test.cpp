// Random histories: the same operations on the Redis store and on the memory store must give the same
// answers and leave the same state. The seed is printed with every failure. A library with one line
// changed is found out.
//   CAIRN_HISTORY_OPS   operations per history (default 6000); there are 4 histories
//   CAIRN_HISTORY_SEED  run this one only
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <sstream>

#include "tests/conformance/store_test.h"

namespace cairn::pipeline {
namespace {

constexpr std::uint32_t kTasks = 120;
constexpr const char* kStages[] = {"split", "prove", "join"};

template <class Items, class Show>
std::string list(const Items& items, Show show) {
  std::string out;
  for (const auto& item : items) out += "\n  " + show(item);
  return out;
}
std::string show(const TaskRecord& r) {
  std::ostringstream out;
  out << r.id << " " << r.stage << " h" << r.height << " g" << r.group << " s" << int(r.state) << " f"
      << r.fence << " a" << r.attempts << " d" << r.deaths << " w" << r.waits_on << " " << r.worker << " '"
      << r.reason << "' @" << r.since_ms << " needs " << r.needs;
  return out.str();
}
std::string show(const Task& t) {
  std::ostringstream out;
  out << t.id << " " << t.stage << " h" << t.height << " g" << t.group << " f" << t.fence << " a" << t.attempt
      << " p" << t.payload.size() << " n" << (t.number ? std::to_string(*t.number) : "-") << " i";
  for (const Bytes& input : t.inputs) out << input.size() << ":" << (input.empty() ? 0 : input[0]) << ",";
  return out.str();
}
std::string show(const GroupRecord& g) {
  std::ostringstream out;
  out << g.id << " h" << g.height << " " << g.state << " " << g.begun_ms << "-" << g.ended_ms;
  for (const auto& [name, value] : g.facts) out << " " << name << "=" << value;
  return out.str();
}
std::string show(const StageCounts& c) {
  std::ostringstream out;
  out << c.waiting << " " << c.delayed << " " << c.ready << " " << c.leased << " " << c.dead << " | "
      << c.done_total << " " << c.leases_lost_total << " " << c.stale_total << " " << c.failures_total << " "
      << c.duplicates_total << " " << c.oldest_ready_ms << " " << c.lowest_height;
  for (const auto& [need, ready] : c.ready_by_need) out << " " << need << ":" << ready;
  return out.str();
}
std::string show(const EnqueueReply& r) {
  return list(r.admissions, [](Admission a) { return std::to_string(int(a)); });
}
std::string show(const ExchangeReply& r) {
  return list(r.verdicts, [](Verdict v) { return std::to_string(int(v)); }) +
         list(r.leased, [](const Task& t) { return show(t); }) +
         list(r.woken, [](const std::string& stage) { return "woken " + stage; });
}
std::string show(const std::vector<Verdict>& verdicts) {
  return list(verdicts, [](Verdict v) { return std::to_string(int(v)); });
}
std::string show(const std::vector<std::string>& stages) {
  return list(stages, [](const std::string& s) { return s; });
}
std::string show(const std::vector<TaskRecord>& records) {
  return list(records, [](const TaskRecord& r) { return show(r); });
}
std::string show(const std::vector<GroupRecord>& groups) {
  return list(groups, [](const GroupRecord& g) { return show(g); });
}
std::string show(Verdict v) { return std::to_string(int(v)); }
std::string show(std::uint64_t n) { return std::to_string(n); }
template <class T>
std::string show(const Result<T>& result) {
  return result.ok() ? show(*result) : std::string(code_name(result.error().code));
}
std::string show(const Status& status) {
  return status.ok() ? "ok" : std::string(code_name(status.error().code));
}

class History {
 public:
  static constexpr StoreRules kRules{.lease_ms = 100,
                                     .attempts_max = 3,
                                     .deaths_max = 3,
                                     .backoff_ms = 10,
                                     .backoff_max_ms = 50,
                                     .depth_max = 20,
                                     .bytes_max = 3'000'000,
                                     .done_ms = 3000,
                                     .done_max = 10};

  History(std::uint64_t seed, std::unique_ptr<StoreHarness> redis)
      : random_(seed), memory_(make_memory_harness(kRules)), redis_(std::move(redis)) {}

  /// Runs until the stores differ, at most `operations`. Returns how many were the same.
  std::uint64_t run(std::uint64_t operations) {
    for (std::uint64_t i = 1; i <= operations; ++i) {
      step();
      if (i % 100 == 0 || i == operations) compare_all();
      if (!difference_.empty()) return i - 1;
    }
    return operations;
  }
  /// What differed first; empty when nothing did.
  const std::string& difference() const { return difference_; }

 private:
  void step() {
    const std::uint32_t dice = below(100);
    if (dice < 20) return enqueue();
    if (dice < 60) return exchange();
    if (dice < 66) return advance();
    if (dice < 71) return renew();
    if (dice < 77) return fail();
    if (dice < 80) return hand_back();
    if (dice < 86) return sweep();
    if (dice < 88) return end_something();
    if (dice < 91) return revive_something();
    if (dice < 95) return lose_something();
    return look_at_one();
  }

  void compare_all() {
    for (const char* stage : kStages) same([&](Store& s) { return s.counts(stage); }, "counts");
    same([](Store& s) { return s.stored_bytes(); }, "bytes");
    for (std::uint32_t n = 0; n < kTasks; ++n) {
      same([&](Store& s) { return s.task(id(n)); }, "task");
    }
    same([](Store& s) { return s.groups(0, UINT64_MAX, 100); }, "groups");
    for (int g = 0; g < 4; ++g) {
      same([&](Store& s) { return s.group_tasks("g" + std::to_string(g), 100); }, "group tasks");
    }
    same([](Store& s) { return s.dead("", 100); }, "dead");
    same([](Store& s) { return s.dead("prove", 3); }, "dead of a stage");
  }

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  bool chance(std::uint32_t percent) { return below(100) < percent; }

  template <class Ask>
  void same(Ask ask, const std::string& what) {
    (void)both(ask, what);
  }

  /// Asks both and compares; returns what memory said.
  template <class Ask>
  auto both(Ask ask, const std::string& what) -> decltype(ask(std::declval<Store&>())) {
    auto expected = ask(memory_->store());
    auto got = ask(redis_->store());
    note(show(expected), show(got), what);
    return expected;
  }
  void note(const std::string& expected, const std::string& got, const std::string& what) {
    if (expected == got || !difference_.empty()) return;
    difference_ = what + ": memory says " + expected + "\nRedis says " + got;
  }

  // The same number is always the same work. Of ten, the first joins the outputs of the next two, which
  // the fourth emits; the fifth emits the sixth; the seventh ends its group; the eighth feeds what the second
  // does.
  static TaskId id(std::uint32_t n) { return "t/" + std::to_string(n); }
  static std::uint32_t number(const TaskId& id) {
    return static_cast<std::uint32_t>(std::stoul(id.substr(2)));
  }
  static Bytes payload(std::uint32_t n) {
    static const std::size_t sizes[] = {0, 3, 700, 513, 512, 66'000, 1000, 70'000};
    return Bytes(sizes[n % 8], static_cast<std::uint8_t>(n % 3));
  }
  static TaskSpec task(std::uint32_t n) {
    TaskSpec s = with_payload(spec(id(n), n * 7 % 50, kStages[n % 3]), payload(n));
    if (n % 5 != 4) s.group = "g" + std::to_string(n / 10 % 4);
    const std::uint32_t tens = n - n % 10;
    if (n % 10 == 0) s.waits_on = 2;
    if (n % 10 == 1 || n % 10 == 2) s.feed = Feed{id(tens), n % 10 - 1};
    if (n % 10 == 7) s.feed = Feed{id(tens), 0};
    if (n % 10 == 8) s.feed = Feed{id(tens), 7};  // there is no such slot
    if (n % 10 == 9) s.delay_ms = 30;
    if (n % 4 == 1) s.needs = n % 8 == 1 ? "gpu" : "zkvm";
    return s;
  }
  Outcome outcome(std::uint32_t n) {
    Outcome o;
    if (n % 10 == 3) o.emits = {task(n - 3), task(n - 2), task(n - 1)};
    if (n % 10 == 4) o.emits = {task(n + 1)};
    if (chance(20)) o.facts = {{"fact" + std::to_string(below(3)), std::to_string(below(100))}};
    if (chance(25)) {
      o.again = Again{{}, chance(50) ? below(40) : 0, {}};
      if (chance(50)) o.again->payload = payload(below(8));
      if (chance(50)) o.again->number = NumberRequest{"c" + std::to_string(below(2)), below(50)};
      return o;
    }
    o.output = payload(n + 1);
    if (n % 10 == 6 && chance(50)) o.group_end = "verified";
    return o;
  }

  /// A lease that was given once: mostly the present one of its task.
  Task some_lease() {
    return leases_.empty() ? Task() : leases_[below(static_cast<std::uint32_t>(leases_.size()))];
  }
  void forget(const Task& t) {
    if (chance(20)) return;  // it will be repeated
    std::erase_if(leases_, [&](const Task& l) { return l.fence == t.fence; });
  }
  void remember(const std::vector<Task>& leased) {
    leases_.insert(leases_.end(), leased.begin(), leased.end());
    if (leases_.size() > 40) leases_.erase(leases_.begin());
  }

  void enqueue() {
    std::vector<TaskSpec> specs;
    for (std::uint32_t i = 1 + below(4); i > 0; --i) specs.push_back(task(below(kTasks)));
    same([&](Store& s) { return s.enqueue(specs); }, "enqueue");
  }
  void exchange() {
    std::vector<Exchange> exchanges;
    const std::string stage = kStages[below(3)];
    for (std::uint32_t w = 0; w <= below(2); ++w) {
      Exchange x{stage, "w" + std::to_string(w), {}, below(4)};
      if (chance(70)) x.capabilities.push_back("gpu");
      if (chance(70)) x.capabilities.push_back("zkvm");
      for (std::uint32_t i = below(4); i > 0; --i) {
        const Task t = some_lease();
        if (t.id.empty()) continue;
        x.completions.push_back({t.id, t.fence, outcome(number(t.id))});
        forget(t);
      }
      exchanges.push_back(std::move(x));
    }
    auto expected = memory_->store().exchange_all(exchanges);
    auto got = redis_->store().exchange_all(exchanges);
    CAIRN_ASSERT(expected.size() == got.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      note(show(expected[i]), show(got[i]), "exchange on " + stage);
      if (expected[i].ok()) remember(expected[i]->leased);
    }
  }
  void advance() {
    const std::uint64_t ms = chance(15) ? below(4000) : below(120);
    memory_->advance(ms);
    redis_->advance(ms);
  }
  void renew() {
    const Task t = some_lease(), u = some_lease();
    same([&](Store& s) { return s.renew("split", {{u.id, u.fence}}); }, "renew");
    if (t.id.empty()) return;
    same([&](Store& s) { return s.renew(t.stage, {{t.id, t.fence}, {u.id, u.fence}}); }, "renew");
  }
  void fail() {
    const Task t = some_lease();
    if (t.id.empty()) return;
    const Failure failure{t.id, t.fence, chance(20) ? FailKind::permanent : FailKind::retry, "broken"};
    same([&](Store& s) { return s.fail(t.stage, failure); }, "fail");
    forget(t);
  }
  void hand_back() {
    const Task t = some_lease();
    if (t.id.empty()) return;
    same([&](Store& s) { return s.hand_back(t.stage, {{t.id, t.fence}}); }, "hand_back");
    forget(t);
  }
  void sweep() {
    same([](Store& s) { return s.sweep({"split", "prove", "join"}); }, "sweep");
  }
  void end_something() {
    const std::string group = "g" + std::to_string(below(4));
    if (chance(50)) same([&](Store& s) { return s.cancel(group); }, "cancel");
    const auto dead = memory_->store().dead("", 5);
    if (dead->empty()) return;
    const TaskId victim = dead->at(below(static_cast<std::uint32_t>(dead->size()))).id;
    if (chance(30)) same([&](Store& s) { return s.drop(victim); }, "drop");
  }
  void revive_something() {
    const auto dead = memory_->store().dead("", 5);
    const TaskId which = dead->empty() || chance(10) ? id(below(kTasks)) : dead->front().id;
    same([&](Store& s) { return s.replay(which); }, "replay");
  }
  /// A value that both stores hold, large enough to be stored beside the record, vanishes.
  void lose_something() {
    const TaskId victim = id(below(kTasks));
    const auto found = memory_->store().task(victim);
    if (!found.ok() || found->state != TaskState::ready) return;
    const auto peeked = peek(victim);
    if (!peeked) return;
    if (chance(50) && peeked->payload.size() > 512) {
      memory_->lose_payload(victim, peeked->payload);
      redis_->lose_payload(victim, peeked->payload);
    } else if (!peeked->inputs.empty() && peeked->inputs[0].size() > 512) {
      memory_->lose_input(victim, 0, peeked->inputs[0]);
      redis_->lose_input(victim, 0, peeked->inputs[0]);
    }
  }
  /// What a ready task holds, seen by leasing it and handing it back.
  std::optional<Task> peek(const TaskId& id) {
    const auto record = memory_->store().task(id);
    ExchangeReply reply = *both(
        [&](Store& s) {
          return s.exchange({record->stage, "peek", {}, 50, {"gpu", "zkvm"}});
        },
        "peek");
    std::optional<Task> out;
    for (const Task& t : reply.leased) {
      if (t.id == id) out = t;
      same([&](Store& s) { return s.hand_back(t.stage, {{t.id, t.fence}}); }, "hand_back");
    }
    return out;
  }
  void look_at_one() {
    const TaskId one = id(below(kTasks));
    same([&](Store& s) { return s.task(one); }, "task");
  }

  std::mt19937_64 random_;
  std::unique_ptr<StoreHarness> memory_, redis_;
  std::vector<Task> leases_;
  std::string difference_;
};

std::uint64_t from_env(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

std::uint64_t operations() { return from_env("CAIRN_HISTORY_OPS", 6000); }

TEST(StoreHistory, RedisDoesWhatMemoryDoes) {
  const std::uint64_t only = from_env("CAIRN_HISTORY_SEED", 0);
  std::uint64_t compared = 0;
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    const std::uint64_t used = only == 0 ? seed : only;
    History history(used, make_redis_harness(History::kRules));
    const std::uint64_t same = history.run(operations());
    compared += same;
    ASSERT_EQ(history.difference(), "") << "operation " << same + 1 << ", CAIRN_HISTORY_SEED=" << used;
    if (only != 0) break;
  }
  RecordProperty("operations", std::to_string(compared));
}

struct Breakage {
  const char* promise;
  const char* line;
  const char* broken;
};
constexpr Breakage kBreakages[] = {
    {"fence", "if t.open and t.fence == fence then return 'o', t end", "if t.open then return 'o', t end"},
    {"repeated completion", "if how and t.ended == fence and t.how == how then return 'd', t end", ""},
    {"order", "redis.call('ZRANGE', ready, 0, room - 1)", "redis.call('ZREVRANGE', ready, 0, room - 1)"},
    {"order of several needs", "if queues > 1 then table.sort(tasks, lower) end", ""},
    {"needs", "if free[s] > 0 and seats[s].can[t.needs or ''] then", "if free[s] > 0 then"},
    {"attempts", "t.attempts >= u.rules[ATTEMPTS_MAX]", "t.attempts > u.rules[ATTEMPTS_MAX]"},
    {"deaths", "t.deaths >= u.rules[DEATHS_MAX]", "t.deaths > u.rules[DEATHS_MAX]"},
    {"one delivery per slot", "if present ~= LOST then return end", ""},
    {"join", "if target.waits == 0 and target.state", "if target.waits <= 1 and target.state"},
    {"bytes", "add_bytes(u, -description)", ""},
    {"fences from the clock", "math.min(u.now, FENCE_MS_MAX) * FENCES_PER_MS", "0"},
    {"silence", "reap_from, silences = now + lease_ms", "reap_from, silences = now"},
    {"numbers", "math.max(next_number, floor)", "next_number"},
    {"cap of depth", "totals(u, stage)[LIVE] >= u.rules[DEPTH_MAX]",
     "totals(u, stage)[LIVE] > u.rules[DEPTH_MAX]"},
};

TEST(StoreHistory, ABrokenLineIsFound) {
  for (const Breakage& b : kBreakages) {
    History history(1, make_edited_redis_harness(History::kRules, b.line, b.broken));
    const std::uint64_t same = history.run(6000);
    EXPECT_NE(history.difference(), "") << b.promise << ": not noticed";
    std::printf("%-24s found at operation %llu\n", b.promise, static_cast<unsigned long long>(same + 1));
  }
}

}  // namespace
}  // namespace cairn::pipeline
