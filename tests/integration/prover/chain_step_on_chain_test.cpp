#include <gmock/gmock.h>

#include "tests/integration/prover/chain_step_fixture.h"
#include "tests/support/anvil.h"

namespace cairn::prover {
namespace {

using testing::HasSubstr;

class ChainStepOnChain : public ChainStep {
 protected:
  /// First of anvil's public, unlocked accounts.
  static constexpr const char* account = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

  test::Output cast(const std::string& subcommand, const std::vector<std::string>& arguments) {
    std::vector<std::string> argv{test::foundry_tool("cast"), subcommand, "--rpc-url", anvil.url()};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return test::run(argv);
  }

  /// Address of a ChainStepVerifier, compiled now.
  Result<std::string> deploy() {
    const auto contracts = test::source_dir() / "contracts";
    const auto built = test::run({contracts / "forge", "build", "--out", temp / "out", "--cache-path",
                                  temp / "cache", contracts / "src/verifiers"});
    if (built.status != 0) return Error{Code::failed, built.out + built.err};
    const std::string artifact = read_file(temp / "out/ChainStepVerifier.sol/ChainStepVerifier.json");
    CAIRN_ASSIGN(const Json json, parse_json(artifact, artifact.size()));
    const auto sent = cast("send", {"--json", "--unlocked", "--from", account, "--create",
                                    json["bytecode"]["object"].get<std::string>()});
    if (sent.status != 0) return Error{Code::failed, sent.err};
    CAIRN_ASSIGN(const Json receipt, parse_json(sent.out, sent.out.size()));
    return receipt["contractAddress"].get<std::string>();
  }

  test::Output ask(const char* how, const std::string& verifier, const Digest32& claim, const Bytes& proof) {
    return cast(how, {verifier, "verify(bytes32,bytes)", "0x" + hex(claim), "0x" + hex(proof)});
  }

  test::Anvil anvil;
};

TEST_F(ChainStepOnChain, TheDeployedVerifierAcceptsRealProofsAndNothingElse) {
  const auto verifier = deploy();
  ASSERT_TRUE(verifier.ok()) << verifier.error().what;
  const auto refusal = [&](const Digest32& claim, const Bytes& proof) {
    const auto asked = ask("call", *verifier, claim, proof);
    return asked.status == 0 ? "accepted" : asked.err;
  };

  // What cast prints of a custom error: its selector.
  const auto selector = [&](const char* error) {
    std::string hex = test::run({test::foundry_tool("cast"), "sig", error}).out;
    while (hex.ends_with('\n')) hex.pop_back();
    return "custom error " + hex;
  };
  const std::string claim_mismatch = selector("ClaimMismatch(bytes32)");
  const std::string invalid_encoding = selector("InvalidEncoding()");
  const std::string invalid_proof = selector("InvalidProof(uint256)");

  const auto sequences = make_sequences({"--sequences", "2", "--batches", "1,3", "--seed", "3"});
  ASSERT_TRUE(sequences.ok()) << sequences.error().what;
  for (const auto& sequence : *sequences) {
    const auto proof = final_proof(sequence);
    ASSERT_TRUE(proof.ok()) << proof.error().what;
    const auto accepted = ask("call", *verifier, sequence.claim, *proof);
    EXPECT_EQ(accepted.status, 0) << accepted.err;
    const auto gas = ask("estimate", *verifier, sequence.claim, *proof);
    EXPECT_LT(std::stoul(gas.out), 50'000 + 250'000 * sequence.inputs.size()) << gas.err;
    RecordProperty("gas_of_" + std::to_string(sequence.inputs.size()) + "_batches", gas.out);

    Digest32 other = sequence.claim;
    other[0] ^= 1;
    EXPECT_THAT(refusal(other, *proof), HasSubstr(claim_mismatch));
    Bytes tampered = *proof;
    tampered.push_back(0);
    EXPECT_THAT(refusal(sequence.claim, tampered), HasSubstr(invalid_encoding));
    tampered = *proof;
    std::copy_n(proof->begin() + 64, 64,
                tampered.begin() + 64 + 6 * 32);  // c = a: a point, but another one
    EXPECT_THAT(refusal(sequence.claim, tampered), HasSubstr(invalid_proof));
    tampered = *proof;
    tampered[64 + 31] ^= 1;  // a.x: off the curve
    EXPECT_THAT(refusal(sequence.claim, tampered), HasSubstr(invalid_proof));
  }
}

}  // namespace
}  // namespace cairn::prover
