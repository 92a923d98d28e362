// The ABI of contracts/src/interfaces/ITwoStepSubmission.sol, of the verifier it calls, and of the
// ERC-20 token it is paid in. Pure.
#pragma once

#include <span>

#include "chain/chain.h"

namespace cairn::chain::two_step {

struct OpenArguments {
  std::uint64_t start_height;
  std::uint64_t end_height;
  Digest32 claim;
  Address verifier;
  U256 reward;
  std::uint64_t expiry;
  Bytes data;
};

// Call data, one function per function of the contract.
Bytes stake(const U256& amount);
Bytes request_withdrawal(const U256& amount);
Bytes withdraw();
Bytes open(const OpenArguments& arguments);
Bytes reclaim(const SequenceId& id);
Bytes commit(const SequenceId& id, const Digest32& proof_hash);
Bytes reveal(const SequenceId& id, ByteView proof);
Bytes settle(const SequenceId& id, const Digest32& proof_digest);
Bytes pay_reward(const SequenceId& id, const Address& prover);
Bytes slash(const SequenceId& id, std::uint64_t round, const Address& prover);
Bytes windows();
Bytes stake_terms();
Bytes token();
Bytes sequence(const SequenceId& id);
Bytes commitment(const SequenceId& id, std::uint64_t round, const Address& prover);
Bytes prover(const Address& account);
Bytes digest_verified(const SequenceId& id, const Digest32& proof_digest);
Bytes verify(const Digest32& claim, ByteView proof);  ///< IProofVerifier

struct StakeTerms {
  U256 min_stake;
  U256 slash_no_proof;
  U256 slash_incorrect_hash;

  friend bool operator==(const StakeTerms&, const StakeTerms&) = default;
};

// What the views return. Errors: corrupt.
Result<Windows> decode_windows(ByteView returned);
Result<StakeTerms> decode_stake_terms(ByteView returned);
Result<SequenceView> decode_sequence(ByteView returned);
Result<CommitmentView> decode_commitment(ByteView returned);
Result<ProverView> decode_prover(ByteView returned);
Result<Address> decode_address(ByteView returned);
Result<bool> decode_bool(ByteView returned);
Result<U256> decode_number(ByteView returned);

/// keccak256(abi.encode(requester, startHeight, endHeight, claim, verifier)).
SequenceId sequence_id(const Address& requester, std::uint64_t start_height, std::uint64_t end_height,
                       const Digest32& claim, const Address& verifier);
/// keccak256(keccak256(proof) ‖ prover).
Digest32 proof_hash(ByteView proof, const Address& prover);

/// First topic of SequenceOpened, for log filters.
const Digest32& opened_topic();
/// One log of the contract. Events without a kind of their own are Kind::other; a known event with
/// wrong topics or data is an error. Errors: corrupt.
Result<Event> decode_event(std::span<const Digest32> topics, ByteView data);
/// A SequenceOpened log; `block_number` is left 0. Data above limits::json_line_bytes_max, which no
/// task line is, is left out: whoever opens a sequence chooses it, and must not be able to hide the
/// sequences of others behind an error. Errors: corrupt (also for another event).
Result<OpenedSequence> decode_opened(std::span<const Digest32> topics, ByteView data);

}  // namespace cairn::chain::two_step

namespace cairn::chain::erc20 {

Bytes approve(const Address& spender, const U256& amount);
Bytes transfer(const Address& to, const U256& amount);
Bytes balance_of(const Address& account);
Bytes allowance(const Address& owner, const Address& spender);
Bytes decimals();

}  // namespace cairn::chain::erc20
