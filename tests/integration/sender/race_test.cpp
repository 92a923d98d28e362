// Other provers on a real chain: honest ones, late ones, and thieves.
#include "chain/keccak.h"
#include "tests/integration/sender/sender_pool.h"

namespace cairn::test {
namespace {

using chain::U256;
using SenderRace = SenderOnAnvil;

constexpr std::uint64_t milli_ide = 1'000'000'000'000'000;

double gained_ide(const U256& before, const U256& after) {
  return static_cast<double>(must(must(after.minus(before)).u64()) / milli_ide) / 1000;
}

TEST_F(SenderRace, ThreePoolsArePaidByStake) {
  SenderPool a = pool(1);
  SenderPool b = pool(2);
  SenderPool c = pool(3);
  open();
  submit(a, "proof of a");
  submit(b, "same");
  submit(c, "same");
  const U256 before[] = {tokens(a.address()), tokens(b.address()), tokens(c.address())};
  ASSERT_TRUE(ends({&a, &b, &c}, "verified"));
  EXPECT_DOUBLE_EQ(gained_ide(before[0], tokens(a.address())), 0.4);
  EXPECT_DOUBLE_EQ(gained_ide(before[1], tokens(b.address())), 1.0);
  EXPECT_DOUBLE_EQ(gained_ide(before[2], tokens(c.address())), 0.6);
  for (SenderPool* pool : {&a, &b, &c}) settled_nonce(pool->address());
}

TEST_F(SenderRace, TwoPoolsUnderReorgsAtEveryStep) {
  SenderPool a = pool(1);
  SenderPool b = pool(2);
  for (const char* state : {"commit_sent", "commit_mined", "reveal_sent", "verified"}) {
    SCOPED_TRACE(state);
    open();
    submit(a, "a");
    submit(b, "b");
    const U256 before[] = {tokens(a.address()), tokens(b.address())};
    ASSERT_TRUE(run({&a, &b}, [&] { return a.state(group()) == state; }));
    anvil_.reorg(4);
    ASSERT_TRUE(ends({&a, &b}, "verified"));
    EXPECT_EQ(
        must(must(tokens(a.address()).minus(before[0])).plus(must(tokens(b.address()).minus(before[1])))),
        U256(reward_wei));
  }
}

/// A prover with stake that sends what it is told, at a price that puts it first in the block.
class Thief {
 public:
  explicit Thief(SenderPool& key) : key_(key) {}

