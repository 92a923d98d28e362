// Bytes that nobody should send: to the producer's standard input, to the socket where submissions enter,
// and in the configuration. Each is answered with what is wrong, disturbs nothing, and costs no memory.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <random>
#include <sstream>

#include "pipeline/messages.h"
#include "pipeline/transport_zmq.h"
#include "tests/e2e/support/audit.h"
#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/must.h"

namespace cairn::test {
namespace {

constexpr std::int64_t step_ms = 180'000;
constexpr std::uint64_t mib = 1 << 20;
constexpr int exit_partial = 4;

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

/// `line` with `key` set to the JSON text `value`, or without it when that is empty.
std::string with(const std::string& line, const std::string& key, const std::string& value) {
  Json json = Json::parse(line);
  value.empty() ? void(json.erase(key)) : void(json[key] = Json::parse(value));
  return json.dump();
}

/// A line, and the answer to it: the result, and words that its reason must hold.
struct Case {
  std::string line;
  std::string result;
  std::string why;
};

std::vector<Case> bad_lines(const std::string& good) {
  const std::string batch = R"({"input":{"balance":"1","deposit":"1","height":1,"withdrawal":"1"}})";
  std::string twice = good;
  twice.insert(1, R"("start_height":1,)");
  return {
      {"nonsense", "rejected", "not JSON"},
      {"{\"start_height\":1", "rejected", "not JSON"},
      {std::string("{\"\0\":1}", 7), "rejected", "not JSON"},
      {"{\"start_height\":\"\xff\xfe\"}", "rejected", "not JSON"},
      {"[1,2]", "rejected", "JSON object"},
      {std::string(300'000, ' ') + good, "rejected", "at most"},
      {repeated("[", 100'000), "rejected", "nested"},
      {repeated("{\"a\":", 60) + "1" + repeated("}", 60), "rejected", "nested"},
      {twice, "rejected", "start_height"},
      {with(good, "start_height", "9007199254740993"), "rejected", "start_height"},
      {with(good, "end_height", "18446744073709551616"), "rejected", "end_height"},
      {with(good, "start_height", "-1"), "rejected", "start_height"},
      {with(good, "start_height", "1.5"), "rejected", "start_height"},
      {with(good, "start_height", "\"1\""), "rejected", "start_height"},
      {with(good, "end_height", "7"), "rejected", "end_height"},
      {with(good, "backend", "\"nobody\""), "rejected", "backend"},
      {with(good, "program", "\"nothing\""), "rejected", "program"},
      {with(good, "claim", ""), "rejected", "claim"},
      {with(good, "claim", "\"0x12\""), "rejected", "claim"},
      {with(good, "sequence_id", ""), "rejected", "sequence_id"},
      {with(good, "batches", ""), "rejected", "batches"},
      {with(good, "batches", "[]"), "rejected", "batches"},
      {with(good, "batches", "[" + repeated(batch + ",", 64) + batch + "]"), "rejected", "batches"},
      {with(good, "batches", "[{\"input\":7}]"), "rejected", "batches[0].input"},
      {with(good, "batches", "[{\"input\":{\"height\":1.5}}]"), "rejected", "batches[0].input.height"},
      {with(good, "surprise", "1"), "rejected", "surprise"},
  };
}

class BadInput : public testing::Test {
 protected:
  Dice dice;
  Scene scene;
  std::vector<std::string> lines = scene.open(make_sequences(2, "1", dice.seed()));
  Pool pool{{}, scene.prover("pool", 2'000'000)};

  void SetUp() override {
    scene.start_clock();
    pool.up();
    entrance = pool.child("ingest-d0");
  }

  /// The dispatcher where submissions enter has neither died nor grown.
  void expect_entrance_unharmed(std::uint64_t bytes_max) {
    EXPECT_TRUE(alive(entrance));
    const std::uint64_t peak = peak_resident_bytes(entrance.pid);
    std::printf("dispatcher: at most %llu MiB\n", static_cast<unsigned long long>(peak / mib));
    EXPECT_LT(peak, bytes_max);
  }

  Process entrance;
};

TEST_F(BadInput, EachLineGetsItsAnswerAndTheRestGoesOn) {
  std::vector<Case> cases = bad_lines(lines[0]);
  cases.insert(cases.begin(), {lines[0], "accepted", ""});
  cases.push_back({lines[0], "duplicate", ""});
  cases.push_back({lines[1], "accepted", ""});
  std::vector<std::string> input;
  for (const Case& c : cases) input.push_back(c.line);
  const Output out = pool.produce(input);
  EXPECT_EQ(out.status, exit_partial) << out.err;
  std::istringstream answers(out.out);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE("line " + std::to_string(i + 1) + ": " + cases[i].line.substr(0, 100));
    std::string answer;
    ASSERT_TRUE(std::getline(answers, answer));
    const Json json = Json::parse(answer);
    EXPECT_EQ(json["line"], i + 1);
    EXPECT_EQ(json["result"], cases[i].result) << answer;
    EXPECT_NE(json.value("why", "").find(cases[i].why), std::string::npos) << answer;
    EXPECT_LT(answer.size(), 2'000u);
  }

  // What only the program can know to be wrong ends in `dead`, in its words.
  std::string broken = with(lines[0], "start_height", "9007199254740992");
  broken = with(broken, "end_height", "9007199254740992");
  broken = with(broken, "batches",
                R"([{"input":{"balance":"1","deposit":"1","height":9007199254740991,"withdrawal":"9"}}])");
  EXPECT_TRUE(all_end(pool, lines, step_ms));
  expect_all_done(pool, lines);
  EXPECT_EQ(pool.produce({broken}).status, 0);
  Json dead;
  EXPECT_TRUE(eventually(step_ms, [&] { return (dead = pool.ask({"dead", "list"})).size() == 1; }));
  EXPECT_NE(dead[0]["reason"].get<std::string>().find("rule of the ledger"), std::string::npos)
      << dead.dump();
  EXPECT_EQ(dead[0]["attempts"], 1) << "bad input is not tried again";
  EXPECT_EQ(pool.cairn({"dead", "drop", dead[0]["task"], "no/such/task"}).status, exit_partial);
  EXPECT_EQ(pool.ask({"dead", "list"}), Json::array());
  EXPECT_EQ(pool.ask({"explain", "9007199254740992"})[0]["state"], "failed");
  EXPECT_EQ(pool.stop(), 0);
  expect_nothing_left(pool);
}

// 300 MB in lines short and long, one of them endless. The producer answers each and stays small.
TEST_F(BadInput, AStreamOfJunkCostsNoMemory) {
  const TempDir dir;
  const std::string pipe = dir / "junk";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string short_line = R"({"start_height":1,"end_height":2,"backend":"none","junk":[1,2,3]})";
  std::ofstream(dir / "long") << std::string(200'000, 'x') << '\n';
  const std::string make_junk = "{ yes '" + short_line +
                                "' | head -c 15000000; echo; "
                                "for i in $(seq 800); do cat '" +
                                (dir / "long").string() +
                                "'; done; "
                                "head -c 130000000 /dev/zero; echo; } > '" +
                                pipe + "'";
  Child junk({"sh", "-c", make_junk}, dir / "sh.log");
  Child producer({"sh", "-c", "exec \"$0\" produce --json --state \"$1\" < \"$2\" > \"$3\"", cairn_program(),
                  pool.state(), pipe, dir / "answers"},
                 dir / "producer.log");
  std::uint64_t peak = 0;
  EXPECT_TRUE(eventually(10 * step_ms, [&] {
    peak = std::max(peak, peak_resident_bytes(producer.pid()));
    return !producer.running();
  }));
  EXPECT_EQ(producer.wait(), exit_partial);
  std::printf("producer: at most %llu MiB\n", static_cast<unsigned long long>(peak / mib));
  EXPECT_GT(peak, 0u);
  EXPECT_LT(peak, 64 * mib);
  std::ifstream answers(dir / "answers");
  std::size_t count = 0;
  for (std::string line; std::getline(answers, line);) ++count;
  EXPECT_GT(count, 200'000u);

  EXPECT_EQ(pool.produce(lines).status, 0);
  expect_entrance_unharmed(64 * mib);
  expect_survived(pool, scene.anvil().url(), lines);
}

/// Frames that no process of the pool would send.
std::vector<Bytes> hostile_frames(Dice& dice, const std::string& good) {
  using namespace pipeline;
  std::mt19937_64 noise(dice.seed());
  Bytes random(8 * mib);
  for (auto& byte : random) byte = static_cast<std::uint8_t>(noise());
  const Bytes bomb = {0x95, 0x01, 0x01, 0xdd, 0xff, 0xff, 0xff, 0xff};  // an array of 2^32-1 items
  const Bytes deep(1 << 20, 0x91);                                      // arrays in arrays
  Bytes cut = encode(Submit{"ipc:///nowhere", 1, {copy(good)}});
  Bytes trailing = cut;
  cut.resize(cut.size() / 2);
  trailing.push_back(0);
  Bytes other_schema = encode(Hint{"ingest"});
  other_schema[1] = 0x63;
  return {random, bomb, deep, cut, trailing, other_schema, Bytes(), Bytes(1, 0xc1)};
}

TEST_F(BadInput, HostileFramesDoNotDisturbTheEntrance) {
  using namespace pipeline;
  const auto transport = must(make_zmq_transport(std::nullopt));
  const auto outbox = must(transport->connect("ipc://" + pool.path("run/ingest.sock")));
  const auto push = [&](const Bytes& frame) {
    ASSERT_TRUE(eventually(step_ms, [&] { return outbox->send(frame); }));
  };
  constexpr std::size_t rounds = 30;
  const std::vector<Bytes> malformed = hostile_frames(dice, lines[0]);
  for (std::size_t i = 0; i < rounds; ++i) {
    for (const Bytes& frame : malformed) push(frame);
    // Well formed, and not true: junk to submit, somebody's work done by somebody else, other stages.
    push(encode(
        Submit{"ipc:///nowhere/" + std::to_string(i), i, std::vector<Bytes>(64, Bytes(200'000, 'x'))}));
    Report forged{
        .worker = "thief", .stage = "ingest", .endpoint = "ipc:///nowhere", .running = {}, .results = {}};
    forged.results.push_back(Completion{"0000000000000001-0000000000000001-0000000000000000/i", 1, {}});
    push(encode(forged));
    push(encode(
        Report{.worker = "lost", .stage = "prove", .endpoint = "nonsense", .running = {}, .results = {}}));
  }
  EXPECT_EQ(pool.produce(lines).status, 0);
  EXPECT_TRUE(eventually(step_ms, [&] {
    return pool.events("ingest-d0", "frame_refused").size() == rounds * malformed.size();
  })) << pool.events("ingest-d0", "frame_refused").size();
  expect_entrance_unharmed(320 * mib);  // of 660 MiB of frames
  expect_survived(pool, scene.anvil().url(), lines);
}

}  // namespace
}  // namespace cairn::test
