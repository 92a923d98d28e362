#include <gmock/gmock.h>

#include <algorithm>

#include "prover/backend/proof_list.h"
#include "tests/integration/prover/chain_step_fixture.h"

namespace cairn::prover {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// publicSignals of the one proof in `leaf`: pre, post, input_digest.
std::vector<std::string> publics(const Bytes& leaf) {
  const auto items = list_items(leaf, 1);
  const auto proof = parse_json(text(items->front()), 1 << 16);
  return (*proof)["publicSignals"].get<std::vector<std::string>>();
}

// What the circuit computes

TEST_F(ChainStep, HashesArePoseidon) {
  // poseidon([1, 2]) as in circomlib's own tests (test/poseidoncircuit.js).
  const std::string poseidon_1_2 =
      "7853200120776062878684798364095072458815029376092732009249414926327459813530";
  const auto leaf = prove(view(R"({"balance":"1","height":2,"deposit":"1","withdrawal":"2"})"));
  ASSERT_TRUE(leaf.ok()) << leaf.error().what;
  EXPECT_EQ(publics(*leaf)[0], poseidon_1_2);  // pre = Poseidon(balance, height)
  EXPECT_EQ(publics(*leaf)[2], poseidon_1_2);  // input_digest = Poseidon(deposit, withdrawal)
}

TEST_F(ChainStep, CommittedFilesAreWhatTheSetupMakes) {
  const auto checked = node("setup.mjs", {"--check", "--keep-key"});
  EXPECT_EQ(checked.status, 0) << checked.out << checked.err;
}

// The whole way

TEST_F(ChainStep, ASequenceOfThreeBatchesIsProvenAndVerified) {
  const auto sequences = make_sequences({"--sequences", "1", "--batches", "3", "--from", "100"});
  ASSERT_TRUE(sequences.ok()) << sequences.error().what;
  const Sequence& sequence = sequences->front();
  ASSERT_EQ(sequence.inputs.size(), 3u);

  std::vector<Bytes> leaves;
  for (const auto& input : sequence.inputs) {
    const auto segments = backend->split("chain_step", input, control);
    ASSERT_EQ(segments->size(), 1u);
    auto leaf = prove(segments->front());
    ASSERT_TRUE(leaf.ok()) << leaf.error().what;
    leaves.push_back(*std::move(leaf));
  }
  for (std::size_t i = 1; i < 3; ++i)
    EXPECT_EQ(publics(leaves[i - 1])[1], publics(leaves[i])[0]) << "post is pre";

  const auto joined = join(*join(leaves[0], leaves[1]), leaves[2]);
  EXPECT_EQ(*joined, *join(leaves[0], *join(leaves[1], leaves[2])));
  const auto proof = finalize(*joined, sequence.claim);
  ASSERT_TRUE(proof.ok()) << proof.error().what;
  EXPECT_EQ(proof->size(), 64u + 3 * 11 * 32);
  const Status verified = verify(sequence.claim, *proof);
  EXPECT_TRUE(verified.ok()) << verified.error().what;

  // finalize refuses what cannot show the claim, for good.
  const std::pair<Result<Bytes>, const char*> refused[] = {
      {finalize(*joined, Digest32{1}), "not 0x0100"},
      {finalize(*join(leaves[0], leaves[1]), sequence.claim), "the batches show the claim"},
      {finalize(*join(*join(leaves[1], leaves[0]), leaves[2]), sequence.claim),
       "batch 1 does not start where"},
      {finalize(*join(leaves[0], leaves[2]), sequence.claim), "batch 1 does not start where"},
      {finalize(list_of(view("{}")), sequence.claim), "batch 0: not a proof of this program"},
      {finalize(view("junk"), sequence.claim), "cut off"},
  };
  for (const auto& [result, what] : refused) {
    ASSERT_FALSE(result.ok()) << what;
    EXPECT_EQ(result.error().code, Code::invalid_input) << what;
    EXPECT_THAT(result.error().what, HasSubstr(what));
  }

  // verify refuses each kind of altered byte.
  Digest32 other = sequence.claim;
  other[31] ^= 1;
  EXPECT_EQ(verify(other, *proof).error().code, Code::failed);
  const std::pair<const char*, std::size_t> altered[] = {
      {"offset", 31},       {"count", 63},   {"a.x", 64 + 31},  {"a.y", 64 + 63},
      {"b", 64 + 64 + 31},  {"c", 64 + 223}, {"pre", 64 + 287}, {"post of the last batch", 64 + 3 * 352 - 33},
      {"digest", 64 + 351},
  };
  for (const auto& [part, at] : altered) {
    Bytes bad = *proof;
    bad[at] ^= 1;
    EXPECT_EQ(verify(sequence.claim, bad).error().code, Code::failed) << part;
  }
  Bytes longer = *proof;
  longer.push_back(0);
  EXPECT_FALSE(verify(sequence.claim, longer).ok());
  EXPECT_FALSE(verify(sequence.claim, ByteView(*proof).first(proof->size() - 352)).ok());
  EXPECT_FALSE(verify(sequence.claim, {}).ok());
}

TEST_F(ChainStep, ProofOfAnotherBatchWithTheRightPublicsDoesNotVerify) {
  // The claim and the chaining hold here: only the Groth16 check can refuse.
  const auto sequences = make_sequences({"--sequences", "2"});
  Bytes first = *final_proof((*sequences)[0]);
  const Bytes second = *final_proof((*sequences)[1]);
  std::copy(second.begin() + 64, second.begin() + 64 + 8 * 32, first.begin() + 64);
  const Status status = verify((*sequences)[0].claim, first);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().what, HasSubstr("the proof of batch 0 does not verify"));
}

// Bad input

