// The program as people and scripts meet it, with a pool that runs, and what it says about a configuration
// that is wrong. What holds of every command is in cli_table_test.cpp.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>

#include "common/json.h"
#include "tests/e2e/support/commands.h"
#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/must.h"
#include "tests/e2e/support/pool.h"
#include "tests/e2e/support/processes.h"
#include "tests/e2e/support/terminal.h"

namespace cairn::test {
namespace {

constexpr int exit_ok = 0, exit_failure = 1, exit_not_found = 3, exit_config = 78;

Output cairn(const std::vector<std::string>& arguments) {
  return run(std::vector{cairn_program()} + arguments);
}

/// A configuration, and what must be said about it.
struct Mistake {
  std::string yaml;
  std::vector<std::string> words;
};

TEST(Cli, AWrongConfigurationIsSeventyEightAndNamesItsPlace) {
  const std::string programs = "backends:\n  groth16:\n    programs:\n      chain_step:\n        directory: ";
  const std::string steps =
      "\n        prove: [node, \"{program_dir}/prove.mjs\", \"{input}\", \"{output}\"]\n"
      "        finalize: [node, \"{input}\", \"{claim}\", \"{output}\"]\n"
      "        verify: [node, \"{claim}\", \"{input}\"]\n";
  const std::string circuit = (source_dir() / "circuits/chain_step").string();
  const std::vector<Mistake> mistakes = {
      {"pool: a\nfrobnicate: 1\n", {"pool.yaml:2", "frobnicate"}},
      {"pool: a\nstore:\n  lease_ms: 1\n", {"pool.yaml:3", "store.lease_ms"}},
      {"pool: a\nstore: {lease_ms: soon}\n", {"pool.yaml:2", "store.lease_ms"}},
      {"pool: [a\n", {"pool.yaml:"}},
      {"chain: {rpc: [\"http://127.0.0.1:1\"]}\n", {"pool.yaml:1", "chain.rpc"}},
      {programs + "/nowhere/chain_step" + steps,
       {"pool.yaml", "groth16", "chain_step", "/nowhere/chain_step"}},
      {programs + "\"" + circuit + "\"\n        prove: [no_such_program, \"{input}\", \"{output}\"]\n" +
           steps.substr(steps.find("        finalize")),
       {"pool.yaml", "groth16", "chain_step", "prove", "no_such_program"}},
      {"backends: {machine: {kind: zkvm, programs: {sum: {elf: /nowhere/sum.elf}}}}\n",
       {"pool.yaml", "machine", "sum", "/nowhere/sum.elf: no such file"}},
  };
  for (const Mistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.yaml);
    const TempDir dir;
    std::ofstream(dir / "pool.yaml") << mistake.yaml;
    const Output out = cairn({"up", "--config", dir / "pool.yaml", "--state", dir / "s"});
    EXPECT_EQ(out.status, exit_config) << out.err;
    for (const std::string& word : mistake.words)
      EXPECT_NE(out.err.find(word), std::string::npos) << word << " in " << out.err;
    EXPECT_EQ(processes_naming(dir.path()), std::vector<std::string>());
  }
  const TempDir dir;
  const Output missing = cairn({"up", "--config", dir / "none.yaml", "--state", dir / "s"});
  EXPECT_EQ(missing.status, exit_not_found);
  EXPECT_NE(missing.err.find("none.yaml"), std::string::npos) << missing.err;
}

/// Runs each command that prints data on a terminal that knows colour, with NO_COLOR, and with --json, and
/// expects one JSON value without an escape in it.
void expect_json_without_colour(const Pool& pool, const std::string& height) {
  const TempDir dir;
  for (const Command& command : commands()) {
    if (!command.json || command.words[0] == "produce") continue;
    SCOPED_TRACE(shown(command.words));
    std::vector<std::string> line = command.words + command.arguments;
    if (command.words[0] == "explain") line.back() = height;
    if (command.words[0] == "cancel") line.back() = "777";
    if (command.pool) line = line + std::vector<std::string>{"--state", pool.state()};
    if (command.words[0] == "keys") line.back() = dir / "link";
    EXPECT_EQ(on_a_terminal("NO_COLOR=1", line).find('\x1b'), std::string::npos);
    if (command.words[0] == "keys") line.back() += "2";
    const std::string out = cairn(line + std::vector<std::string>{"--json"}).out;
    EXPECT_FALSE(Json::parse(out, nullptr, false).is_discarded()) << out;
    EXPECT_EQ(out.find('\x1b'), std::string::npos);
  }
}

TEST(Cli, SoundnessBelowTheTargetIsOne) {
  const Output all = cairn({"soundness", "--json"});
  EXPECT_EQ(all.status, exit_ok) << all.err;
  const Json rows = Json::parse(all.out)["rows"];
  ASSERT_EQ(rows.size(), 76u) << "19 sizes at 4 rates";
  for (const Json& row : rows) EXPECT_GE(row["provable_bits"].get<double>(), 120.0) << row;

  const Output one = cairn(
      {"soundness", "--machine", "poseidon2", "--log-heights", "16", "--log-inverse-rate", "1", "--json"});
  EXPECT_EQ(one.status, exit_ok) << one.err;
  EXPECT_GT(Json::parse(one.out)["rows"][0]["johnson"].size(), 30u);
  EXPECT_EQ(cairn({"soundness", "--log-cells", "24", "--target", "123"}).status, exit_failure);
  const Output weak =
      cairn({"soundness", "--log-cells", "24", "--log-inverse-rate", "1", "--queries", "231,55,30,22"});
  EXPECT_EQ(weak.status, exit_failure);
  EXPECT_NE(weak.out.find("whir queries 2"), std::string::npos) << weak.out;
  EXPECT_NE(weak.err.find("1 of 1"), std::string::npos) << weak.err;
  EXPECT_EQ(cairn({"soundness", "--machine", "abacus", "--log-heights", "16"}).status, exit_not_found);
}

/// Every process that is ours serves its metrics and health, and logs JSON.
void expect_observable(const Pool& pool) {
  std::vector<std::string> names = {"up"};
  for (const Process& child : pool.children()) {
    if (child.name != "redis" && child.name != "chain") names.push_back(child.name);
  }
  EXPECT_GE(names.size(), 16u) << "up, and a dispatcher and workers of seven stages";
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(eventually(60'000, [&] { return pool.page(name, "/readyz").first == 200; }));
    EXPECT_EQ(pool.page(name, "/livez"), std::pair(200, std::string("ok\n")));
    const auto [status, text] = pool.page(name, "/metrics");
    EXPECT_EQ(status, 200);
    for (const char* metric : {"cairn_build_info{version=", "process_resident_memory_bytes ", "# TYPE "}) {
      EXPECT_NE(text.find(metric), std::string::npos) << metric;
    }
    if (name == "up") continue;  // writes to its own standard error
    for (const Json& event : pool.events(name)) {
      for (const char* field : {"ts", "level", "event", "component", "stage", "name"})
        EXPECT_TRUE(event.contains(field)) << event;
    }
  }
}

/// A full log is followed by another: Redis's while it runs, our own with the next that the process says,
/// here that it has drained. Stops the pool.
void expect_full_logs_followed(Pool& pool) {
  const std::string filler = std::string((1 << 20) - 1, ' ') + "\n";
  const std::vector<std::string> names = {"redis", "prove-d0", "prove-w0"};
  const auto followed = [&](const std::string& name) {
    return std::filesystem::exists(pool.path("log/" + name + ".log.1"));
  };
  for (const std::string& name : names) {
    EXPECT_FALSE(followed(name)) << name;
    std::ofstream(pool.path("log/" + name + ".log"), std::ios::app) << filler;
  }
  EXPECT_TRUE(eventually(60'000, [&] { return followed("redis"); }));
  EXPECT_EQ(pool.stop(), exit_ok);
  for (const std::string& name : names) {
    EXPECT_TRUE(followed(name)) << name;
    EXPECT_LT(std::filesystem::file_size(pool.path("log/" + name + ".log")), filler.size()) << name;
  }
}

TEST(Cli, OfARunningPoolSpeaksJsonAndColoursOnlyTerminals) {
  const Dice dice;
  Scene scene;
  Pool pool({.more = "log_max_mib: 1\n"}, scene.prover("pool", 2'000'000));
  const std::vector<std::string> lines = scene.open(make_sequences(1, "1", dice.seed()));
  const std::string height = std::to_string(start_height(lines[0]));
  pool.up();
  scene.anvil().set_mining(false);  // no block comes, so that the sequence goes on until it is cancelled
  EXPECT_EQ(pool.produce(lines).status, exit_ok);

  const std::vector<std::string> status = {"status", "--state", pool.state()};
  EXPECT_NE(on_a_terminal("-u NO_COLOR", status).find("\x1b["), std::string::npos);
  EXPECT_EQ(on_a_terminal("NO_COLOR=1", status).find('\x1b'), std::string::npos);
  const Output plain = cairn(status);
  EXPECT_EQ(plain.status, exit_ok);
  EXPECT_NE(plain.out.find("hash_commit"), std::string::npos);
  EXPECT_EQ(plain.out.find('\x1b'), std::string::npos);

  expect_observable(pool);
  expect_json_without_colour(pool, height);
  EXPECT_TRUE(pool.ask({"status"})["stages"].contains("resend"));
  EXPECT_EQ(pool.ask({"explain", height})[0]["start_height"], start_height(lines[0]));
  EXPECT_EQ(pool.ask({"dead", "list"}), Json::array());
  EXPECT_EQ(pool.ask({"dead", "replay", "--all"}), Json::array());
  EXPECT_TRUE(Json::parse(pool.cairn({"doctor", "--json"}).out)["findings"].is_array());
  EXPECT_EQ(pool.cairn({"explain", "777"}).status, exit_not_found);
  EXPECT_EQ(pool.cairn({"cancel", "777"}).status, exit_not_found);
  EXPECT_EQ(pool.cairn({"dead", "drop", "no/such/task"}).status, exit_not_found);
  const Output second = cairn({"up", "--config", pool.path("../pool.yaml"), "--state", pool.state()});
  EXPECT_NE(second.status, exit_ok);
  EXPECT_NE(second.err.find("another"), std::string::npos) << second.err;

  EXPECT_EQ(pool.ask({"cancel", height})[0]["cancelled"], true);
  EXPECT_EQ(pool.ask({"explain", height})[0]["state"], "cancelled");
  expect_full_logs_followed(pool);
}

/// The last line of the output of `produce --wait --json`.
Json summary_of(const Output& out) {
  const std::string text = out.out.substr(0, out.out.find_last_not_of('\n') + 1);
  return Json::parse(text.substr(text.rfind('\n') + 1), nullptr, false);
}

// `ok`, and exit code 0, when all is paid on chain and only then.
TEST(Cli, ProduceWaitsForWhatTheChainPays) {
  const Dice dice;
  Scene scene;
  Pool pool({}, scene.prover("pool", 2'000'000));
  std::vector<std::string> lines = scene.open(make_sequences(3, "1,2", dice.seed()));
  scene.start_clock();
  pool.up();
  const Output good = pool.produce({lines[0], lines[1]}, {"--wait", "--timeout", "240"});
  EXPECT_EQ(good.status, exit_ok) << good.err;
  EXPECT_NE(good.err.find("stage prove"), std::string::npos) << "progress per stage: " << good.err;
  EXPECT_NE(good.err.find(" running "), std::string::npos) << "progress per sequence: " << good.err;
  Json summary = summary_of(good);
  EXPECT_EQ(summary["ok"], true) << good.out;
  EXPECT_GT(summary["seconds"], 0);
  ASSERT_EQ(summary["sequences"].size(), 2u);
  for (const Json& sequence : summary["sequences"]) {
    EXPECT_EQ(sequence.size(), 9u) << sequence.dump();
    EXPECT_EQ(sequence["stages"].size(), 6u) << sequence.dump();
    EXPECT_EQ(sequence["batches"],
              sequence["end_height"].get<int>() - sequence["start_height"].get<int>() + 1);
    EXPECT_EQ(sequence["backend"], "groth16");
    EXPECT_EQ(sequence["status"], "verified");
    EXPECT_GT(sequence["commit_block"], 0);
    EXPECT_GT(sequence["reveal_block"], sequence["commit_block"]);
    EXPECT_EQ(sequence["reward_wei"], tokens(Scene::reward_tokens).decimal());
  }

  scene.clock().hold();
  EXPECT_EQ(pool.produce({lines[2]}).status, exit_ok);
  EXPECT_EQ(pool.cairn({"cancel", std::to_string(start_height(lines[2]))}).status, exit_ok);
  const Output bad = pool.produce(lines, {"--wait", "--timeout", "240"});
  EXPECT_EQ(bad.status, exit_failure) << bad.err;
  summary = summary_of(bad);
  EXPECT_EQ(summary["ok"], false) << bad.out;
  std::map<std::string, unsigned> ends;
  for (const Json& sequence : summary["sequences"]) ++ends[sequence["status"]];
  EXPECT_EQ(ends, (std::map<std::string, unsigned>{{"cancelled", 1}, {"verified", 2}}));
  EXPECT_EQ(pool.stop(), exit_ok);
}

TEST(Cli, AProducerIsAnsweredByThePoolThatStartsWhileItWaits) {
  const Dice dice;
  Scene scene;
  Pool pool({}, scene.prover("pool", 2'000'000));
  const std::vector<std::string> lines = scene.open(make_sequences(1, "1", dice.seed()));
  pool.up();
  EXPECT_EQ(pool.stop(), exit_ok);
  ASSERT_EQ(pool.sockets(), 0u);
  std::future<Output> produced = std::async(std::launch::async, [&] { return pool.produce(lines); });
  const auto ended = [&] { return produced.wait_for(std::chrono::seconds(0)) == std::future_status::ready; };
  ASSERT_TRUE(eventually(60'000, [&] { return pool.sockets() == 1 || ended(); }));
  ASSERT_FALSE(ended()) << "it listens for the answer";
  pool.up();
  EXPECT_EQ(produced.wait_for(std::chrono::minutes(2)), std::future_status::ready)
      << "its socket is there no more";
  EXPECT_EQ(pool.stop(), exit_ok);
  EXPECT_EQ(produced.get().status, exit_ok);
}

TEST(Cli, DoctorSaysWhatIsMissing) {
  const TempDir dir;
  std::ofstream(dir / "pool.yaml") << "redis: {server: /nowhere/redis-server}\n";
  const Output out = cairn({"doctor", "--config", dir / "pool.yaml", "--state", dir / "s", "--json"});
  EXPECT_NE(out.status, exit_ok);
  const Json json = Json::parse(out.out, nullptr, false);
  ASSERT_TRUE(json.is_object()) << out.out;
  EXPECT_EQ(json["ok"], false);
  EXPECT_NE(out.out.find("/nowhere/redis-server"), std::string::npos);
}

}  // namespace
}  // namespace cairn::test
