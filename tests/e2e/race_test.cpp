// Two pools with keys and Redis servers of their own follow one contract and race for the same
// sequences; a thief with stake of its own watches the blocks and the mempool. Both pools are paid by
// stake, the thief earns nothing.
#include <gtest/gtest.h>

#include <set>

#include "chain/abi.h"
#include "chain/dev_keys.h"
#include "chain/funding.h"
#include "chain/keccak.h"
#include "chain/transaction.h"
#include "chain/two_step_abi.h"
#include "tests/e2e/support/audit.h"
#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/must.h"

namespace cairn::test {
namespace {

namespace two_step = chain::two_step;

// Both must have proved before the window closes; the test ends it as soon as they have.
constexpr chain::Windows windows{
    .commit_blocks = 1'200, .reveal_blocks = 400, .settlement_blocks = 400, .withdrawal_blocks = 2'400};
constexpr std::uint64_t small_stake = 300'000, large_stake = 600'000;  // tokens
constexpr std::int64_t step_ms = 240'000;
constexpr std::size_t proof_bytes_max = 1 << 20;

/// A reveal that waits in the mempool for everybody to read.
struct Reveal {
  chain::SequenceId sequence;
  Bytes proof;
  chain::TxHash hash;
};

class Thief {
 public:
  explicit Thief(Scene& scene)
      : scene_(scene), node_(scene.anvil().node()), key_(chain::SecretKey::generate()) {
    must(chain::fund_prover(node_, scene.deployment(), chain::dev_key(0), key_, tokens(small_stake),
                            tokens(100)));
    nonce_ = must(node_.pending_nonce(key_.address()));
  }

  const chain::Address& address() const { return key_.address(); }

  /// Reveals of others in the mempool.
  std::vector<Reveal> watch() {
    std::vector<Reveal> out;
    const Json pool = scene_.anvil().ask("txpool_content", Json::array());
    for (const auto& [account, by_nonce] : pool["pending"].items()) {
      if (must(chain::parse_address(account)) == address()) continue;
      for (const auto& [nonce, tx] : by_nonce.items()) {
        const Bytes data = must(from_hex(tx["input"].get<std::string>()));
        if (!is_reveal(data)) continue;
        out.push_back(read_reveal(data));
        out.back().hash = must(digest_from_hex(tx["hash"].get<std::string>()));
      }
    }
    return out;
  }

  /// Sends `data` to the contract whatever the contract will say, for more than anybody else pays.
  chain::TxHash send(Bytes data) {
    chain::Transaction tx;
    tx.chain_id = scene_.anvil().chain_id();
    tx.nonce = nonce_++;
    tx.fees = {chain::U256(900'000'000'000), chain::U256(100'000'000'000)};
    tx.gas = 1'000'000;
    tx.to = scene_.deployment().submission;
    tx.data = std::move(data);
    const chain::SignedTx signed_tx = chain::sign(tx, key_);
    EXPECT_EQ(must(node_.broadcast(signed_tx.raw)), chain::Broadcast::accepted);
    return signed_tx.hash;
  }

  /// Commits to and shows the copied proof at once, in the block that the reveal itself will be in.
  void steal(const Reveal& reveal) {
    attempts_.push_back({reveal.hash, send(two_step::commit(reveal.sequence,
                                                            two_step::proof_hash(reveal.proof, address())))});
    attempts_.push_back({reveal.hash, send(two_step::reveal(reveal.sequence, reveal.proof))});
  }

  /// Why the contract would not take `data` from the thief now; empty when it would.
  std::string refusal(Bytes data) {
    const chain::Call call{address(), scene_.deployment().submission, std::move(data), {}};
    return must(node_.simulate(call)).revert;
  }

  /// Each attempt so far was mined in the block of the reveal that it copies, and reverted.
  void expect_failed_in_the_blocks_of_the_reveals() {
    for (const Attempt& attempt : attempts_) {
      const auto theirs = must(node_.receipt(attempt.reveal)), ours = must(node_.receipt(attempt.copy));
      ASSERT_TRUE(theirs && ours);
      EXPECT_FALSE(ours->succeeded);
      EXPECT_EQ(ours->block_number, theirs->block_number);
    }
  }

 private:
  static bool is_reveal(const Bytes& data) {
    static const Bytes selector = two_step::reveal({}, {});
    return data.size() > 4 && std::equal(data.begin(), data.begin() + 4, selector.begin());
  }
  static Reveal read_reveal(const Bytes& data) {
    chain::abi::Decoder arguments(ByteView(data).subspan(4), 2, "reveal");
    Reveal out;
    out.sequence = arguments.word();
    out.proof = arguments.dynamic(proof_bytes_max);
    must(arguments.finish());
    return out;
  }

