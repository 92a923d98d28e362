// What holds of every subcommand, without a pool that runs: help, exit codes, JSON, colour. The rows are
// support/commands.h.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <future>
#include <set>
#include <sstream>

#include "common/json.h"
#include "tests/e2e/support/commands.h"
#include "tests/e2e/support/must.h"
#include "tests/e2e/support/pool.h"
#include "tests/e2e/support/stopped_pool.h"
#include "tests/e2e/support/terminal.h"

namespace cairn::test {
namespace {

constexpr int exit_ok = 0, exit_failure = 1, exit_usage = 2, exit_not_found = 3, exit_unavailable = 69,
              exit_temporary = 75, exit_config = 78;

Output cairn(const std::vector<std::string>& arguments) {
  return run(std::vector{cairn_program()} + arguments);
}

bool has_escape(const Output& out) { return (out.out + out.err).find('\x1b') != std::string::npos; }

/// The names that a help lists under "Subcommands:".
std::set<std::string> subcommands(const std::string& help) {
  std::set<std::string> out;
  std::istringstream lines(help.substr(std::min(help.find("Subcommands:"), help.size())));
  std::string line;
  for (std::getline(lines, line); std::getline(lines, line) && line.starts_with("  ");) {
    std::string name;
    std::istringstream(line) >> name;
    // A description goes on in lines that are indented further.
    if (line.size() > 2 && line[2] != ' ') out.insert(name);
  }
  return out;
}

/// The arguments by which `command` finds `pool`.
std::vector<std::string> place(const StoppedPool& pool, const Command& command) {
  std::vector<std::string> out = {"--state", pool.state()};
  if (command.words[0] == "up") out = out + std::vector<std::string>{"--config", pool.config()};
  return command.alone ? std::vector<std::string>() : out;
}

void expect_error_as_json(const Output& out, const std::string& code) {
  const Json json = Json::parse(out.out, nullptr, false);
  ASSERT_TRUE(json.is_object()) << out.out;
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["error"]["code"], code) << out.out;
  EXPECT_NE(json["error"]["what"], "");
}

TEST(CliTable, HasARowForEveryCommand) {
  std::set<std::string> rows, groups;
  for (const Command& command : commands()) {
    if (command.group) groups.insert(command.words[0]);
    rows.insert(shown(command.words));
  }
  std::set<std::string> known;
  for (const std::string& name : subcommands(cairn({"--help"}).out)) {
    known.insert("cairn " + name);
    for (const std::string& under : subcommands(cairn({name, "--help"}).out))
      known.insert("cairn " + name + " " + under);
  }
  EXPECT_EQ(known, rows);
  EXPECT_EQ(groups, std::set<std::string>{"dead"});
}

TEST(CliTable, HelpBeginsWithAnExampleOfTheCommandAndEndsWithTheExitCodes) {
  std::vector<std::vector<std::string>> all = {{}};
  for (const Command& command : commands()) all.push_back(command.words);
  for (const std::vector<std::string>& words : all) {
    SCOPED_TRACE(shown(words));
    const Output out = cairn(words + std::vector<std::string>{"--help"});
    EXPECT_EQ(out.status, exit_ok);
    EXPECT_TRUE(out.out.starts_with("Example:\n  ")) << out.out;
    const std::string example = out.out.substr(0, out.out.find("\n\n"));
    EXPECT_NE(example.find(shown(words)), std::string::npos) << example;
    EXPECT_NE(out.out.find("Exit codes: 0 done, 1 "), std::string::npos) << out.out;
    EXPECT_FALSE(has_escape(out));
  }
}

TEST(CliTable, WhoPrintsDataHasJson) {
  for (const Command& command : commands()) {
    if (command.group) continue;
    const std::string help = cairn(command.words + std::vector<std::string>{"--help"}).out;
    EXPECT_EQ(help.find("--json") != std::string::npos, command.json) << shown(command.words);
  }
}

// What documents say of exit codes is what the program says.
TEST(CliTable, ExitCodesOfTheHelpAreDocumented) {
  std::ifstream file(source_dir() / "docs/cli.md");
  const std::string document{std::istreambuf_iterator<char>(file), {}};
  const std::string help = cairn({"--help"}).out;
  const std::string codes = help.substr(help.find("Exit codes:"));
  std::size_t count = 0;
  for (std::size_t at = codes.find_first_of("0123456789"); at != codes.npos;) {
    const std::size_t end = codes.find_first_not_of("0123456789", at);
    EXPECT_NE(document.find("\n| " + codes.substr(at, end - at) + " | "), document.npos)
        << codes.substr(at, end - at);
    ++count;
    at = codes.find_first_of("0123456789", end);
  }
  EXPECT_GE(count, 8u);
}

TEST(CliTable, WrongUsageIsTwo) {
  EXPECT_EQ(cairn({}).status, exit_usage);
  EXPECT_EQ(cairn({"fly"}).status, exit_usage);
  const StoppedPool pool("pool: main\n");
  for (const Command& command : commands()) {
    std::vector<std::vector<std::string>> wrong = command.wrong;
    wrong.push_back(command.arguments + std::vector<std::string>{"--no-such-option"});
    for (const std::vector<std::string>& arguments : wrong) {
      SCOPED_TRACE(shown(command.words + arguments));
      const Output out = cairn(command.words + arguments + place(pool, command));
      EXPECT_EQ(out.status, exit_usage) << out.out << out.err;
      EXPECT_NE(out.err, "");
      EXPECT_EQ(out.out, "");
      EXPECT_FALSE(has_escape(out));
    }
  }
}

TEST(CliTable, APoolWithoutADispatcherIsOneAndNamesTheStage) {
  const StoppedPool pool("pool: main\n", {{"dispatchers", Json::object()}});
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"produce", "--json"}, {"worker", "--stage", "prove"}}) {
    SCOPED_TRACE(shown(words));
    const Output out = cairn(words + std::vector<std::string>{"--state", pool.state()});
    EXPECT_EQ(out.status, exit_failure) << out.err;
    EXPECT_NE(out.err.find("pool.json: names no dispatcher of ingest"), std::string::npos) << out.err;
  }
}

