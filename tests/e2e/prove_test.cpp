// `cairn prove` and `cairn verify` as people and workers meet them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "common/json.h"
#include "tests/e2e/support/pool.h"
#include "tests/e2e/support/terminal.h"

namespace cairn::test {
namespace {

std::string guest(const std::string& name) {
  return std::string(std::getenv("CAIRN_BINARY_DIR")) + "/guests/" + name + ".elf";
}

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
std::string file(const TempDir& dir, const std::string& name, const std::string& text) {
  std::ofstream(dir / name, std::ios::binary) << text;
  return dir / name;
}

Output cairn(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), cairn_program());
  return run(arguments);
}

struct Verdict {
  int status;
  Json json;
};
Verdict verify(const std::string& proof, std::vector<std::string> more) {
  more.insert(more.begin(), {"verify", "--json", "--proof", proof});
  const Output out = cairn(more);
  return {out.status, Json::parse(out.out)};
}

TEST(Prove, ARunIsProvedAndASegmentIsTheSameFromItsFileAlone) {
  const TempDir dir;
  const std::string input = file(dir, "input", std::string(700, 'x')), elf = guest("sha256"),
                    whole = dir / "whole.proof";
  const Output made =
      cairn({"prove", "--elf", elf, "--input", input, "--segment-log2", "13", "--out", whole, "--json"});
  ASSERT_EQ(made.status, 0) << made.err;
  const Json proved = Json::parse(made.out);
  EXPECT_GE(proved["segments"].get<int>(), 2);
  EXPECT_EQ(proved["exit_code"], 0);
  EXPECT_EQ(proved["proof_bytes"], contents(whole).size());

  const Verdict good = verify(whole, {"--elf", elf});
  EXPECT_EQ(good.status, 0) << good.json;
  ASSERT_EQ(good.json["batches"].size(), 1u);
  EXPECT_EQ(good.json["batches"][0]["journal"], proved["journal"]);
  EXPECT_EQ(good.json["batches"][0]["cycles"], proved["cycles"]);
  EXPECT_EQ(verify(whole, {"--image-id", proved["image_id"].get<std::string>()}).status, 0);
  const Verdict other = verify(whole, {"--elf", guest("crc32")});
  EXPECT_EQ(other.status, 1);
  EXPECT_EQ(other.json["reason"], "other_image");
  EXPECT_EQ(verify(whole, {"--elf", elf, "--expect-exit", "1"}).json["reason"], "other_exit");

  // By processes that have one segment each, with other instructions.
  ASSERT_EQ(
      cairn({"execute", "--elf", elf, "--input", input, "--segment-log2", "13", "--snapshots", dir / "s"})
          .status,
      0);
  std::vector<std::string> segments, pieces;
  for (const auto& entry : std::filesystem::directory_iterator(dir / "s")) segments.push_back(entry.path());
  std::sort(segments.begin(), segments.end());
  ASSERT_EQ(segments.size(), proved["segments"]);
  std::string list;
  for (const std::string& segment : segments) {
    pieces.push_back(segment + ".piece");
    const Output one = run({"/usr/bin/env", "CAIRN_ISA=scalar", cairn_program(), "prove", "--segment",
                            segment, "--out", pieces.back()});
    ASSERT_EQ(one.status, 0) << one.err;
    list += (list.empty() ? "" : ",") + pieces.back();
  }
  // By its number in the directory.
  ASSERT_EQ(cairn({"prove", "--segment", "1", "--snapshots", dir / "s", "--out", dir / "by_number"}).status,
            0);
  EXPECT_TRUE(contents(dir / "by_number") == contents(pieces[1]));
  EXPECT_EQ(cairn({"prove", "--segment", "999", "--snapshots", dir / "s", "--out", dir / "none"}).status, 3);
  const std::string joined = dir / "joined.proof";
  ASSERT_EQ(cairn({"prove", "--join", list, "--out", joined}).status, 0);
  EXPECT_TRUE(contents(joined) == contents(whole)) << "the same bytes";

  // A piece is no proof, and pieces that do not follow each other are not joined.
  EXPECT_EQ(verify(pieces[0], {"--elf", elf}).json["reason"], "no_end");
  EXPECT_EQ(verify(pieces.back(), {"--elf", elf}).json["reason"], "no_beginning");
  const Output turned =
      cairn({"prove", "--join", pieces[1] + "," + pieces[0], "--out", dir / "turned", "--json"});
  EXPECT_EQ(turned.status, 1);
  EXPECT_FALSE(std::filesystem::exists(dir / "turned"));

  // A byte of the last piece.
  std::string damaged = contents(whole);
  damaged[damaged.size() - 5000] ^= 1;
  const Verdict refused = verify(file(dir, "damaged", damaged), {"--elf", elf});
  EXPECT_EQ(refused.status, 1);
  EXPECT_EQ(refused.json["ok"], false);
  EXPECT_EQ(refused.json["reason"], "piece_proof");
  EXPECT_TRUE(refused.json.contains("inner"));
}

