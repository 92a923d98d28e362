#include "chain/two_step_abi.h"

#include <gtest/gtest.h>

#include "chain/abi.h"
#include "chain/dev_keys.h"
#include "chain/keccak.h"
#include "common/limits.h"

namespace cairn::chain {
namespace {

const Digest32 id = keccak256("sequence");
const Digest32 claim = keccak256("claim");
const Address alice = dev_key(0).address();
const Address verifier = dev_key(5).address();

Digest32 address_topic(const Address& a) {
  Digest32 out{};
  std::copy(a.begin(), a.end(), out.begin() + 12);
  return out;
}

abi::Encoder sequence_words(std::uint64_t state) {
  abi::Encoder e;
  e.number(state).address(alice);
  for (std::uint64_t n : {10, 20, 900, 2, 55, 0, 3, 1}) e.number(n);
  e.word(claim).address(verifier).number(U256::max()).number(U256(7)).number(U256(8));
  return e;
}

TEST(TwoStepAbi, DecodesASequence) {
  const SequenceView s = two_step::decode_sequence(sequence_words(1).arguments()).value();
  EXPECT_EQ(s.state, SequenceState::open);
  EXPECT_EQ(s.start_height, 10u);
  EXPECT_EQ(s.end_height, 20u);
  EXPECT_EQ(s.expiry, 900u);
  EXPECT_EQ(s.round, 2u);
  EXPECT_EQ(s.first_commit_block, 55u);
  EXPECT_EQ(s.proven_block, 0u);
  EXPECT_EQ(s.committed_count, 3u);
  EXPECT_EQ(s.settled_count, 1u);
  EXPECT_EQ(s.claim, claim);
  EXPECT_EQ(s.verifier, verifier);
  EXPECT_EQ(s.reward, U256::max());
}

TEST(TwoStepAbi, RefusesAnUnknownState) {
  EXPECT_TRUE(two_step::decode_sequence(sequence_words(3).arguments()).ok());
  EXPECT_FALSE(two_step::decode_sequence(sequence_words(4).arguments()).ok());
  EXPECT_FALSE(two_step::decode_sequence({}).ok());
}

TEST(TwoStepAbi, DecodesACommitmentAndAProver) {
  const auto c = two_step::decode_commitment(abi::Encoder()
                                                 .number(std::uint64_t{2})
                                                 .number(std::uint64_t{1})
                                                 .word(claim)
                                                 .number(U256(99))
                                                 .arguments())
                     .value();
  EXPECT_EQ(c.state, CommitmentState::settled);
  EXPECT_TRUE(c.paid);
  EXPECT_EQ(c.proof_hash, claim);
  EXPECT_EQ(c.stake, U256(99));
  abi::Encoder e;
  for (std::uint64_t n : {5, 4, 3, 2, 1}) e.number(n);
  const auto p = two_step::decode_prover(e.arguments()).value();
  EXPECT_EQ(p.stake, U256(5));
  EXPECT_EQ(p.bonded, U256(4));
  EXPECT_EQ(p.withdrawing, U256(3));
  EXPECT_EQ(p.unsettled, 1u);
}

// keccak256(abi.encode(...)) and keccak256(abi.encodePacked(keccak256(proof), prover)), by cast.
TEST(TwoStepAbi, Identities) {
  EXPECT_EQ(hex(two_step::proof_hash(view("proof"), alice)),
            hex(keccak256(from_hex(hex(keccak256("proof")) + hex(alice)).value())));
  EXPECT_EQ(two_step::sequence_id(alice, 1, 2, claim, verifier),
            keccak256(from_hex(std::string(24, '0') + hex(alice) + std::string(63, '0') + "1" +
                               std::string(63, '0') + "2" + hex(claim) + std::string(24, '0') + hex(verifier))
                          .value()));
}

TEST(TwoStepEvents, EachKind) {
  const auto decode = [](std::string_view signature, const abi::Encoder& data) {
    const Digest32 topics[] = {abi::topic(signature), id, address_topic(alice)};
    return two_step::decode_event(topics, data.arguments());
  };
  abi::Encoder committed;
  committed.number(std::uint64_t{4}).word(claim).number(std::uint64_t{100});
  auto e = decode("ProofHashCommitted(bytes32,address,uint64,bytes32,uint64)", committed).value();
  EXPECT_EQ(e.kind, Event::Kind::committed);
  EXPECT_EQ(e.sequence, id);
  EXPECT_EQ(e.prover, alice);
  EXPECT_EQ(e.round, 4u);

  abi::Encoder proven;
  proven.number(std::uint64_t{4}).word(claim);
  e = decode("SequenceProven(bytes32,address,uint64,bytes32)", proven).value();
  EXPECT_EQ(e.kind, Event::Kind::proven);
  e = decode("CommitmentSettled(bytes32,address,uint64,bytes32)", proven).value();
  EXPECT_EQ(e.kind, Event::Kind::settled);
  EXPECT_EQ(e.round, 4u);

  abi::Encoder paid;
  paid.number(U256(77));
  e = decode("RewardPaid(bytes32,address,uint256)", paid).value();
  EXPECT_EQ(e.kind, Event::Kind::paid);
  EXPECT_EQ(e.amount, U256(77));

  abi::Encoder slashed;
  slashed.number(std::uint64_t{4}).number(U256(9)).number(std::uint64_t{1});
  e = decode("Slashed(bytes32,address,uint64,uint256,uint8)", slashed).value();
  EXPECT_EQ(e.kind, Event::Kind::slashed);
  EXPECT_EQ(e.amount, U256(9));
  slashed.number(std::uint64_t{0});
  EXPECT_FALSE(decode("Slashed(bytes32,address,uint64,uint256,uint8)", slashed).ok());

  e = decode("Transfer(address,address,uint256)", paid).value();
  EXPECT_EQ(e.kind, Event::Kind::other);
}

TEST(TwoStepEvents, WrongTopicsAreAnError) {
  const Digest32 paid = abi::topic("RewardPaid(bytes32,address,uint256)");
  const Bytes amount = abi::Encoder().number(U256(1)).arguments();
  const Digest32 none[] = {paid};
  EXPECT_FALSE(two_step::decode_event(none, amount).ok());
  const Digest32 one_more[] = {paid, id, address_topic(alice), id};
  EXPECT_FALSE(two_step::decode_event(one_more, amount).ok());
  Digest32 wide = address_topic(alice);
  wide[0] = 1;
  const Digest32 not_an_address[] = {paid, id, wide};
  EXPECT_FALSE(two_step::decode_event(not_an_address, amount).ok());
  EXPECT_EQ(two_step::decode_event({}, amount)->kind, Event::Kind::other);
}

Bytes opened_data(const Bytes& data) {
  return abi::Encoder()
      .number(std::uint64_t{5})
      .number(std::uint64_t{6})
      .word(claim)
      .address(verifier)
      .number(U256(1000))
      .number(std::uint64_t{50})
      .dynamic(data)
      .arguments();
}

TEST(TwoStepEvents, OpenedSequence) {
  const Digest32 topics[] = {two_step::opened_topic(), id, address_topic(alice)};
  const auto opened = two_step::decode_opened(topics, opened_data(copy("{}"))).value();
  EXPECT_EQ(opened.id, id);
  EXPECT_EQ(opened.start_height, 5u);
  EXPECT_EQ(opened.end_height, 6u);
  EXPECT_EQ(opened.claim, claim);
  EXPECT_EQ(text(opened.data), "{}");
  EXPECT_EQ(two_step::decode_event(topics, opened_data({})).value().kind, Event::Kind::opened);
}

// Whoever opens a sequence chooses its data; it must not be able to stop the reading of others.
TEST(TwoStepEvents, OversizedTaskDataIsLeftOut) {
  const Digest32 topics[] = {two_step::opened_topic(), id, address_topic(alice)};
  const Bytes most(limits::json_line_bytes_max, 'x');
  EXPECT_EQ(two_step::decode_opened(topics, opened_data(most))->data, most);
  const Bytes more(limits::json_line_bytes_max + 1, 'x');
  const auto opened = two_step::decode_opened(topics, opened_data(more));
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(opened->data.empty());
  EXPECT_EQ(opened->id, id);
}

}  // namespace
}  // namespace cairn::chain