TEST(CliTable, WithoutAPoolIsThreeAndSaysHowToStartOne) {
  const TempDir dir;
  const std::string state = dir / "none";
  for (const Command& command : commands()) {
    if (!command.pool || command.group || command.words[0] == "doctor") continue;
    SCOPED_TRACE(shown(command.words));
    const auto line = command.words + command.arguments + std::vector<std::string>{"--state", state};
    const Output out = cairn(line);
    EXPECT_EQ(out.status, exit_not_found);
    EXPECT_NE(out.err.find("cairn up --config"), std::string::npos) << out.err;
    EXPECT_FALSE(has_escape(out));
    if (!command.json) continue;
    const Output json = cairn(line + std::vector<std::string>{"--json"});
    EXPECT_EQ(json.status, exit_not_found);
    expect_error_as_json(json, "not_found");
  }
  EXPECT_FALSE(std::filesystem::exists(state)) << "looking makes nothing";
}

TEST(CliTable, AWrongConfigurationIsSeventyEightForEveryCommandThatReadsIt) {
  const StoppedPool pool("pool: main\nfrobnicate: 1\n");
  for (const Command& command : commands()) {
    if (command.alone || command.group) continue;
    SCOPED_TRACE(shown(command.words));
    const auto line = command.words + command.arguments + place(pool, command);
    const Output out = cairn(line);
    EXPECT_EQ(out.status, exit_config) << out.err;
    // The doctor's findings are its data.
    const std::string& said = command.words[0] == "doctor" ? out.out : out.err;
    EXPECT_NE(said.find("pool.yaml:2: unknown key \"frobnicate\""), std::string::npos) << said;
    if (!command.json) continue;
    const Output json = cairn(line + std::vector<std::string>{"--json"});
    EXPECT_EQ(json.status, exit_config);
    if (command.words[0] == "doctor")
      EXPECT_EQ(Json::parse(json.out)["ok"], false);
    else
      expect_error_as_json(json, "invalid_input");
  }
}

