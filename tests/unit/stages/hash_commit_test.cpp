#include "stages/hash_commit.h"

#include "tests/unit/stages/chain_stage_fixture.h"

namespace cairn::stages {
namespace {

using chain::sender::State;

class HashCommit : public ChainStageTest {
 protected:
  pipeline::Process process = make_hash_commit(services);
};

TEST_F(HashCommit, WaitsWithoutRewritingItsPayload) {
  const auto out = run(process).value();
  ASSERT_TRUE(out.again);
  EXPECT_FALSE(out.again->payload);
  EXPECT_FALSE(out.again->number);
  EXPECT_EQ(out.again->delay_ms, services.policy.poll_ms);
}

TEST_F(HashCommit, AsksForANonceTogetherWithTheRowThatExpectsIt) {
  chain.open(id, claim, 1, 1000);
  const auto out = run(process).value();
  ASSERT_TRUE(out.again && out.again->number && out.again->payload);
  EXPECT_EQ(out.again->number->counter, "nonce/0x0101010101010101010101010101010101010101");
  EXPECT_EQ(out.again->number->floor, 0u);
  EXPECT_EQ(row_of(*out.again->payload).state, State::commit_nonce);
  const chain::U256 fee(9'000'000'000);
  chain.broadcast(signer.fill_nonce(0, {fee, fee}).raw).value();
  EXPECT_EQ(run(process)->again->number->floor, 1u) << "above what the node has of the key";
}

TEST_F(HashCommit, HandsTheSentCommitmentToResend) {
  chain.open(id, claim, 1, 1000);
  pipeline::Outcome out;
  do {
    out = advance(process);
  } while (out.again);
  ASSERT_EQ(out.emits.size(), 1u);
  const pipeline::TaskSpec& next = out.emits[0];
  EXPECT_EQ(next.id, "g/r/0001");
  EXPECT_EQ(next.stage, "resend");
  EXPECT_EQ(next.height, 42u);
  EXPECT_EQ(next.group, "g");
  EXPECT_EQ(next.delay_ms, services.policy.poll_ms);
  EXPECT_EQ(row_of(next.payload).state, State::commit_sent);
  EXPECT_EQ(row_of(next.payload).hop, 1u);
  EXPECT_TRUE(out.group_end.empty());
}

TEST_F(HashCommit, AnUnreachableChainCostsTheTaskNothing) {
  for (const Code code : {Code::unavailable, Code::timeout, Code::corrupt, Code::failed, Code::not_found,
                          Code::exhausted, Code::invalid_input}) {
    chain.before = [&](std::string_view) { return Status(Error{code, "the node is away"}); };
    const auto out = run(process);
    ASSERT_TRUE(out.ok()) << code_name(code);
    ASSERT_TRUE(out->again);
    EXPECT_FALSE(out->again->payload);
    EXPECT_EQ(out->again->delay_ms, services.policy.retry_ms());
    EXPECT_NE(out->facts[0].second.find("the node is away"), std::string::npos);
  }
}

TEST_F(HashCommit, ARejectedProofIsDeadWithItsReason) {
  chain.open(id, claim, 1, 1000);
  row.proof = copy("garbage");
  set(State::planned);
  const auto out = run(process);
  ASSERT_FALSE(out.ok());
  EXPECT_EQ(pipeline::fail_kind(out.error().code), pipeline::FailKind::permanent);
  EXPECT_EQ(out.error().what, "the sequence's verifier rejects the proof");
}

TEST_F(HashCommit, APayloadThatIsNoRowIsDead) {
  task.payload = copy("no row");
  EXPECT_EQ(run(process).error().code, Code::invalid_input);
  task.payload = encode(row);
  task.group.clear();
  EXPECT_EQ(run(process).error().code, Code::invalid_input);
}

}  // namespace
}  // namespace cairn::stages
