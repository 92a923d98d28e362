// An EthChain that looks at every proof that the sender shows: was its commitment canonical, and
// the reveal window open, at that moment?
#pragma once

#include <string>
#include <vector>

#include "chain/eth_chain.h"
#include "chain/transaction.h"

namespace cairn::test {

class Witness : public chain::EthChain {
 public:
  /// `direct` is a node that tells the truth, whatever `node` is made to do.
  Witness(chain::EthNode node, chain::EthNode direct, const chain::Address& contract)
      : EthChain(std::move(node), contract), truth_(std::move(direct), contract) {}

  Result<chain::Broadcast> broadcast(ByteView raw) override;

  /// Broadcasts that showed a proof, repetitions included.
  unsigned shown() const { return shown_; }
  /// What was wrong with some of them.
  const std::vector<std::string>& objections() const { return objections_; }

 private:
  void look(const chain::DecodedTransaction& tx);

  chain::EthChain truth_;
  unsigned shown_ = 0;
  std::vector<std::string> objections_;
};

}  // namespace cairn::test