  Scene& scene_;
  chain::EthNode node_;
  chain::SecretKey key_;
  std::uint64_t nonce_ = 0;
  struct Attempt {
    chain::TxHash reveal, copy;
  };
  std::vector<Attempt> attempts_;
};

class Race : public testing::Test {
 protected:
  Dice dice;
  Scene scene{{windows}};
  std::vector<std::string> lines = scene.open(make_sequences(3, "1,2,1", dice.seed()));
  Pool small{{.follow = true}, scene.prover("small", small_stake)};
  Pool large{{.follow = true}, scene.prover("large", large_stake)};
  Thief thief{scene};
  chain::EthChain chain = open_chain(scene.anvil().url(), small.link().contract);
  const chain::Address small_address = address_of(small.link());
  const chain::Address large_address = address_of(large.link());

  /// True when `unsigned Ledger::Share::*what` is 1 for both pools and every sequence.
  bool both(unsigned Ledger::Share::*what) {
    Ledger ledger = read_ledger(chain);
    for (const std::string& line : lines) {
      for (const chain::Address& pool : {small_address, large_address}) {
        if (ledger.shares[{sequence_id(line), pool}].*what != 1) return false;
      }
    }
    return true;
  }

  void wait_until_both_have_committed() {
    scene.start_clock();
    small.up();
    large.up();
    ASSERT_TRUE(eventually(step_ms, [&] { return both(&Ledger::Share::committed); }));
    scene.clock().hold();
  }

  /// Makes blocks one at a time until both pools have revealed everything; the thief is quicker than
  /// every block.
  void reveal_before_the_thief() {
    std::set<Bytes> seen;
    ASSERT_TRUE(eventually(step_ms, [&] {
      for (const Reveal& reveal : thief.watch()) {
        if (!seen.insert(reveal.proof).second) continue;
        const auto hash = two_step::proof_hash(reveal.proof, thief.address());
        EXPECT_NE(thief.refusal(two_step::commit(reveal.sequence, hash)), "");
        EXPECT_NE(thief.refusal(two_step::reveal(reveal.sequence, reveal.proof)), "");
        thief.steal(reveal);
        copied.push_back(reveal);
      }
      scene.anvil().mine(1);
      pass_ms(100);
      return both(&Ledger::Share::settled);
    }));
  }

  std::vector<Reveal> copied;
};

TEST_F(Race, BothPoolsArePaidByStakeAndTheThiefGetsNothing) {
  wait_until_both_have_committed();
  // The thief copies a commitment, too; what it binds is the other's address.
  const chain::SequenceId copied_commitment = sequence_id(lines[0]);
  thief.send(two_step::commit(copied_commitment,
                              must(chain.commitment(copied_commitment, 1, small_address)).proof_hash));
  scene.anvil().mine(windows.commit_blocks + 2);
  reveal_before_the_thief();
  // A reveal that comes between a look at the mempool and the block is not seen in time; the other pool's is.
  std::set<chain::SequenceId> sequences;
  for (const Reveal& reveal : copied) sequences.insert(reveal.sequence);
  EXPECT_EQ(sequences.size(), lines.size());
  thief.expect_failed_in_the_blocks_of_the_reveals();

  // Later, with the proof in everybody's hands.
  for (const Reveal& reveal : copied) {
    const Digest32 digest = chain::keccak256(reveal.proof);
    EXPECT_NE(
        thief.refusal(two_step::commit(reveal.sequence, two_step::proof_hash(reveal.proof, thief.address()))),
        "");
    EXPECT_NE(thief.refusal(two_step::reveal(reveal.sequence, reveal.proof)), "");
    EXPECT_NE(thief.refusal(two_step::settle(reveal.sequence, digest)), "");
    EXPECT_NE(thief.refusal(two_step::pay_reward(reveal.sequence, thief.address())), "");
  }

  // The copied commitment can only delay the others, and costs its owner.
  scene.anvil().mine(windows.settlement_blocks + 1);
  scene.clock().run(Scene::block_ms);
  EXPECT_TRUE(all_end(small, lines, step_ms));
  EXPECT_TRUE(all_end(large, lines, step_ms));
  expect_all_done(small, lines);
  expect_all_done(large, lines);
  EXPECT_TRUE(both(&Ledger::Share::paid));
  Ledger ledger = read_ledger(chain);
  for (const std::string& line : lines) {
    const chain::SequenceId id = sequence_id(line);
    EXPECT_EQ(ledger.proven[id], 1u);
    EXPECT_EQ((ledger.shares[{id, small_address}].amount), tokens(1));  // 300 of 900 of 3
    EXPECT_EQ((ledger.shares[{id, large_address}].amount), tokens(2));
    EXPECT_EQ((ledger.shares[{id, thief.address()}].paid), 0u);
  }
  EXPECT_EQ(thief.refusal(two_step::slash(copied_commitment, 1, thief.address())), "");
  chain::EthNode node = scene.anvil().node();
  EXPECT_TRUE(must(chain::token_balance(node, scene.deployment(), thief.address())).is_zero());
  for (Pool* pool : {&small, &large}) {
    EXPECT_EQ(pool->stop(), 0);
    expect_nothing_left(*pool);
  }
}

}  // namespace
}  // namespace cairn::test
