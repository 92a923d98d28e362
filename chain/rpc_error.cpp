#include "chain/rpc_error.h"

#include <algorithm>

namespace cairn::chain {
namespace {

struct Row {
  std::string_view text;  ///< Part of the message, lower case.
  Refusal refusal;
};

// The first row whose text is in the message decides, so longer texts stand before their parts.
constexpr Row rows[] = {
    // What follows these is the contract's to choose, and may be any of the words below.
    {"execution reverted", Refusal::reverted},                 // geth, anvil, reth, erigon, besu
    {"vm execution error", Refusal::reverted},                 // nethermind, openethereum
    {"already known", Refusal::already_known},                 // geth, reth, erigon, nethermind
    {"alreadyknown", Refusal::already_known},                  // nethermind before 1.30
    {"known transaction", Refusal::already_known},             // besu
    {"already imported", Refusal::already_known},              // anvil, openethereum
    {"existing tx with same hash", Refusal::already_known},    // erigon
    {"nonce too low", Refusal::nonce_too_low},                 // geth, anvil, reth, erigon, besu
    {"nonce is too low", Refusal::nonce_too_low},              // openethereum
    {"oldnonce", Refusal::nonce_too_low},                      // nethermind
    {"lower than the current nonce", Refusal::nonce_too_low},  // hardhat
    {"underpriced", Refusal::underpriced},                     // geth, anvil, reth, erigon, besu
    {"could not replace existing tx", Refusal::underpriced},   // erigon
    {"replacementnotallowed", Refusal::underpriced},           // nethermind
    {"feetoolow", Refusal::underpriced},                       // nethermind
    {"fee too low", Refusal::underpriced},                     // erigon, ganache
    {"gas price below", Refusal::underpriced},                 // besu
    {"gas price too low", Refusal::underpriced},
    {"less than block base fee", Refusal::underpriced},   // geth, anvil, reth
    {"gas tip cap", Refusal::underpriced},                // geth with a minimum tip
    {"insufficient funds", Refusal::insufficient_funds},  // geth, anvil, reth, erigon
    {"insufficientfunds", Refusal::insufficient_funds},   // nethermind
    {"insufficient balance", Refusal::insufficient_funds},
    {"upfront cost exceeds", Refusal::insufficient_funds},  // besu
    {"priority fee per gas higher than max fee", Refusal::rejected},
    {"intrinsic gas", Refusal::rejected},            // geth, anvil, besu
    {"exceeds block gas limit", Refusal::rejected},  // geth, besu
    {"gaslimitexceeded", Refusal::rejected},         // nethermind
    {"invalid sender", Refusal::rejected},
    {"invalid signature", Refusal::rejected},
    {"invalid chain id", Refusal::rejected},
    {"wrong chainid", Refusal::rejected},               // besu
    {"exceeds the configured cap", Refusal::rejected},  // geth --rpc.txfeecap
    {"oversized data", Refusal::rejected},
    {"max initcode size exceeded", Refusal::rejected},
    {"transaction type not supported", Refusal::rejected},
    {"failed to decode", Refusal::rejected},  // anvil
    {"out of gas", Refusal::reverted},
    {"invalid opcode", Refusal::reverted},
    {"invalid jump destination", Refusal::reverted},
    {"gas required exceeds allowance", Refusal::reverted},
    // A node that is behind the one that named the block.
    {"blockoutofrange", Refusal::unavailable},      // anvil
    {"beyond current head", Refusal::unavailable},  // geth
    {"invalid block range", Refusal::unavailable},  // geth
    {"query returned more than", Refusal::too_large},
    {"max results", Refusal::too_large},
    {"response size", Refusal::too_large},
    {"too many blocks", Refusal::too_large},
    {"range is too large", Refusal::too_large},
    {"rpc range limit", Refusal::too_large},  // besu
    {"block range", Refusal::too_large},
};

constexpr std::int64_t code_reverted = 3;  // geth's own, taken up by anvil, reth, besu, erigon

}  // namespace

Refusal classify(const RpcError& error) {
  std::string message = error.message;
  std::transform(message.begin(), message.end(), message.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (error.code == code_reverted) return Refusal::reverted;
  const auto row = std::find_if(std::begin(rows), std::end(rows),
                                [&](const Row& r) { return message.find(r.text) != std::string::npos; });
  if (row != std::end(rows)) return row->refusal;
  switch (error.code) {
    case -32700:  // parse error
    case -32600:  // invalid request
    case -32601:  // method not found
    case -32602:  // invalid params
      return Refusal::rejected;
    default:
      return Refusal::unavailable;
  }
}

std::string_view refusal_name(Refusal refusal) {
  switch (refusal) {
    case Refusal::already_known:
      return "already_known";
    case Refusal::nonce_too_low:
      return "nonce_too_low";
    case Refusal::underpriced:
      return "underpriced";
    case Refusal::insufficient_funds:
      return "insufficient_funds";
    case Refusal::reverted:
      return "reverted";
    case Refusal::too_large:
      return "too_large";
    case Refusal::rejected:
      return "rejected";
    case Refusal::unavailable:
      return "unavailable";
  }
  return "unavailable";
}

}  // namespace cairn::chain
