// One transaction, sent and waited for: the set-up steps of people and of development chains. What
// must survive a crash goes through the sender instead.
#pragma once

#include <atomic>

#include "chain/eth_node.h"
#include "chain/fees.h"
#include "chain/signer.h"

namespace cairn::chain {

struct SendOptions {
  std::int64_t timeout_ms = 60'000;
  FeePolicy fees = {};
  const std::atomic<bool>* stop = nullptr;  ///< borrowed; true ends the wait
};

/// Simulates `call` (its `from` is the key's account), signs it with the next free nonce, sends it
/// and waits until it is mined. Nodes that are not reachable are asked again until the time is over, and
/// a nonce that others with the same key take meanwhile costs only the next one.
/// Errors: conflict with the contract's reason (it reverts), timeout, cancelled (either way it may
/// still be mined), failed (the account's ether is not enough: says how much is missing; it reverted
/// on chain; or the node will not take it).
Result<NodeReceipt> send_and_wait(EthNode& node, const SecretKey& key, Call call,
                                  const SendOptions& options = {});

}  // namespace cairn::chain