TEST_F(ChainStep, ABatchThatCanNeverWorkIsInvalidInput) {
  const std::pair<const char*, const char*> table[] = {
      {"", "input is not JSON"},
      {"[1]", "input must be a JSON object"},
      {R"({"balance":"1","height":2,"deposit":"1"})", "field \"withdrawal\" must be a decimal string"},
      {R"({"balance":1,"height":2,"deposit":"1","withdrawal":"0"})", "field \"balance\" must be"},
      {R"({"balance":"01","height":2,"deposit":"1","withdrawal":"0"})", "field \"balance\" must be"},
      {R"({"balance":"18446744073709551616","height":2,"deposit":"1","withdrawal":"0"})",
       "field \"balance\" must be"},
      {R"({"balance":"1","height":-1,"deposit":"1","withdrawal":"0"})", "field \"height\" must be"},
      {R"({"balance":"1","height":9007199254740992,"deposit":"1","withdrawal":"0"})",
       "field \"height\" must be"},
      {R"({"balance":"1","height":2,"deposit":"1","withdrawal":"0","memo":""})",
       "field \"memo\" is not known"},
      {R"({"balance":"1","height":2,"deposit":"1","withdrawal":"3"})",
       "the batch breaks a rule of the ledger"},
      {R"({"balance":"18446744073709551615","height":2,"deposit":"1","withdrawal":"0"})", "breaks a rule"},
  };
  for (const auto& [input, what] : table) {
    const auto result = prove(view(input));
    ASSERT_FALSE(result.ok()) << input;
    EXPECT_EQ(code_name(result.error().code), "invalid_input") << input;
    EXPECT_THAT(result.error().what, StartsWith("prove of chain_step: exit code 65: ")) << input;
    EXPECT_THAT(result.error().what, HasSubstr(what)) << input;
  }
  EXPECT_THAT(prove(Bytes(5000, ' ')).error().what, HasSubstr("input of more than 4096 bytes"));
}

TEST_F(ChainStep, ACircuitThatIsMissingIsUnavailableHere) {
  const auto dir = temp / "no_data";
  std::filesystem::create_directories(dir);
  for (const auto& entry : std::filesystem::directory_iterator(program_dir())) {
    if (entry.path().extension() == ".mjs") std::filesystem::copy(entry.path(), dir);
  }
  std::filesystem::create_symlink(test::source_dir() / "node_modules", temp / "node_modules");
  write_file(dir / "input", R"({"balance":"1","height":2,"deposit":"1","withdrawal":"2"})");
  const auto result = test::run({"node", dir / "prove.mjs", dir / "input", dir / "output"});
  EXPECT_EQ(result.status, 75);
  EXPECT_THAT(result.err, HasSubstr("chain_step.wasm is missing; make it with: node"));
}

// Sequences

TEST_F(ChainStep, SequencesFollowEachOther) {
  const auto sequences =
      make_sequences({"--sequences", "3", "--batches", "1,2", "--from", "50", "--seed", "9"});
  ASSERT_EQ(sequences->size(), 3u);
  std::uint64_t height = 50;
  std::string post;
  for (const auto& sequence : *sequences) {
    EXPECT_EQ(sequence.line["start_height"], height);
    for (const auto& batch : sequence.line["batches"]) EXPECT_EQ(batch["input"]["height"], height++);
    EXPECT_EQ(sequence.line["end_height"], height - 1);
    EXPECT_EQ(sequence.line["backend"], "groth16");
    EXPECT_EQ(sequence.line["program"], "chain_step");
    EXPECT_EQ(sequence.line.size(), 6u);
    for (const auto& input : sequence.inputs) {
      const auto leaf = prove(input);
      ASSERT_TRUE(leaf.ok()) << leaf.error().what;
      if (!post.empty()) {
        EXPECT_EQ(publics(*leaf)[0], post);
      }
      post = publics(*leaf)[1];
    }
  }
  EXPECT_EQ(height, 54u) << "sizes 1, 2, 1 in turn";
}

TEST_F(ChainStep, SequencesAreAFunctionOfTheSeed) {
  const auto lines = [&](std::vector<std::string> more) {
    std::vector<std::string> options{"--sequences", "8", "--batches", "1,3"};
    options.insert(options.end(), more.begin(), more.end());
    const auto made = make_sequences(options);
    std::vector<std::string> out;
    for (const auto& sequence : *made) out.push_back(sequence.line.dump());
    return out;
  };
  const auto ordered = lines({"--seed", "5"});
  EXPECT_EQ(lines({"--seed", "5"}), ordered);
  EXPECT_NE(lines({"--seed", "6"}), ordered);
  const auto shuffled = lines({"--seed", "5", "--shuffle"});
  EXPECT_EQ(lines({"--seed", "5", "--shuffle"}), shuffled);
  EXPECT_NE(shuffled, ordered);
  EXPECT_THAT(shuffled, testing::UnorderedElementsAreArray(ordered));
}

TEST_F(ChainStep, SequencesRefuseBadOptions) {
  const std::vector<std::string> table[] = {
      {},
      {"--sequences", "0"},
      {"--sequences", "x"},
      {"--sequences", "1", "--batches", "65"},
      {"--sequences", "1", "--batches", ""},
      {"--sequences", "1", "--from", "9007199254740991"},
      {"--sequences", "1", "--sed", "1"},
      {"--sequences", "1", "extra"},
  };
  for (const auto& options : table) {
    const auto made = node("make_sequences.mjs", options);
    EXPECT_EQ(made.status, 64) << made.out;
    EXPECT_THAT(made.err, HasSubstr("usage: node make_sequences.mjs")) << made.err;
  }
}

}  // namespace
}  // namespace cairn::prover
