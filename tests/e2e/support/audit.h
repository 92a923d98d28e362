// The books of a scenario: what was submitted, what the pool says that it did, and what the chain paid.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "chain/eth_chain.h"
#include "tests/e2e/support/pool.h"

namespace cairn::test {

/// Everything that the contract has ever said, counted.
struct Ledger {
  struct Share {
    unsigned committed = 0, settled = 0, paid = 0, slashed = 0;
    chain::U256 amount;
  };
  std::map<chain::SequenceId, unsigned> proven;
  std::map<std::pair<chain::SequenceId, chain::Address>, Share> shares;
};

/// A client of the contract that a link names, past any proxy: `url` instead of the link's own.
chain::EthChain open_chain(const std::string& url, const std::string& contract);
Ledger read_ledger(chain::EthChain& chain);
chain::Address address_of(const ChainLink& link);
chain::SequenceId sequence_id(const std::string& line);

/// Waits until every sequence of `lines` has ended in the pool's own books.
bool all_end(const Pool& pool, const std::vector<std::string>& lines, std::int64_t timeout_ms);

/// The pool's books balance: each submitted sequence ended as verified, each of its tasks is done and
/// was done once, and nothing is left in any stage.
void expect_all_done(const Pool& pool, const std::vector<std::string>& lines);
/// The chain's books balance: each sequence proven once and its whole reward paid once, to `prover`; no
/// commitment was left behind and no stake was lost.
void expect_all_paid_once(chain::EthChain& chain, const std::vector<std::string>& lines,
                          const chain::Address& prover);
/// After `pool.stop()`: none of its processes lives, and no socket file is left.
void expect_nothing_left(const Pool& pool);

/// Waits for the end of `lines`, checks both books, stops the pool and checks that nothing is left.
/// `url` is the chain itself, past any proxy.
void expect_survived(Pool& pool, const std::string& url, const std::vector<std::string>& lines,
                     std::int64_t timeout_ms = 240'000);

}  // namespace cairn::test
