// What provers and requesters do before the pipeline runs: stake, and open sequences.
#pragma once

#include "chain/deploy.h"
#include "chain/send_and_wait.h"

namespace cairn::chain {

/// Sees to it that `prover` has at least `stake` of active stake and `wei` for gas, out of
/// `funder`'s own; does nothing when it has. Errors: those of send_and_wait().
Status fund_prover(EthNode& node, const Deployment& deployment, const SecretKey& funder,
                   const SecretKey& prover, const U256& stake, const U256& wei);

/// Gives `account` `amount` of the token. Errors: those of send_and_wait().
Status send_tokens(EthNode& node, const Deployment& deployment, const SecretKey& funder,
                   const Address& account, const U256& amount);

/// Opens a sequence as `requester`, after approving the reward unless that much is approved.
/// Errors: those of send_and_wait(); conflict when the sequence exists.
Result<SequenceId> open_sequence(EthNode& node, const Deployment& deployment, const SecretKey& requester,
                                 const two_step::OpenArguments& arguments, const SendOptions& options = {});

/// Errors: those of the node.
Result<U256> token_balance(EthNode& node, const Deployment& deployment, const Address& account);

}  // namespace cairn::chain
