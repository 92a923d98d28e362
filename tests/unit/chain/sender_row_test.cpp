#include "chain/sender_row.h"

#include <gtest/gtest.h>

#include "tests/support/sim_chain.h"

namespace cairn::chain::sender {
namespace {

Tx some_tx(std::uint64_t nonce) {
  Tx tx;
  tx.nonce = nonce;
  tx.attempts = {{Purpose::commit, {U256(1), U256(2)}, 3, sim::sim_digest("a")},
                 {Purpose::fill, {U256::max(), U256(5)}, 6, sim::sim_digest("b")}};
  tx.raw = copy("signed bytes");
  tx.sent_block = 8;
  tx.foreign_block = 9;
  tx.mined = Mined{1, 10, sim::sim_digest("c"), true};
  return tx;
}

Row full_row() {
  Row row = planned_row(sim::sim_digest("sequence"), sim::sim_digest("claim"), copy("proof"));
  row.state = State::pay_sent;
  row.hop = 11;
  row.round = 12;
  row.want = Purpose::settle;
  row.gas = 13;
  row.since_block = 14;
  row.adopted_block = 15;
  row.rounds_lost = 16;
  row.behind_nonce = 17;
  row.behind_block = 18;
  row.commit = some_tx(1);
  row.reveal = some_tx(2);
  row.pay = some_tx(3);
  row.pay->mined.reset();
  row.retired = {some_tx(4), some_tx(5)};
  row.reason = "because";
  return row;
}

TEST(SenderRow, EveryFieldComesBack) {
  const Row row = full_row();
  const Row back = decode_row(encode(row)).value();
  EXPECT_EQ(encode(back), encode(row));
  EXPECT_EQ(back.state, State::pay_sent);
  EXPECT_EQ(back.hop, 11u);
  EXPECT_EQ(back.sequence, row.sequence);
  EXPECT_EQ(back.claim, row.claim);
  EXPECT_EQ(back.proof, row.proof);
  EXPECT_EQ(back.round, 12u);
  EXPECT_EQ(back.want, Purpose::settle);
  EXPECT_EQ(back.gas, 13u);
  EXPECT_EQ(back.since_block, 14u);
  EXPECT_EQ(back.adopted_block, 15u);
  EXPECT_EQ(back.rounds_lost, 16u);
  EXPECT_EQ(back.behind_nonce, 17u);
  EXPECT_EQ(back.behind_block, 18u);
  EXPECT_EQ(back.reason, "because");
  ASSERT_EQ(back.retired.size(), 2u);
  const Tx& tx = back.retired[1];
  EXPECT_EQ(tx.nonce, 5u);
  ASSERT_EQ(tx.attempts.size(), 2u);
  EXPECT_EQ(tx.attempts[1].purpose, Purpose::fill);
  EXPECT_EQ(tx.attempts[1].fees.max_fee_per_gas, U256::max());
  EXPECT_EQ(tx.attempts[1].fees.max_priority_fee_per_gas, U256(5));
  EXPECT_EQ(tx.attempts[1].gas, 6u);
  EXPECT_EQ(tx.attempts[1].hash, sim::sim_digest("b"));
  EXPECT_EQ(tx.raw, copy("signed bytes"));
  EXPECT_EQ(tx.sent_block, 8u);
  EXPECT_EQ(tx.foreign_block, 9u);
  EXPECT_EQ(tx.mined->attempt, 1u);
  EXPECT_EQ(tx.mined->block, 10u);
  EXPECT_TRUE(tx.mined->succeeded);
  EXPECT_FALSE(back.pay->mined);
}

TEST(SenderRow, EveryTruncationIsRefused) {
  const Bytes whole = encode(full_row());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_row(ByteView(whole).first(size)).ok()) << size;
  }
}

TEST(SenderRow, AFlippedByteNeverCrashesTheDecoder) {
  const Bytes whole = encode(full_row());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes bytes = whole;
    for (const int flip : {0x01, 0x80, 0xff}) {
      bytes[i] = static_cast<std::uint8_t>(whole[i] ^ flip);
      const auto row = decode_row(bytes);
      if (row.ok()) {
        EXPECT_TRUE(decode_row(encode(*row)).ok());
      }
    }
  }
}

TEST(SenderRow, AStateWithoutItsTransactionIsRefused) {
  for (const State state : {State::commit_signed, State::commit_sent, State::reveal_signed,
                            State::reveal_sent, State::pay_signed, State::pay_sent}) {
    Row row = planned_row({}, {}, {});
    row.state = state;
    const auto back = decode_row(encode(row));
    ASSERT_FALSE(back.ok()) << state_name(state);
    EXPECT_EQ(back.error().code, Code::invalid_input);
    EXPECT_NE(back.error().what.find(state_name(state)), std::string::npos);
  }
}

TEST(SenderRow, OtherVersionsStatesAndDigestsAreRefused) {
  // Three bytes say that it is an array of 19; then version, state, hop, and 2 + 32 bytes of the sequence.
  const Bytes row = encode(planned_row(sim::sim_digest("sequence"), {}, {}));
  const auto refuses = [&](std::size_t at, std::uint8_t byte) {
    Bytes changed = row;
    changed.at(at) = byte;
    return !decode_row(changed).ok();
  };
  ASSERT_EQ(row.at(7), 32);
  EXPECT_FALSE(refuses(3, 1));
  EXPECT_TRUE(refuses(3, 2));
  EXPECT_FALSE(refuses(4, state_count - 1));
  EXPECT_TRUE(refuses(4, state_count));
  Bytes shorter = row;
  shorter.at(7) = 31;
  shorter.erase(shorter.begin() + 8);
  EXPECT_FALSE(decode_row(shorter).ok());
}

TEST(SenderRow, LimitsAreEnforced) {
  Row row = planned_row({}, {}, Bytes(proof_bytes_max));
  EXPECT_TRUE(decode_row(encode(row)).ok());
  row.proof.push_back(0);
  EXPECT_FALSE(decode_row(encode(row)).ok());

  row = planned_row({}, {}, {});
  row.retired.assign(retired_max, some_tx(1));
  EXPECT_TRUE(decode_row(encode(row)).ok());
  row.retired.push_back(some_tx(1));
  EXPECT_FALSE(decode_row(encode(row)).ok());

  row = planned_row({}, {}, {});
  row.retired = {some_tx(1)};
  row.retired[0].attempts.assign(attempts_max, some_tx(1).attempts[0]);
  EXPECT_TRUE(decode_row(encode(row)).ok());
  row.retired[0].attempts.push_back(some_tx(1).attempts[0]);
  EXPECT_FALSE(decode_row(encode(row)).ok());
  row.retired[0].attempts.clear();
  EXPECT_FALSE(decode_row(encode(row)).ok());
  row.retired = {some_tx(1)};
  row.retired[0].mined->attempt = 2;
  EXPECT_FALSE(decode_row(encode(row)).ok());
  row = planned_row({}, {}, {});
  row.want = Purpose::pay;
  EXPECT_FALSE(decode_row(encode(row)).ok());
}

}  // namespace
}  // namespace cairn::chain::sender