// Nor is a variable of the environment that is out of bounds, or a file that the configuration names.
TEST(CliTable, AWrongVariableOrKeyFileIsSeventyEightToo) {
  const StoppedPool pool("links: {secret_key_file: nowhere.secret}\n");
  const Output out = cairn({"dispatch", "--stage", "prove", "--state", pool.state()});
  EXPECT_EQ(out.status, exit_unavailable) << "the store comes first: " << out.err;
  const Output keys = cairn({"worker", "--stage", "prove", "--state", pool.state()});
  EXPECT_EQ(keys.status, exit_config) << keys.err;
  EXPECT_NE(keys.err.find("nowhere.secret"), std::string::npos) << keys.err;
  const Output variable =
      run({"env", "CAIRN_STORE_LEASE_MS=1", cairn_program(), "status", "--state", pool.state()});
  EXPECT_EQ(variable.status, exit_config);
  EXPECT_NE(variable.err.find("CAIRN_STORE_LEASE_MS must be"), std::string::npos) << variable.err;
}

TEST(CliTable, APoolThatDoesNotRunIsSixtyNine) {
  const StoppedPool pool("pool: main\n");
  // Each looks for Redis for 5 s: all at a time.
  std::vector<std::pair<Command, std::future<Output>>> runs;
  for (const Command& command : commands()) {
    // A worker waits for its dispatcher, and what attests needs no Redis; what the producer does is told
    // below.
    const std::string& name = command.words[0];
    if (!command.pool || command.group || name == "worker" || name == "attest" || name == "produce") continue;
    auto line = command.words + command.arguments + place(pool, command);
    runs.emplace_back(command, std::async(std::launch::async, [line] { return cairn(line); }));
    if (command.json) line.push_back("--json");
    runs.emplace_back(command, std::async(std::launch::async, [line] { return cairn(line); }));
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Command& command = runs[i].first;
    SCOPED_TRACE(shown(command.words));
    const Output out = runs[i].second.get();
    const bool doctor = command.words[0] == "doctor";
    EXPECT_EQ(out.status, doctor ? exit_failure : exit_unavailable) << out.err;
    EXPECT_FALSE(has_escape(out));
    if (i % 2 == 0 || !command.json) continue;
    if (doctor)
      EXPECT_EQ(Json::parse(out.out)["ok"], false);
    else
      expect_error_as_json(out, "unavailable");
  }
}

// The producer waits for a pool that is being started again, but not for one that nobody starts.
TEST(CliTable, ProduceWithoutARunningPoolIsSixtyNineAfterAWhile) {
  const StoppedPool pool("backends: {b: {programs: {p: {directory: /}}}}\n");
  const std::string line = R"({"start_height":1,"end_height":1,"backend":"b","program":"p","claim":"0x)" +
                           std::string(64, '0') + R"(","sequence_id":"0x)" + std::string(64, '0') +
                           R"(","batches":[{"input":{}}]})";
  const Output out = run({"sh", "-c", "echo \"$0\" | exec \"$@\"", line, cairn_program(), "produce", "--json",
                          "--state", pool.state()});
  EXPECT_EQ(out.status, exit_unavailable) << out.out << out.err;
  EXPECT_NE(out.err.find("no answer from the pool, asking again"), std::string::npos) << out.err;
  EXPECT_NE(out.err.find("no pool runs at " + pool.state() + ": start it with `cairn up --config"),
            std::string::npos)
      << out.err;
  expect_error_as_json(out, "unavailable");
}

