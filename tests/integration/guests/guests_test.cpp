// Each guest against its reference on the host, with and without optimisation.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "common/digest.h"
#include "guests/decision_tree/reference.h"
#include "guests/rollup/reference.h"
#include "prover/rv32/little_endian.h"
#include "tests/integration/guests/guest_run.h"

namespace cairn::test {
namespace {

using rv32::Ending, rv32::put_u32;

/// Both builds of the guest end well and write this.
void expect_journal(const std::string& name, ByteView input, ByteView journal) {
  for (const char* level : {"", "_O0"}) {
    const GuestRun run = run_guest(guest(name + level), input);
    ASSERT_EQ(run.ending, Ending::exited) << name << level << ": " << rv32::to_text(run.trap);
    EXPECT_EQ(run.exit_code, 0u) << name << level;
    EXPECT_EQ(hex(run.journal), hex(journal)) << name << level;
  }
}

void expect_refused(const std::string& name, ByteView input) {
  for (const char* level : {"", "_O0"}) {
    const GuestRun run = run_guest(guest(name + level), input);
    EXPECT_EQ(run.ending, Ending::exited) << name << level << ": " << rv32::to_text(run.trap);
    EXPECT_EQ(run.exit_code, 1u) << name << level;
    EXPECT_EQ(run.journal, Bytes{}) << name << level;
  }
}

Bytes words(std::initializer_list<std::uint32_t> values) {
  Bytes out;
  for (const std::uint32_t value : values) put_u32(out, value);
  return out;
}

Bytes random_bytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes out(size);
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

TEST(Guest, Fibonacci) {
  for (const std::uint32_t n : {0u, 1u, 2u, 10u, 47u, 48u, 5000u}) {
    std::uint32_t a = 0, b = 1;
    for (std::uint32_t i = 0; i < n; ++i) a = std::exchange(b, a + b);
    expect_journal("fibonacci", words({n}), words({n, a}));
  }
  expect_journal("fibonacci", words({47}), words({47, 2'971'215'073u}));
  expect_refused("fibonacci", {});
  expect_refused("fibonacci", Bytes(5));
}

TEST(Guest, Sha256) {
  for (const std::size_t size : {0u, 1u, 3u, 55u, 56u, 63u, 64u, 65u, 119u, 120u, 1000u}) {
    const Bytes input = random_bytes(size, size);
    expect_journal("sha256", input, sha256(input));
  }
}

TEST(Guest, Crc32) {
  const auto crc32 = [](ByteView bytes) {
    std::uint32_t crc = ~0u;
    for (const std::uint8_t byte : bytes) {
      crc ^= byte;
      for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (crc & 1 ? 0xedb8'8320u : 0);
    }
    return ~crc;
  };
  expect_journal("crc32", view("123456789"), words({0xcbf4'3926u}));
  for (const std::size_t size : {0u, 1u, 2u, 777u}) {
    const Bytes input = random_bytes(size, size);
    expect_journal("crc32", input, words({crc32(input)}));
  }
}

TEST(Guest, Sort) {
  for (const std::uint32_t count : {0u, 1u, 2u, 3u, 16u, 1000u}) {
    std::mt19937 random(count);
    std::vector<std::uint32_t> values(count);
    // Many of them are equal.
    for (std::uint32_t& value : values)
      value = random() % 2 ? static_cast<std::uint32_t>(random())
                           : static_cast<std::uint32_t>(random() % 8) << 29;
    Bytes input, sorted, journal;
    for (const std::uint32_t value : values) put_u32(input, value);
    std::sort(values.begin(), values.end());
    for (const std::uint32_t value : values) put_u32(sorted, value);
    put_u32(journal, count);
    append(journal, sha256(sorted));
    expect_journal("sort", input, journal);
  }
  expect_refused("sort", Bytes(7));
}

std::vector<guests::Sample> iris() {
  std::ifstream in(std::string(std::getenv("CAIRN_SOURCE_DIR")) + "/guests/decision_tree/data/iris.csv");
  return guests::read_samples(std::string{std::istreambuf_iterator<char>(in), {}}).value();
}

TEST(Guest, DecisionTree) {
  const auto samples = iris();
  ASSERT_EQ(samples.size(), 150u);
  // Trees of depth 2 and 3 are known to be right on 144 and 146 of the 150.
  const std::uint32_t right[] = {50, 100, 144, 146};
  for (unsigned depth = 0; depth <= 5; ++depth) {
    const Bytes model = guests::train_tree(samples, depth);
    const Bytes journal = guests::decision_tree_journal(model, samples);
    EXPECT_EQ(hex(ByteView(journal).first(32)), hex(sha256(model)));
    EXPECT_EQ(rv32::get_u32(journal, 32), 150u);
    EXPECT_GE(rv32::get_u32(journal, 36), right[std::min<std::size_t>(depth, 3)]) << depth;
    EXPECT_TRUE(depth > 3 || rv32::get_u32(journal, 36) == right[depth]) << depth;
    expect_journal("decision_tree", guests::decision_tree_input(model, samples), journal);
  }
}

TEST(Guest, DecisionTreeRefusesModelsThatLoopAndInputsThatAreCutOff) {
  const auto samples = iris();
  const Bytes input = guests::decision_tree_input(guests::train_tree(samples, 3), samples);
  for (const std::size_t size : {std::size_t{0}, std::size_t{3}, std::size_t{20}, input.size() - 1}) {
    expect_refused("decision_tree", ByteView(input).first(size));
  }
  Bytes longer = input;
  longer.push_back(0);
  expect_refused("decision_tree", longer);
  const auto with = [&](std::size_t at, std::uint8_t value) {
    Bytes changed = input;
    changed[at] = value;
    return changed;
  };
  expect_refused("decision_tree", with(4 + 2, 0));    // the root leads to itself
  expect_refused("decision_tree", with(4 + 3, 200));  // and to where no node is
  expect_refused("decision_tree", with(4, 4));        // by a feature that is not there
  expect_refused("decision_tree", with(3, 1));        // a model of 2^24 nodes
}

TEST(Guest, RollupBatchesChain) {
  guests::RollupState state(4, 1, 1000);
  const Digest32 genesis = state.root();
  const auto first = state.apply({{0, 1, 300}, {1, 2, 1300}});
  const auto second = state.apply({{2, 2, 5}, {0, 15, 700}, {15, 0, 0}});
  expect_journal("rollup", first.input, first.journal);
  expect_journal("rollup", second.input, second.journal);
  EXPECT_EQ(hex(ByteView(first.journal).first(32)), hex(genesis));
  EXPECT_EQ(hex(ByteView(second.journal).first(32)), hex(ByteView(first.journal).subspan(32, 32)));
  EXPECT_EQ(hex(ByteView(second.journal).subspan(32, 32)), hex(state.root()));
  EXPECT_EQ(state.balance(0), 0u);
  EXPECT_EQ(state.balance(1), 0u);
  EXPECT_EQ(state.balance(2), 2300u);
  EXPECT_EQ(state.balance(15), 1700u);
  // A tree of one account.
  guests::RollupState alone(0, 2, 7);
  const auto itself = alone.apply({{0, 0, 7}});
  expect_journal("rollup", itself.input, itself.journal);
}

TEST(Guest, RollupRefusesWhatIsNotSignedOrNotThere) {
  const auto batch = guests::RollupState(3, 3, 100).apply({{1, 6, 60}});
  const std::size_t transfer = 40, signature = transfer + 48, sender = signature + 68 * 32,
                    receiver = sender + 44 + 3 * 32;
  ASSERT_EQ(batch.input.size(), receiver + 44 + 3 * 32);
  const auto refuses = [&](std::size_t at, const char* what) {
    SCOPED_TRACE(what);
    Bytes changed = batch.input;
    changed[at] ^= 1;
    const GuestRun run = run_guest(guest("rollup"), changed);
    EXPECT_EQ(run.ending, Ending::exited) << rv32::to_text(run.trap);
    EXPECT_EQ(run.exit_code, 1u);
    EXPECT_EQ(run.journal, Bytes{});
  };
  refuses(0, "old root");
  refuses(32, "depth");
  refuses(36, "count");
  refuses(transfer, "from");
  refuses(transfer + 4, "to");
  refuses(transfer + 8, "amount");
  refuses(transfer + 16, "next key");
  refuses(signature, "first part of the signature");
  refuses(sender - 1, "last part of the signature");
  refuses(sender, "balance of from");
  refuses(sender + 8, "nonce of from");
  refuses(sender + 12, "key of from");
  refuses(sender + 44, "sibling of from");
  refuses(receiver, "balance of to");
  refuses(receiver + 44 + 64, "sibling of to");
  expect_refused("rollup", ByteView(batch.input).first(batch.input.size() - 1));
  expect_refused("rollup", {});
  Bytes longer = batch.input;
  longer.push_back(0);
  expect_refused("rollup", longer);
}

TEST(Guest, RollupRefusesABatchTwiceAndMoneyThatIsNotThere) {
  guests::RollupState state(2, 4, 10);
  const auto first = state.apply({{0, 1, 10}});
  auto again = first.input;
  const Digest32 now = state.root();
  std::copy(now.begin(), now.end(), again.begin());
  expect_refused("rollup", again);
  // The same transfer, honestly signed, from an account that has less.
  auto rich = guests::RollupState(2, 5, 11).apply({{0, 1, 11}});
  const auto poor = guests::RollupState(2, 5, 10);
  const Digest32 poor_root = poor.root();
  std::copy(poor_root.begin(), poor_root.end(), rich.input.begin());
  expect_refused("rollup", rich.input);
}

TEST(Guest, SegmentsOfARealProgramRunAgainFromTheirSnapshots) {
  const auto samples = iris();
  const Bytes model = guests::train_tree(samples, 3);
  for (const char* name : {"decision_tree", "decision_tree_O0"}) {
    const GuestRun run = run_guest(guest(name), guests::decision_tree_input(model, samples),
                                   {1u << 28, 64u << 20}, rv32::kLogClassMin, true);
    ASSERT_EQ(run.ending, Ending::exited);
    EXPECT_EQ(hex(run.journal), hex(guests::decision_tree_journal(model, samples)));
    EXPECT_GT(run.cycles, std::uint64_t{3} << rv32::kLogClassMin) << "at least four segments";
  }
}

}  // namespace
}  // namespace cairn::test
