// `cairn execute` as people and scripts meet it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "common/json.h"
#include "tests/e2e/support/must.h"
#include "tests/e2e/support/pool.h"

namespace cairn::test {
namespace {

constexpr int exit_ok = 0, exit_failure = 1, exit_not_found = 3;

std::string guest(const std::string& name) {
  return std::string(std::getenv("CAIRN_BINARY_DIR")) + "/guests/" + name + ".elf";
}

std::string file(const TempDir& dir, const std::string& name, const std::string& contents) {
  std::ofstream(dir / name, std::ios::binary) << contents;
  return dir / name;
}

Output execute(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {cairn_program(), "execute"});
  return run(arguments);
}

TEST(Execute, TellsWhatTheProgramDidAndWhatAProofWouldCost) {
  const TempDir dir;
  const std::string input = file(dir, "input", "hello");
  const Output out = execute({"--elf", guest("sha256"), "--input", input, "--json"});
  EXPECT_EQ(out.status, exit_ok) << out.err;
  const Json json = Json::parse(out.out);
  EXPECT_EQ(json["ok"], true);
  EXPECT_EQ(json["ending"], "exited");
  EXPECT_EQ(json["exit_code"], 0);
  EXPECT_EQ(json["journal"], "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  EXPECT_EQ(json["unaligned_accesses"], 0);
  EXPECT_EQ(json["image_id"].get<std::string>().size(), 64u);
  EXPECT_EQ(json["image_digest"].get<std::string>().size(), 64u);
  std::uint64_t rows = 0;
  for (const auto& [name, count] : json["families"].items()) rows += count.get<std::uint64_t>();
  EXPECT_EQ(json["families"].size(), 16u);
  EXPECT_EQ(rows, json["cycles"]);
  EXPECT_EQ(json["segments"], Json({{"13", 1}}));

  const Output plain = execute({"--elf", guest("sha256"), "--input", input});
  EXPECT_EQ(plain.status, exit_ok);
  EXPECT_NE(plain.out.find("exit code           0\n"), std::string::npos) << plain.out;
  EXPECT_NE(plain.out.find("journal             32 bytes: 2cf24dba"), std::string::npos) << plain.out;
}

TEST(Execute, WhatIsNotASuccessIsOneAndSaysWhy) {
  const TempDir dir;
  const Output exited = execute({"--elf", guest("fibonacci"), "--json"});
  EXPECT_EQ(exited.status, exit_failure);
  EXPECT_EQ(Json::parse(exited.out)["ok"], false);
  EXPECT_EQ(Json::parse(exited.out)["exit_code"], 1);
  EXPECT_NE(exited.err.find("exited with 1"), std::string::npos) << exited.err;

  const Output trapped =
      execute({"--elf", guest("test_misbehave"), "--input", file(dir, "u", "u"), "--json"});
  EXPECT_EQ(trapped.status, exit_failure);
  const Json trap = Json::parse(trapped.out);
  EXPECT_EQ(trap["ending"], "trapped");
  EXPECT_EQ(trap["trap"]["name"], "load_misaligned");
  EXPECT_EQ(trap["unaligned_accesses"], 1);
  EXPECT_FALSE(trap.contains("journal"));
  EXPECT_FALSE(trap.contains("exit_code"));
  EXPECT_NE(trapped.err.find("load_misaligned"), std::string::npos) << trapped.err;

  const Output endless = execute(
      {"--elf", guest("test_misbehave"), "--input", file(dir, "e", "e"), "--cycles-max", "5000", "--json"});
  EXPECT_EQ(endless.status, exit_failure);
  EXPECT_EQ(Json::parse(endless.out)["ending"], "cycle_limit");
  EXPECT_EQ(Json::parse(endless.out)["cycles"], 5000);

  const Output hostile = execute({"--elf", file(dir, "not.elf", "#!/bin/sh\n"), "--json"});
  EXPECT_EQ(hostile.status, exit_failure);
  EXPECT_EQ(Json::parse(hostile.out)["error"]["code"], "invalid_input");
  EXPECT_NE(hostile.err.find("ELF not_elf"), std::string::npos) << hostile.err;

  EXPECT_EQ(execute({"--elf", dir / "none.elf"}).status, exit_not_found);
  EXPECT_EQ(execute({"--elf", guest("sha256"), "--input", dir / "none"}).status, exit_not_found);
  EXPECT_EQ(execute({"--snapshot", dir / "none"}).status, exit_not_found);
}

TEST(Execute, EachSegmentRunsAgainFromItsFile) {
  const TempDir dir;
  const std::string input = file(dir, "input", std::string(400, 'x'));
  const Output out = execute(
      {"--elf", guest("sort"), "--input", input, "--segment-log2", "12", "--snapshots", dir / "s", "--json"});
  EXPECT_EQ(out.status, exit_ok) << out.err;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(dir / "s")) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  ASSERT_GE(files.size(), 4u);
  std::uint64_t cycles = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Output again = execute({"--snapshot", files[i], "--json"});
    EXPECT_EQ(again.status, exit_ok) << again.err;
    const Json json = Json::parse(again.out);
    EXPECT_EQ(json["segment"], i);
    EXPECT_EQ(json["first_cycle"], cycles);
    cycles += json["cycles"].get<std::uint64_t>();
  }
  EXPECT_EQ(cycles, Json::parse(out.out)["cycles"]);

  std::ifstream in(files[1], std::ios::binary);
  std::string damaged{std::istreambuf_iterator<char>(in), {}};
  damaged[damaged.size() / 2] ^= 1;
  const Output refused = execute({"--snapshot", file(dir, "damaged", damaged), "--json"});
  EXPECT_EQ(refused.status, exit_failure);
  EXPECT_EQ(Json::parse(refused.out)["error"]["code"], "corrupt");
}

}  // namespace
}  // namespace cairn::test