TEST(CliTable, ProduceThatIsInterruptedIsSeventyFive) {
  const StoppedPool pool("pool: main\n");
  const TempDir dir;
  const std::string input = dir / "in", log = dir / "log";
  ASSERT_EQ(mkfifo(input.c_str(), 0600), 0);
  std::fstream writer(input);  // for both ways, so that it is open whenever somebody reads
  writer << "nonsense\n{\"start_height\":" << std::flush;
  Child producer(
      {"sh", "-c", "exec \"$0\" produce --state \"$1\" <\"$2\"", cairn_program(), pool.state(), input}, log);
  ASSERT_NE(producer.says("line 1: rejected", 0, 30'000), 0u);
  producer.signal(SIGTERM);
  EXPECT_EQ(producer.wait(), exit_temporary);
  std::stringstream said;
  said << std::ifstream(log).rdbuf();
  EXPECT_NE(said.str().find("cairn: interrupted before the last line"), std::string::npos) << said.str();
  EXPECT_EQ(said.str().find("line 2"), std::string::npos) << "a part of a line is none: " << said.str();
}

// On a terminal with NO_COLOR, as well as without a terminal (above), nothing prints an escape. A pool that
// runs is looked at in cli_test.cpp.
TEST(CliTable, NoColorIsObeyedOnATerminal) {
  const StoppedPool pool("frobnicate: 1\n");
  const TempDir dir;
  for (const Command& command : commands()) {
    SCOPED_TRACE(shown(command.words));
    EXPECT_EQ(on_a_terminal("NO_COLOR=1", command.words + std::vector<std::string>{"--help"}).find('\x1b'),
              std::string::npos);
    auto line = command.words + command.arguments + place(pool, command);
    if (command.words[0] == "keys") line.back() = dir / "link";
    const std::string said = on_a_terminal("NO_COLOR=1", line);
    EXPECT_NE(said, "");
    EXPECT_EQ(said.find('\x1b'), std::string::npos);
  }
}

Output in_shell(const std::string& script, const std::vector<std::string>& arguments) {
  return run(std::vector<std::string>{"sh", "-c", script, cairn_program()} + arguments);
}

// What the system refuses is an error like any other: no command ends by a signal.
TEST(CliTable, UnusualPlacesAreErrors) {
  const Output nameless = cairn({"status", "--json", "--state", ""});
  EXPECT_EQ(nameless.status, exit_not_found) << nameless.err;
  expect_error_as_json(nameless, "not_found");
  const TempDir dir;
  const Output nowhere = in_shell(
      "mkdir \"$1/gone\" && cd \"$1/gone\" && rmdir \"$1/gone\" && exec \"$0\" status --json", {dir.path()});
  EXPECT_EQ(nowhere.status, exit_not_found) << nowhere.err;
  expect_error_as_json(nowhere, "not_found");
  const StoppedPool pool("backends: {b: {programs: {p: {directory: /nowhere}}}}\n");
  const Output doctor = run({"env", "TMPDIR=/nowhere", cairn_program(), "doctor", "--json", "--config",
                             pool.config(), "--state", dir / "none"});
  EXPECT_EQ(doctor.status, exit_failure) << doctor.err;
  EXPECT_EQ(Json::parse(doctor.out)["ok"], false);
  std::filesystem::remove(pool.state() + "/pool.json");
  std::filesystem::create_directory(pool.state() + "/pool.json");
  const Output folder = cairn({"status", "--json", "--state", pool.state()});
  EXPECT_EQ(folder.status, exit_failure) << folder.err;
  expect_error_as_json(folder, "failed");
}

TEST(CliTable, WhatCannotBeWrittenWasNotDone) {
  const Output data = in_shell("exec \"$0\" soundness --json >/dev/full", {});
  EXPECT_EQ(data.status, exit_failure);
  EXPECT_EQ(data.err, "cairn: standard output cannot be written\n");
  EXPECT_EQ(in_shell("exec \"$0\" --help >/dev/full", {}).status, exit_failure);
  const Output refused = in_shell("exec \"$0\" status --state /nowhere --json >/dev/full", {});
  EXPECT_EQ(refused.status, exit_not_found) << "what went wrong before is what counts";
}

}  // namespace
}  // namespace cairn::test
