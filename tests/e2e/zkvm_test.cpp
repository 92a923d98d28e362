// RISC-V programs in a pool: from inputs to a paid attestation, and a proof that anybody can check.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/digest.h"
#include "tests/e2e/support/pool.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;
constexpr int exit_ok = 0;

std::string guest(const std::string& name) {
  return std::string(std::getenv("CAIRN_BINARY_DIR")) + "/guests/" + name + ".elf";
}

std::string file(const TempDir& dir, const std::string& name, const std::string& contents) {
  std::ofstream(dir / name, std::ios::binary) << contents;
  return dir / name;
}

/// A pool with the program `hash`, in small segments, beside the backend that each pool has.
PoolSettings with_hash(unsigned provers) {
  return {.provers = provers,
          .more_programs = "  zkvm:\n    kind: zkvm\n    segment_log2: 13\n    programs: {hash: {elf: \"" +
                           guest("sha256") + "\"}}\n",
          .more = "attest: {backends: [zkvm]}\n"};
}

TEST(Zkvm, BatchesOfASequenceAreCutProvedByManyJoinedAndPaid) {
  const TempDir dir;
  const std::string inputs =
      file(dir, "a", std::string(300, 'a')) + "," + file(dir, "b", std::string(64, 'b'));
  Pool pool(with_hash(4));
  pool.up();
  const Output line = run({cairn_program(), "sequence", "--elf", guest("sha256"), "--program", "hash",
                           "--inputs", inputs, "--height", "7"});
  ASSERT_EQ(line.status, exit_ok) << line.err;
  const Output paid = pool.produce({line.out.substr(0, line.out.size() - 1)},
                                   {"--open", "4", "--wait", "--timeout", "200", "--json"});
  ASSERT_EQ(paid.status, exit_ok) << paid.out << paid.err;

  // Segments of both batches were proved by several workers, and each stage has its time.
  const Json row = Json::parse(paid.out.substr(paid.out.rfind("\n{") + 1))["sequences"][0];
  for (const char* key : {"start_height", "end_height", "batches", "backend", "status", "commit_block",
                          "reveal_block", "reward_wei"}) {
    EXPECT_TRUE(row.contains(key)) << key;
  }
  const Json stages = row["stages"];
  EXPECT_EQ(stages.size(), 6u) << row;
  EXPECT_GE(stages["prove"]["tasks"].get<int>(), 5);
  EXPECT_GE(stages["prove"]["workers"].get<int>(), 2) << row;
  EXPECT_EQ(stages["split"]["tasks"], 2);
  for (const char* stage : {"prove", "hash_commit", "reveal"})
    EXPECT_GT(stages[stage]["seconds"].get<double>(), 0) << stage;
  EXPECT_EQ(
      Json::parse(
          run({cairn_program(), "explain", "7", "--state", pool.state(), "--json"}).out)[0]["stage_times"],
      stages);

  // Anybody can fetch the proof by its digest and check it with the program alone.
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(pool.path("proofs")))
    names.push_back(entry.path().filename());
  ASSERT_EQ(names.size(), 1u);
  const auto [status, proof] = pool.page("console", "/proofs/" + names[0]);
  ASSERT_EQ(status, 200);
  const Output verified = run(
      {cairn_program(), "verify", "--proof", file(dir, "proof", proof), "--elf", guest("sha256"), "--json"});
  EXPECT_EQ(verified.status, exit_ok) << verified.out;
  const Json json = Json::parse(verified.out);
  ASSERT_EQ(json["batches"].size(), 2u);
  EXPECT_GE(json["batches"][0]["segments"].get<int>(), 4);
  EXPECT_EQ(json["batches"][0]["journal"], hex(sha256(view(std::string(300, 'a')))));
  EXPECT_EQ(json["batches"][1]["journal"], hex(sha256(view(std::string(64, 'b')))));
  EXPECT_EQ(pool.stop(), exit_ok);
}

/// `cairn worker` of the prove stage with this one backend.
std::vector<std::string> prover(const Pool& pool, const std::string& backend) {
  return {cairn_program(), "worker", "--stage",          "prove",   "--backend",
          backend,         "--name", "prove-" + backend, "--state", pool.state()};
}

