// The subcommands of `cairn`, one row each, for what holds of all of them. cli_table_test.cpp fails when a
// command has no row.
#pragma once

#include <string>
#include <vector>

namespace cairn::test {

struct Command {
  std::vector<std::string> words;      ///< such as {"dead", "list"}
  std::vector<std::string> arguments;  ///< that it needs to be well used
  bool json = false;                   ///< prints data, and has --json
  bool pool = true;                    ///< finds a pool by --state, and reads its configuration
  bool alone = false;                  ///< needs neither pool nor configuration
  /// Ways to use it wrongly, by arguments behind its words.
  std::vector<std::vector<std::string>> wrong = {};
  /// Only in front of other words.
  bool group = false;
};

inline const std::vector<Command>& commands() {
  static const std::vector<std::string> no_number = {"high"}, no_height = {"9007199254740993"};
  // clang-format off
  static const std::vector<Command> rows = {
      {.words = {"up"}, .arguments = {}, .pool = false,
       .wrong = {{"--workers", "fly=1"}, {"--workers", "prove"}, {"--workers", "prove=-1"},
                 {"--workers", "prove=1025"}, {"--json"}, {"now"}}},
      {.words = {"dispatch"}, .arguments = {"--stage", "prove"}, .wrong = {{}, {"--stage"}}},
      {.words = {"worker"}, .arguments = {"--stage", "prove"},
       .wrong = {{}, {"--stage"}, {"--stage", "prove", "--name", std::string(97, 'w')}}},
      {.words = {"attest"},
       .arguments = {"--claim", "0x" + std::string(64, '0'), "--proof", "p", "--backend", "b", "--program", "p", "--keystore", "k", "--password-file", "f"},
       .wrong = {{}, {"--claim", "0x00"}, {"--set", "0"}, {"--json"}}},
      {.words = {"console"}, .arguments = {}, .wrong = {{"--listen"}, {"now"}, {"--json"}}},
      {.words = {"produce"}, .arguments = {}, .json = true,
       .wrong = {{"--open", "much"}, {"--open", "0"}, {"--open", "-2"}, {"--timeout", "-1"}, {"line"}}},
      {.words = {"status"}, .arguments = {}, .json = true,
       .wrong = {{"--colour"}, {"--max", "0"}, {"--max", "1001"}, {"--from", "low"}, {"--to", "-1"}}},
      {.words = {"explain"}, .arguments = {"1"}, .json = true, .wrong = {{}, no_number, no_height, {"-1"}}},
      {.words = {"dead"}, .arguments = {}, .wrong = {{}, {"fly"}}, .group = true},
      {.words = {"dead", "list"}, .arguments = {}, .json = true, .wrong = {{"task"}}},
      {.words = {"dead", "replay"}, .arguments = {"--all"}, .json = true, .wrong = {{}, {"--json"}}},
      {.words = {"dead", "drop"}, .arguments = {"--all"}, .json = true, .wrong = {{}, {"--json"}}},
      {.words = {"cancel"}, .arguments = {"1"}, .json = true, .wrong = {{}, no_number, no_height}},
      {.words = {"doctor"}, .arguments = {}, .json = true, .wrong = {{"me"}}},
      {.words = {"execute"}, .arguments = {"--elf", "/nowhere/prog.elf"}, .json = true, .pool = false, .alone = true,
       .wrong = {{}, {"--json"}, {"--input", "x"}, {"--elf", "x", "--segment-log2", "11"}, {"--elf", "x", "--segment-log2", "25"},
                 {"--elf", "x", "--cycles-max", "0"}, {"--elf", "x", "--memory-max", "0"}, {"--elf", "x", "--snapshot", "y"}}},
      {.words = {"prove"}, .arguments = {"--elf", "/nowhere/prog.elf", "--out", "/nowhere/proof"}, .json = true, .pool = false, .alone = true,
       .wrong = {{}, {"--elf", "x"}, {"--out", "x"}, {"--elf", "x", "--out", "y", "--segment", "z"}, {"--join", "x", "--segment", "y", "--out", "z"}, {"--snapshots", "x", "--out", "y"},
                 {"--segment", "first", "--snapshots", "x", "--out", "y"}, {"--elf", "x", "--segment", "1", "--snapshots", "y", "--out", "z"},
                 {"--input", "x", "--out", "y"}, {"--elf", "x", "--out", "y", "--segment-log2", "11"},
                 {"--elf", "x", "--out", "y", "--segment-log2", "25"}}},
      {.words = {"verify"}, .arguments = {"--proof", "/nowhere/proof", "--elf", "/nowhere/prog.elf"}, .json = true, .pool = false, .alone = true,
       .wrong = {{}, {"--proof", "x"}, {"--elf", "x"}, {"--proof", "x", "--elf", "y", "--image-id", "z"},
                 {"--proof", "x", "--elf", "y", "--expect-exit", "-1"}, {"--proof", "x", "--elf", "y", "--state-bytes", "4097"}}},
      {.words = {"sequence"}, .arguments = {"--elf", "/nowhere/prog.elf", "--program", "p", "--inputs", "/nowhere/input"}, .pool = false,
       .alone = true, .wrong = {{}, {"--elf", "x"}, {"--elf", "x", "--program", "p"}, {"--elf", "x", "--program", "p", "--inputs", "i", "--height", "-1"},
                              {"--elf", "x", "--program", "p", "--inputs", "i", "--state-bytes", "4097"}}},
      {.words = {"keys"}, .arguments = {"link"}, .json = true, .pool = false, .alone = true, .wrong = {{}}},
      {.words = {"soundness"}, .arguments = {}, .json = true, .pool = false, .alone = true,
       .wrong = {{"--log-cells", "7"}, {"--log-cells", "27"}, {"--log-inverse-rate", "0"}, {"--machine", "poseidon2"},
                 {"--log-heights", "16"}, {"--rows", "16"}, {"--machine", "poseidon2", "--rows", "16", "--log-heights", "4"}, {"--queries", "0"}, {"--target", "much"}}},
  };
  // clang-format on
  return rows;
}

/// "cairn dead list"
inline std::string shown(const std::vector<std::string>& words) {
  std::string out = "cairn";
  for (const std::string& word : words) out += " " + word;
  return out;
}

inline std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace cairn::test
