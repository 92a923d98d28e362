// The tables in chain/ against the compiler's own description of the contracts. Needs
// contracts/forge build.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "chain/abi.h"
#include "chain/revert.h"
#include "chain/two_step_abi.h"
#include "common/json.h"
#include "tests/support/process.h"

namespace cairn::chain {
namespace {

/// One word of a type, and how revert_text() prints it.
std::pair<std::string, std::string> sample(const std::string& type, std::uint64_t n) {
  if (type == "address") {
    Address a{};
    a[19] = static_cast<std::uint8_t>(n);
    return {hex(abi::Encoder().address(a).arguments()), address_text(a)};
  }
  const std::string word = hex(U256(n).be());
  return {word, type == "bytes32" ? "0x" + word : std::to_string(n)};
}

Json compiled(const std::string& contract) {
  std::ifstream in(test::source_dir() / "contracts" / "out" / (contract + ".sol") / (contract + ".json"));
  if (!in) assert_failed("contracts/forge build first", __FILE__, __LINE__);
  return Json::parse(in);
}

/// An error's data with sample arguments, and what revert_text() should make of it.
std::pair<Bytes, std::string> sample_error(const Json& entry) {
  std::string signature = entry["name"].get<std::string>() + "(";
  std::string printed = signature;
  std::string words;
  for (const Json& input : entry["inputs"]) {
    const auto type = input["type"].get<std::string>();
    const auto [word, value] = sample(type, words.size() + 5);
    signature += (words.empty() ? "" : ",") + type;
    printed += (words.empty() ? "" : ", ") + input["name"].get<std::string>() + "=" + value;
    words += word;
  }
  Bytes data;
  append(data, abi::selector(signature + ")"));
  append(data, from_hex(words).value());
  return {data, printed + ")"};
}

TEST(TwoStepAbiTables, EveryErrorOfTheContractsIsKnown) {
  int errors = 0;
  for (const char* contract : {"ITwoStepSubmission", "ChainStepVerifier", "IAttestedVerifier"}) {
    const Json artifact = compiled(contract);
    for (const Json& entry : artifact["abi"]) {
      if (entry["type"] != "error") continue;
      ++errors;
      const auto [data, printed] = sample_error(entry);
      EXPECT_EQ(revert_text(data), printed);
    }
  }
  EXPECT_GE(errors, 39);
}

TEST(TwoStepAbiTables, EveryCallIsOneOfTheContract) {
  const Json artifact = compiled("ITwoStepSubmission");
  std::set<std::string> ours;
  for (const Bytes& call :
       {two_step::stake({}), two_step::request_withdrawal({}), two_step::withdraw(), two_step::open({}),
        two_step::reclaim({}), two_step::commit({}, {}), two_step::reveal({}, {}), two_step::settle({}, {}),
        two_step::pay_reward({}, {}), two_step::slash({}, 0, {}), two_step::windows(),
        two_step::stake_terms(), two_step::token(), two_step::sequence({}), two_step::commitment({}, 0, {}),
        two_step::prover({}), two_step::digest_verified({}, {})}) {
    ours.insert(hex(ByteView(call).first(4)));
  }
  std::set<std::string> theirs;
  for (const auto& [signature, selector] : artifact["methodIdentifiers"].items()) theirs.insert(selector);
  EXPECT_EQ(ours, theirs);
}

TEST(TwoStepAbiTables, EveryEventWithASequenceHasAKind) {
  const Json artifact = compiled("ITwoStepSubmission");
  int kinds = 0;
  for (const Json& entry : artifact["abi"]) {
    if (entry["type"] != "event") continue;
    std::string signature = entry["name"].get<std::string>() + "(";
    for (const Json& input : entry["inputs"]) {
      signature += (signature.back() == '(' ? "" : ",") + input["type"].get<std::string>();
    }
    const Digest32 topics[] = {abi::topic(signature + ")")};
    // One topic is too few for an event with a kind, and nothing to object to in any other.
    if (!two_step::decode_event(topics, {}).ok()) ++kinds;
  }
  EXPECT_EQ(kinds, 6);
}

}  // namespace
}  // namespace cairn::chain
