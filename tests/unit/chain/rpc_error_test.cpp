#include "chain/rpc_error.h"

#include <gtest/gtest.h>

namespace cairn::chain {
namespace {

TEST(RpcErrors, WordsOfTheNodes) {
  const struct {
    std::int64_t code;
    const char* message;
    Refusal refusal;
  } cases[] = {
      // geth
      {-32000, "already known", Refusal::already_known},
      {-32000, "nonce too low: next nonce 5, tx nonce 4", Refusal::nonce_too_low},
      {-32000, "replacement transaction underpriced: new tx gas fee cap 1 < 2", Refusal::underpriced},
      {-32000, "transaction underpriced: tip needed 1, tip permitted 0", Refusal::underpriced},
      {-32000, "max fee per gas less than block base fee: address 0x0, maxFeePerGas: 1, baseFee: 7",
       Refusal::underpriced},
      {-32000, "insufficient funds for gas * price + value: balance 0, tx cost 1",
       Refusal::insufficient_funds},
      {3, "execution reverted: no money", Refusal::reverted},
      {-32000, "execution reverted", Refusal::reverted},
      {-32000, "execution reverted: already known", Refusal::reverted},
      {-32000, "execution reverted: nonce too low", Refusal::reverted},
      {-32000, "gas required exceeds allowance (30000)", Refusal::reverted},
      {-32000, "intrinsic gas too low: gas 1, minimum needed 21000", Refusal::rejected},
      {-32000, "exceeds block gas limit", Refusal::rejected},
      {-32000, "tx fee (1.50 ether) exceeds the configured cap (1.00 ether)", Refusal::rejected},
      {-32000, "txpool is full", Refusal::unavailable},
      {-32000, "header not found", Refusal::unavailable},
      {-32000, "future transaction tries to replace pending", Refusal::unavailable},
      {-32005, "query returned more than 10000 results", Refusal::too_large},
      {-32602, "block range extends beyond current head block", Refusal::unavailable},
      {-32000, "invalid block range params", Refusal::unavailable},
      // anvil
      {-32003, "transaction already imported", Refusal::already_known},
      {-32003, "replacement transaction underpriced", Refusal::underpriced},
      {-32003, "nonce too low", Refusal::nonce_too_low},
      {-32003, "Insufficient funds for gas * price + value", Refusal::insufficient_funds},
      {-32602, "Failed to decode transaction", Refusal::rejected},
      {-32602, "BlockOutOfRangeError: block height is 11 but requested was 12", Refusal::unavailable},
      // besu
      {-32000, "Known transaction", Refusal::already_known},
      {-32001, "Nonce too low", Refusal::nonce_too_low},
      {-32000, "Replacement transaction underpriced", Refusal::underpriced},
      {-32009, "Gas price below configured minimum gas price", Refusal::underpriced},
      {-32009, "Gas price below current base fee", Refusal::underpriced},
      {-32004, "Upfront cost exceeds account balance", Refusal::insufficient_funds},
      {-32003, "Intrinsic gas exceeds gas limit", Refusal::rejected},
      {-32005, "Transaction gas limit exceeds block gas limit", Refusal::rejected},
      {-32000, "Wrong chainId", Refusal::rejected},
      {-32006, "Nonce too high", Refusal::unavailable},
      {-32005, "Requested range exceeds maximum RPC range limit", Refusal::too_large},
      {-32008, "Initial sync is still in progress", Refusal::unavailable},
      // nethermind
      {-32010, "AlreadyKnown", Refusal::already_known},
      {-32010, "OldNonce, Current nonce: 5, nonce of rejected tx: 4", Refusal::nonce_too_low},
      {-32010, "ReplacementNotAllowed", Refusal::underpriced},
      {-32010, "FeeTooLowToCompete", Refusal::underpriced},
      {-32010, "InsufficientFunds, Account balance: 0", Refusal::insufficient_funds},
      {-32015, "VM execution error.", Refusal::reverted},
      // erigon, reth
      {-32000, "INTERNAL_ERROR: existing tx with same hash", Refusal::already_known},
      {-32000, "INTERNAL_ERROR: could not replace existing tx", Refusal::underpriced},
      {-32000, "fee too low", Refusal::underpriced},
      {-32003, "max fee per gas less than block base fee", Refusal::underpriced},
      // gateways
      {-32005, "limit exceeded", Refusal::unavailable},
      {-32602, "Log response size exceeded. This block range should work: [0x1, 0x2]", Refusal::too_large},
      {-32600, "exceed maximum block range: 50000", Refusal::too_large},
      {-32603, "Internal error", Refusal::unavailable},
      {429, "Too many requests", Refusal::unavailable},
      {-32601, "Method not found", Refusal::rejected},
      {-32602, "too many arguments, want at most 3", Refusal::rejected},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(refusal_name(classify({c.code, c.message, {}})), refusal_name(c.refusal)) << c.message;
  }
}

// "An RPC error does not mean the transaction was not accepted": nothing unknown may look final.
TEST(RpcErrors, UnknownWordsAreNeverFinal) {
  for (const char* message : {"", "oops", "the dog ate it"}) {
    EXPECT_EQ(classify({-32000, message, {}}), Refusal::unavailable);
    EXPECT_EQ(classify({0, message, {}}), Refusal::unavailable);
  }
}

}  // namespace
}  // namespace cairn::chain
