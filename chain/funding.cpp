#include "chain/funding.h"

namespace cairn::chain {
namespace {

Status send(EthNode& node, const SecretKey& key, const Address& to, Bytes data, const U256& value = U256(),
            const SendOptions& options = {}) {
  const auto receipt = send_and_wait(node, key, {{}, to, std::move(data), value}, options);
  return receipt.ok() ? Status() : Status(receipt.error());
}

Result<Bytes> view(EthNode& node, const Address& contract, Bytes data) {
  CAIRN_ASSIGN(CallResult result, node.call({{}, contract, std::move(data), {}}));
  if (!result.succeeded) return Error{Code::failed, "a view reverts: " + result.revert};
  return std::move(result.returned);
}

}  // namespace

Result<U256> token_balance(EthNode& node, const Deployment& d, const Address& account) {
  CAIRN_ASSIGN(const Bytes returned, view(node, d.token, erc20::balance_of(account)));
  return two_step::decode_number(returned);
}

Status send_tokens(EthNode& node, const Deployment& d, const SecretKey& funder, const Address& account,
                   const U256& amount) {
  return send(node, funder, d.token, erc20::transfer(account, amount));
}

Status fund_prover(EthNode& node, const Deployment& d, const SecretKey& funder, const SecretKey& prover,
                   const U256& stake, const U256& wei) {
  CAIRN_ASSIGN(const U256 ether, node.balance(prover.address()));
  if (ether < wei) {
    CAIRN_ASSIGN(const U256 missing, wei.minus(ether));
    CAIRN_TRY(send(node, funder, prover.address(), {}, missing));
  }
  CAIRN_ASSIGN(const Bytes returned, view(node, d.submission, two_step::prover(prover.address())));
  CAIRN_ASSIGN(const ProverView has, two_step::decode_prover(returned));
  CAIRN_ASSIGN(const U256 active, has.stake.minus(has.withdrawing));
  if (active >= stake) return {};
  CAIRN_ASSIGN(const U256 missing, stake.minus(active));
  CAIRN_ASSIGN(const U256 tokens, token_balance(node, d, prover.address()));
  if (tokens < missing) {
    CAIRN_ASSIGN(const U256 short_of, missing.minus(tokens));
    CAIRN_TRY(send_tokens(node, d, funder, prover.address(), short_of));
  }
  CAIRN_TRY(send(node, prover, d.token, erc20::approve(d.submission, missing)));
  return send(node, prover, d.submission, two_step::stake(missing));
}

Result<SequenceId> open_sequence(EthNode& node, const Deployment& d, const SecretKey& requester,
                                 const two_step::OpenArguments& arguments, const SendOptions& options) {
  CAIRN_ASSIGN(const Bytes returned,
               view(node, d.token, erc20::allowance(requester.address(), d.submission)));
  CAIRN_ASSIGN(const U256 allowance, two_step::decode_number(returned));
  if (allowance < arguments.reward) {
    CAIRN_TRY(send(node, requester, d.token, erc20::approve(d.submission, arguments.reward), {}, options));
  }
  CAIRN_TRY(send(node, requester, d.submission, two_step::open(arguments), {}, options));
  return two_step::sequence_id(requester.address(), arguments.start_height, arguments.end_height,
                               arguments.claim, arguments.verifier);
}

}  // namespace cairn::chain