TEST(Zkvm, WorkersOfOneStageMayOfferDifferentBackends) {
  const TempDir dir;
  Pool pool(with_hash(0));
  pool.up();
  const Output hash = run({cairn_program(), "sequence", "--elf", guest("sha256"), "--program", "hash",
                           "--inputs", file(dir, "a", std::string(64, 'a')), "--height", "0"});
  ASSERT_EQ(hash.status, exit_ok) << hash.err;
  ASSERT_EQ(pool.produce({hash.out.substr(0, hash.out.size() - 1)}, {"--open", "4"}).status, exit_ok);

  const Output unknown = pool.cairn({"worker", "--stage", "prove", "--backend", "groth61"});
  EXPECT_EQ(unknown.status, 3);
  EXPECT_NE(unknown.err.find("no backend \"groth61\" in "), std::string::npos) << unknown.err;

  // One worker cannot do what is lowest. It does the rest, and nothing of what it cannot do fails.
  Child groth16(prover(pool, "groth16"), dir / "groth16.log");
  const std::string line = make_sequences(1, "2", 1).front();
  ASSERT_GT(start_height(line), 0u);
  const Output paid = pool.produce({line}, {"--open", "4", "--wait", "--timeout", "200", "--json"});
  ASSERT_EQ(paid.status, exit_ok) << paid.out << paid.err;
  const auto prove = [&] { return pool.must_status()["stages"]["prove"]; };
  ASSERT_TRUE(eventually(60'000, [&] { return prove()["ready"] > 0; }));
  EXPECT_EQ(prove()["ready_by_need"], (Json{{"zkvm", prove()["ready"]}}));
  EXPECT_TRUE(eventually(60'000, [&] { return !pool.events("prove-d0", "need_unserved").empty(); }));
  EXPECT_EQ(pool.events("prove-d0", "need_unserved").back()["need"], "zkvm");
  EXPECT_EQ(pool.ask({"explain", "0"})[0]["state"], "running");
  EXPECT_NE(pool.cairn({"explain", "0"}).out.find(" needs a worker with zkvm\n"), std::string::npos);

  Child zkvm(prover(pool, "zkvm"), dir / "zkvm.log");
  EXPECT_TRUE(eventually(200'000, [&] { return pool.ask({"explain", "0"})[0]["state"] == "verified"; }));
  EXPECT_EQ(prove()["failures_total"], 0);
  EXPECT_EQ(prove()["ready"], 0);
  for (Child* worker : {&groth16, &zkvm}) {
    worker->signal(SIGTERM);
    EXPECT_EQ(worker->wait(), exit_ok);
  }
  EXPECT_EQ(pool.stop(), exit_ok);
}

/// `cairn sequence` of rollup batches, by the names of their inputs.
Output rollup(const TempDir& dir, const std::vector<std::string>& inputs,
              const std::string& state_bytes = "32") {
  std::string list;
  for (const std::string& input : inputs) list += (list.empty() ? "" : ",") + std::string(dir / input);
  return run({cairn_program(), "sequence", "--elf", guest("rollup"), "--program", "rollup", "--inputs", list,
              "--state-bytes", state_bytes});
}

TEST(Zkvm, BatchesOfARollupChainOrAreNoSequence) {
  const TempDir dir, other;
  const std::string make = std::string(std::getenv("CAIRN_BINARY_DIR")) + "/bin/guest_inputs";
  ASSERT_EQ(run({make, dir / ""}).status, exit_ok);
  ASSERT_EQ(run({make, other / "", "2"}).status, exit_ok);
  std::filesystem::copy(other / "rollup_2.input", dir / "of_another_run");
  std::ifstream in(dir / "rollup_2.input", std::ios::binary);
  std::string forged{std::istreambuf_iterator<char>(in), {}};
  forged[5] ^= 1;
  file(dir, "forged_root", forged);
  const std::string one = "rollup_1.input", two = "rollup_2.input", three = "rollup_3.input";
  const Output chained = rollup(dir, {one, two, three});
  EXPECT_EQ(chained.status, exit_ok) << chained.err;
  const Output apart = rollup(dir, {one, two, three}, "0");
  ASSERT_EQ(apart.status, exit_ok) << apart.err;
  EXPECT_NE(Json::parse(chained.out)["claim"], Json::parse(apart.out)["claim"]) << "the claim asks for it";
  const std::vector<std::vector<std::string>> broken = {
      {two, one, three}, {one, three}, {one, one, two}, {one, "of_another_run", three}};
  for (const auto& inputs : broken) {
    const Output refused = rollup(dir, inputs);
    EXPECT_EQ(refused.status, 1) << inputs[1];
    EXPECT_EQ(refused.out, "");
    EXPECT_NE(refused.err.find(": state: "), std::string::npos) << refused.err;
    EXPECT_EQ(rollup(dir, inputs, "0").status, exit_ok) << "each of them is an honest run";
  }
  EXPECT_NE(rollup(dir, {one, "forged_root", three}).err.find("exits with 1"), std::string::npos)
      << "the program itself refuses it";
}

TEST(Zkvm, ASequenceOfRunsThatFailIsNoLine) {
  const TempDir dir;
  const Output out = run({cairn_program(), "sequence", "--elf", guest("fibonacci"), "--program", "p",
                          "--inputs", file(dir, "none", "")});
  EXPECT_EQ(out.status, 1);
  EXPECT_EQ(out.out, "");
  EXPECT_NE(out.err.find("exits with 1"), std::string::npos) << out.err;
}

}  // namespace
}  // namespace cairn::test
