// The three chain stages on a real chain with the real contract: a memory store, one key, and no
// dispatcher or worker between them. Time is the chain's: blocks are mined by hand, and the store's
// clock moves by one poll period with each.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "chain/dev_keys.h"
#include "chain/eth_chain.h"
#include "chain/funding.h"
#include "pipeline/store_memory.h"
#include "stages/hash_commit.h"
#include "stages/resend.h"
#include "stages/reveal.h"
#include "tests/integration/sender/witness.h"
#include "tests/support/anvil.h"
#include "tests/support/rpc_proxy.h"

namespace cairn::test {

/// One prover: a key and what it has to submit.
class SenderPool {
 public:
  /// `url` is the node that it uses; `direct` one that no test makes fail.
  SenderPool(const std::string& url, const std::string& direct, chain::SecretKey key,
             const chain::Deployment& deployment, const chain::sender::Policy& policy,
             std::uint64_t chain_id);
  SenderPool(const SenderPool&) = delete;
  SenderPool& operator=(const SenderPool&) = delete;

  void submit(const std::string& group, const chain::SequenceId& id, const Digest32& claim,
              const Bytes& proof);
  /// Runs one ready task. False when none is ready.
  bool step();
  /// Moves the clock of the store.
  void pass(std::uint64_t ms) { now_ms_ += ms; }

  /// State of the group in the store: "running", "verified", …
  std::string ended(const std::string& group);
  /// "" when there is none.
  std::string fact(const std::string& group, const std::string& name);
  /// State of the sender's row.
  std::string state(const std::string& group) { return fact(group, "sender"); }

  const chain::Address& address() const { return signer_.address(); }
  chain::EthChain& chain() { return chain_; }
  const Witness& witness() const { return chain_; }
  const chain::TwoStepSigner& signer() const { return signer_; }
  const chain::sender::Policy& policy() const { return policy_; }

 private:
  std::uint64_t now_ms_ = 1'000'000;
  pipeline::MemoryStore store_;
  Witness chain_;
  chain::TwoStepSigner signer_;
  chain::sender::Policy policy_;
  std::map<std::string, pipeline::Process> stages_;
  std::map<std::string, std::uint64_t> heights_;
};

/// Anvil with manual mining, the contracts, and funded provers 1 … 3 (stakes 200, 500, 300 IDE).
class SenderOnAnvil : public ::testing::Test {
 protected:
  static constexpr std::uint64_t reward_wei = 2'000'000'000'000'000'000;
  static constexpr chain::Windows windows{
      .commit_blocks = 5, .reveal_blocks = 8, .settlement_blocks = 10, .withdrawal_blocks = 60};

  SenderOnAnvil();

  static chain::sender::Policy policy();
  SenderPool pool(std::size_t key, const std::string& url = "");
  /// Opens a sequence whose proofs start with its preimage; six empty blocks follow.
  chain::SequenceId open();
  /// A valid proof of the sequence opened last; different salts are different proofs.
  Bytes proof(std::string_view salt = "") const;
  void submit(SenderPool& to, std::string_view salt = "") { to.submit(group(), id_, claim_, proof(salt)); }
  std::string group() const { return "s" + std::to_string(opened_); }

  /// Runs what is ready in all of `pools`, then mines, until `done` holds after a step or a block.
  /// False after `blocks_max` blocks.
  bool run(std::initializer_list<SenderPool*> pools, const std::function<bool()>& done,
           unsigned blocks_max = 120);
  bool reaches(SenderPool& pool, const std::string& state, unsigned blocks_max = 120);
  bool ends(std::initializer_list<SenderPool*> pools, const std::string& status);
  void mine(std::uint64_t blocks, std::initializer_list<SenderPool*> pools);

  chain::U256 tokens(const chain::Address& account);
  std::uint64_t head();
  /// T of the current round of the sequence opened last.
  chain::SequenceView sequence();
  /// The status of a transaction that is mined.
  bool succeeded(const chain::TxHash& hash);
  /// How many transactions of `account` are mined, and none waits.
  std::uint64_t settled_nonce(const chain::Address& account);

  Anvil anvil_;
  chain::EthNode node_ = anvil_.node();
  TempDir dir_;
  const chain::SecretKey funder_ = chain::dev_key(0);
  const chain::SecretKey requester_ = chain::dev_key(9);
  chain::Deployment deployment_;
  std::uint64_t opened_ = 0;
  chain::SequenceId id_{};
  Digest32 claim_{};
  Bytes preimage_;
};

template <class T>
T must(Result<T> result) {
  if (!result.ok()) assert_failed(result.error().what.c_str(), __FILE__, __LINE__);
  return std::move(result).value();
}
inline void must(const Status& status) {
  if (!status.ok()) assert_failed(status.error().what.c_str(), __FILE__, __LINE__);
}

}  // namespace cairn::test