  chain::TxHash commit(const chain::SequenceId& id, const Digest32& hash) {
    return send(key_.signer().commit(id, hash, nonce(), high(), 400'000));
  }
  chain::TxHash reveal(const chain::SequenceId& id, const Bytes& proof) {
    return send(key_.signer().reveal(id, proof, nonce(), high(), 400'000));
  }
  chain::TxHash settle(const chain::SequenceId& id, const Bytes& proof) {
    return send(key_.signer().settle(id, chain::keccak256(ByteView(proof)), nonce(), high(), 400'000));
  }
  chain::TxHash pay(const chain::SequenceId& id) {
    return send(key_.signer().pay_reward(id, nonce(), high(), 400'000));
  }

 private:
  static chain::Fees high() { return {U256(900'000'000'000), U256(300'000'000'000)}; }
  std::uint64_t nonce() { return must(key_.chain().pending_nonce(key_.address())); }
  chain::TxHash send(const chain::SignedTx& tx) {
    EXPECT_EQ(must(key_.chain().broadcast(tx.raw)), chain::Broadcast::accepted);
    return tx.hash;
  }
  SenderPool& key_;
};

TEST_F(SenderRace, AThiefInTheMempoolGetsNothing) {
  SenderPool us = pool(1);
  SenderPool thief_key = pool(2);
  Thief thief(thief_key);
  open();
  submit(us);
  ASSERT_TRUE(reaches(us, "reveal_sent"));
  // Our reveal is in the pool for all to see; the thief's copies are first in the same block.
  const U256 before = tokens(thief_key.address());
  const std::vector<chain::TxHash> tries = {
      thief.commit(id_, chain::two_step::proof_hash(proof(), thief_key.address())),
      thief.reveal(id_, proof()), thief.settle(id_, proof()), thief.pay(id_)};
  ASSERT_TRUE(ends({&us}, "verified"));
  const auto ours = must(node_.receipt(must(digest_from_hex(us.fact(group(), "reveal_tx"))))).value();
  for (const chain::TxHash& hash : tries) {
    EXPECT_FALSE(succeeded(hash));
    EXPECT_EQ(must(node_.receipt(hash)).value().block_number, ours.block_number);
  }
  EXPECT_EQ(tokens(thief_key.address()), before);
  EXPECT_EQ(us.fact(group(), "reward_wei"), std::to_string(reward_wei));
}

TEST_F(SenderRace, AThiefWithACommitmentToSomethingElseGetsNothing) {
  SenderPool us = pool(1);
  SenderPool thief_key = pool(2);
  Thief thief(thief_key);
  open();
  submit(us);
  ASSERT_TRUE(reaches(us, "commit_sent"));
  // It sees that there is a round, and copies our hash without knowing the proof.
  const auto ours = chain::two_step::proof_hash(proof(), us.address());
  const auto entry = thief.commit(id_, ours);
  ASSERT_TRUE(reaches(us, "reveal_sent"));
  EXPECT_TRUE(succeeded(entry));
  const U256 before = tokens(thief_key.address());
  const auto copied = thief.reveal(id_, proof());
  ASSERT_TRUE(reaches(us, "verified"));
  const auto settled = thief.settle(id_, proof());
  ASSERT_TRUE(ends({&us}, "verified"));
  EXPECT_FALSE(succeeded(copied));
  EXPECT_FALSE(succeeded(settled));
  EXPECT_EQ(tokens(thief_key.address()), before);
  // The thief's commitment never settles: we are paid all of it when the settlement period is over.
  EXPECT_EQ(us.fact(group(), "reward_wei"), std::to_string(reward_wei));
  EXPECT_FALSE(us.fact(group(), "pay_tx").empty());
}

TEST_F(SenderRace, ALateProverSettlesByDigestAfterItsWindow) {
  SenderPool first = pool(1);
  SenderPool late = pool(2);
  open();
  submit(first, "same");
  submit(late, "same");
  ASSERT_TRUE(run({&first, &late}, [&] { return late.state(group()) == "commit_mined"; }));
  ASSERT_TRUE(reaches(first, "verified"));
  const std::uint64_t over =
      sequence().first_commit_block + windows.commit_blocks + windows.reveal_blocks + 1;
  while (head() < over) mine(1, {&first, &late});
  ASSERT_TRUE(ends({&first, &late}, "verified"));
  const auto receipt = must(node_.receipt(must(digest_from_hex(late.fact(group(), "reveal_tx"))))).value();
  EXPECT_GT(receipt.block_number, over);
}

TEST_F(SenderRace, ALateProverWithAProofOfItsOwnRevealsIt) {
  SenderPool first = pool(1);
  SenderPool late = pool(2);
  open();
  submit(first, "one proof");
  submit(late, "another proof");
  ASSERT_TRUE(run({&first, &late}, [&] { return late.state(group()) == "commit_mined"; }));
  ASSERT_TRUE(reaches(first, "verified"));
  while (head() <= sequence().first_commit_block + windows.commit_blocks + windows.reveal_blocks) {
    mine(1, {&first, &late});
  }
  ASSERT_TRUE(ends({&first, &late}, "verified"));
}

TEST_F(SenderRace, WithoutACommitmentTheOthersProofEndsIt) {
  SenderPool first = pool(1);
  SenderPool us = pool(2);
  open();
  submit(first);
  ASSERT_TRUE(ends({&first}, "verified"));
  submit(us, "too late");
  const std::uint64_t nonce = must(node_.mined_nonce(us.address()));
  ASSERT_TRUE(ends({&us}, "given_up"));
  EXPECT_EQ(us.fact(group(), "given_up"), "another prover proved it");
  EXPECT_EQ(settled_nonce(us.address()), nonce) << "nothing was sent";
}

}  // namespace
}  // namespace cairn::test
