// EIP-1559 transactions (type 2): https://eips.ethereum.org/EIPS/eip-1559
//
//   0x02 ‖ rlp([chain_id, nonce, max_priority_fee, max_fee, gas, to, value, data, access_list,
//               y_parity, r, s])
//
// The signature is over keccak256 of the same without the last three. Access lists stay empty.
#pragma once

#include <optional>

#include "chain/chain.h"
#include "chain/signer.h"

namespace cairn::chain {

struct Transaction {
  std::uint64_t chain_id = 0;
  std::uint64_t nonce = 0;
  Fees fees;
  std::uint64_t gas = 0;
  std::optional<Address> to;  ///< nullopt creates a contract.
  U256 value;                 ///< wei
  Bytes data;
};

Digest32 signing_hash(const Transaction& tx);
SignedTx sign(const Transaction& tx, const SecretKey& key);

struct DecodedTransaction {
  Transaction tx;
  Address sender;
  TxHash hash;
};

/// The strict inverse of sign(): canonical bytes, a valid signature, nothing after them.
/// Errors: invalid_input (also for other transaction types and for access lists).
Result<DecodedTransaction> decode_transaction(ByteView raw);

}  // namespace cairn::chain