TEST(Prove, ShowsHowFarItIsOnATerminalAndPlainlyElsewhere) {
  const TempDir dir;
  const std::string input = file(dir, "input", std::string(700, 'x')), proof = dir / "proof";
  const std::vector<std::string> arguments = {"prove",          "--elf", guest("sha256"), "--input", input,
                                              "--segment-log2", "12",    "--out",         proof};
  const std::string shown = on_a_terminal("NO_COLOR=1", arguments);
  EXPECT_NE(shown.find("\rproving ["), std::string::npos) << shown;
  EXPECT_NE(shown.find(" cycles  "), std::string::npos) << "a rate follows: " << shown;
  EXPECT_NE(shown.find("/s  "), std::string::npos) << shown;
  EXPECT_NE(shown.find(" left"), std::string::npos) << shown;
  EXPECT_NE(shown.find("] 100 %"), std::string::npos) << shown;
  const Output plain = cairn(arguments);
  ASSERT_EQ(plain.status, 0);
  EXPECT_EQ(plain.out.find("proving"), std::string::npos) << "progress is no data: " << plain.out;
  EXPECT_NE(plain.err.find("] 100 %"), std::string::npos) << plain.err;
  EXPECT_EQ(plain.err.find_first_of("\r\x1b"), std::string::npos) << plain.err;
  std::vector<std::string> quiet = arguments;
  quiet.push_back("--json");
  EXPECT_EQ(cairn(quiet).err, "") << "with --json nothing else is said";
}

TEST(Prove, BatchesThatDoNotChainVerifyForThoseAloneWhoDoNotAsk) {
  // Two digests of 32 bytes, taken for states of 16: none begins with what the other ended with.
  const TempDir dir;
  const std::string elf = guest("sha256"), one = dir / "one", two = dir / "two", both = dir / "both";
  ASSERT_EQ(
      cairn({"prove", "--elf", elf, "--input", file(dir, "a", "a"), "--segment-log2", "13", "--out", one})
          .status,
      0);
  ASSERT_EQ(
      cairn({"prove", "--elf", elf, "--input", file(dir, "b", "b"), "--segment-log2", "13", "--out", two})
          .status,
      0);
  ASSERT_EQ(cairn({"prove", "--join", one + "," + two, "--out", both}).status, 0);
  EXPECT_EQ(verify(both, {"--elf", elf}).status, 0);
  EXPECT_EQ(verify(one, {"--elf", elf, "--state-bytes", "16"}).status, 0) << "one batch has no neighbour";
  const Verdict apart = verify(both, {"--elf", elf, "--state-bytes", "16"});
  EXPECT_EQ(apart.status, 1);
  EXPECT_EQ(apart.json["reason"], "state");
  EXPECT_EQ(verify(one, {"--elf", elf, "--state-bytes", "17"}).json["reason"], "no_state");
}

TEST(Prove, WhatEndsWithAnotherCodeVerifiesWithThatCodeAlone) {
  const TempDir dir;
  const std::string proof = dir / "proof", elf = guest("fibonacci");
  const Output made = cairn({"prove", "--elf", elf, "--segment-log2", "12", "--out", proof});
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_NE(made.out.find("--expect-exit 1"), std::string::npos) << made.out;
  EXPECT_EQ(verify(proof, {"--elf", elf}).json["reason"], "other_exit");
  EXPECT_EQ(verify(proof, {"--elf", elf, "--expect-exit", "2"}).json["reason"], "other_exit");
  EXPECT_EQ(verify(proof, {"--elf", elf, "--expect-exit", "1"}).status, 0);
}

TEST(Prove, WhatTrapsOrDoesNotEndIsNotProved) {
  const TempDir dir;
  const std::string proof = dir / "proof";
  const Output trapped =
      cairn({"prove", "--elf", guest("test_misbehave"), "--input", file(dir, "u", "u"), "--out", proof});
  EXPECT_EQ(trapped.status, 1);
  EXPECT_NE(trapped.err.find("load_misaligned"), std::string::npos) << trapped.err;
  // Writes to its code, its input, its constants; outgrows its stack, leaves its code, follows a null
  // pointer.
  const std::pair<std::string, std::string> misdeeds[] = {
      {"c", "store_outside"}, {"i", "store_outside"}, {"k", "store_outside"}, {"s", "store_outside"},
      {"j", "fetch_outside"}, {"n", "load_outside"},  {"b", "breakpoint"},
  };
  for (const auto& [what, trap] : misdeeds) {
    const Output out =
        cairn({"prove", "--elf", guest("test_misbehave"), "--input", file(dir, what, what), "--out", proof});
    EXPECT_EQ(out.status, 1) << what;
    EXPECT_NE(out.err.find(trap + " at pc"), std::string::npos) << what << ": " << out.err;
    EXPECT_EQ(out.out, "");
    EXPECT_FALSE(std::filesystem::exists(proof)) << what;
  }
  const Output hostile =
      cairn({"prove", "--elf", file(dir, "hostile", "\177ELF and no more"), "--out", proof});
  EXPECT_EQ(hostile.status, 1);
  EXPECT_NE(hostile.err.find("ELF truncated"), std::string::npos) << hostile.err;
  const Output endless = cairn({"prove", "--elf", guest("test_misbehave"), "--input", file(dir, "e", "e"),
                                "--cycles-max", "5000", "--out", proof});
  EXPECT_EQ(endless.status, 1);
  EXPECT_NE(endless.err.find("does not end"), std::string::npos) << endless.err;
  EXPECT_FALSE(std::filesystem::exists(proof));
  EXPECT_EQ(cairn({"prove", "--segment", file(dir, "no", "no snapshot"), "--out", proof}).status, 1);
  EXPECT_EQ(cairn({"prove", "--out", proof}).status, 2);
  const Verdict none = verify(file(dir, "none", "no proof"), {"--elf", guest("sha256")});
  EXPECT_EQ(none.status, 1);
  EXPECT_EQ(none.json["reason"], "bad_magic");
}

}  // namespace
}  // namespace cairn::test
