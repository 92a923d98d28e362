// A task that kills every worker that touches it: it ends in `dead` with its reason after its budget, the
// others go on, and once its program is repaired it can be replayed.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/support/audit.h"
#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/must.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t step_ms = 180'000;
constexpr std::uint64_t deaths_max = 3;

/// Kills the worker that started it, two levels up: its parent is the guard of the program.
constexpr const char* poison = R"(#!/bin/sh
here=$(dirname "$0")
if [ -e "$here/repaired" ]; then exec node "$(cat "$here/real")/prove.mjs" "$1" "$2"; fi
read -r stat < "/proc/$PPID/stat"
set -- ${stat##*)}
kill -9 "$2"
sleep 60
)";

/// A program like chain_step, whose prove step is poison until repair().
class PoisonProgram {
 public:
  PoisonProgram() {
    std::ofstream(dir_ / "prove.sh") << poison;
    std::ofstream(dir_ / "real") << real();
  }
  void repair() { std::ofstream(dir_ / "repaired") << '\n'; }
  std::string yaml() const {
    return "      poison:\n        directory: \"" + dir_.path().string() + "\"\n" +
           "        prove: [sh, \"{program_dir}/prove.sh\", \"{input}\", \"{output}\"]\n" +
           "        finalize: [node, \"" + real() +
           "/finalize.mjs\", \"{input}\", \"{claim}\", \"{output}\"]\n" + "        verify: [node, \"" +
           real() + "/verify.mjs\", \"{claim}\", \"{input}\"]\n";
  }

 private:
  static std::string real() { return (source_dir() / "circuits/chain_step").string(); }
  TempDir dir_;
};

TEST(Poison, EndsDeadWithItsReasonAndCanBeReplayed) {
  Dice dice;
  Scene scene;
  PoisonProgram program;
  Pool pool({.deaths_max = deaths_max, .more_programs = program.yaml()}, scene.prover("pool", 2'000'000));
  std::vector<std::string> lines = make_sequences(4, "1,2", dice.seed());
  Json poisoned = Json::parse(lines[0]);
  poisoned["program"] = "poison";
  lines[0] = poisoned.dump();
  lines = scene.open(lines);
  const std::size_t batches = batch_count(lines[0]);
  scene.start_clock();
  pool.up();
  EXPECT_EQ(pool.produce(lines).status, 0);

  Json dead;
  EXPECT_TRUE(eventually(step_ms, [&] { return (dead = pool.ask({"dead", "list"})).size() == batches; }));
  for (const Json& task : dead) {
    EXPECT_EQ(task["stage"], "prove");
    EXPECT_EQ(task["deaths"], deaths_max);
    EXPECT_NE(task["reason"].get<std::string>().find("prove-w"), std::string::npos) << task["reason"];
    std::printf("dead: %s\n", task["reason"].get<std::string>().c_str());
  }
  EXPECT_EQ(pool.ask({"explain", std::to_string(start_height(lines[0]))})[0]["state"], "stalled");
  // The others are not held up.
  EXPECT_TRUE(eventually(step_ms, [&] {
    std::size_t verified = 0;
    const Json status = pool.must_status();
    for (const Json& sequence : status["sequences"]) verified += sequence["state"] == "verified" ? 1 : 0;
    return verified == lines.size() - 1;
  }));

  program.repair();
  EXPECT_EQ(pool.ask({"dead", "replay", "--all"}).size(), batches);
  expect_survived(pool, scene.anvil().url(), lines);
}

}  // namespace
}  // namespace cairn::test
