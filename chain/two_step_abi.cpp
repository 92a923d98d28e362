#include "chain/two_step_abi.h"

#include "chain/abi.h"
#include "chain/keccak.h"

namespace cairn::chain::two_step {

using abi::Decoder;
using abi::Encoder;

Bytes stake(const U256& amount) { return Encoder().number(amount).call("stake(uint256)"); }
Bytes request_withdrawal(const U256& amount) {
  return Encoder().number(amount).call("requestWithdrawal(uint256)");
}
Bytes withdraw() { return Encoder().call("withdraw()"); }
Bytes open(const OpenArguments& a) {
  return Encoder()
      .number(a.start_height)
      .number(a.end_height)
      .word(a.claim)
      .address(a.verifier)
      .number(a.reward)
      .number(a.expiry)
      .dynamic(a.data)
      .call("open(uint64,uint64,bytes32,address,uint256,uint64,bytes)");
}
Bytes reclaim(const SequenceId& id) { return Encoder().word(id).call("reclaim(bytes32)"); }
Bytes commit(const SequenceId& id, const Digest32& proof_hash) {
  return Encoder().word(id).word(proof_hash).call("commit(bytes32,bytes32)");
}
Bytes reveal(const SequenceId& id, ByteView proof) {
  return Encoder().word(id).dynamic(proof).call("reveal(bytes32,bytes)");
}
Bytes settle(const SequenceId& id, const Digest32& proof_digest) {
  return Encoder().word(id).word(proof_digest).call("settle(bytes32,bytes32)");
}
Bytes pay_reward(const SequenceId& id, const Address& prover) {
  return Encoder().word(id).address(prover).call("payReward(bytes32,address)");
}
Bytes slash(const SequenceId& id, std::uint64_t round, const Address& prover) {
  return Encoder().word(id).number(round).address(prover).call("slash(bytes32,uint64,address)");
}
Bytes windows() { return Encoder().call("windows()"); }
Bytes stake_terms() { return Encoder().call("stakeTerms()"); }
Bytes token() { return Encoder().call("token()"); }
Bytes sequence(const SequenceId& id) { return Encoder().word(id).call("sequence(bytes32)"); }
Bytes commitment(const SequenceId& id, std::uint64_t round, const Address& prover) {
  return Encoder().word(id).number(round).address(prover).call("commitment(bytes32,uint64,address)");
}
Bytes prover(const Address& account) { return Encoder().address(account).call("prover(address)"); }
Bytes digest_verified(const SequenceId& id, const Digest32& proof_digest) {
  return Encoder().word(id).word(proof_digest).call("digestVerified(bytes32,bytes32)");
}
Bytes verify(const Digest32& claim, ByteView proof) {
  return Encoder().word(claim).dynamic(proof).call("verify(bytes32,bytes)");
}

Result<Windows> decode_windows(ByteView returned) {
  Decoder d(returned, 4, "windows()");
  Windows out{};
  out.commit_blocks = d.u64();
  out.reveal_blocks = d.u64();
  out.settlement_blocks = d.u64();
  out.withdrawal_blocks = d.u64();
  CAIRN_TRY(d.finish());
  return out;
}

Result<StakeTerms> decode_stake_terms(ByteView returned) {
  Decoder d(returned, 3, "stakeTerms()");
  StakeTerms out;
  out.min_stake = d.number();
  out.slash_no_proof = d.number();
  out.slash_incorrect_hash = d.number();
  CAIRN_TRY(d.finish());
  return out;
}

Result<SequenceView> decode_sequence(ByteView returned) {
  Decoder d(returned, 15, "sequence()");
  SequenceView out{};
  out.state = static_cast<SequenceState>(d.enumeration(4));
  d.address();  // requester
  out.start_height = d.u64();
  out.end_height = d.u64();
  out.expiry = d.u64();
  out.round = d.u64();
  out.first_commit_block = d.u64();
  out.proven_block = d.u64();
  out.committed_count = d.u64();
  out.settled_count = d.u64();
  out.claim = d.word();
  out.verifier = d.address();
  out.reward = d.number();
  d.number();  // rewardLeft
  d.number();  // settledStakeLeft
  CAIRN_TRY(d.finish());
  return out;
}

Result<CommitmentView> decode_commitment(ByteView returned) {
  Decoder d(returned, 4, "commitment()");
  CommitmentView out{};
  out.state = static_cast<CommitmentState>(d.enumeration(4));
  out.paid = d.boolean();
  out.proof_hash = d.word();
  out.stake = d.number();
  CAIRN_TRY(d.finish());
  return out;
}

Result<ProverView> decode_prover(ByteView returned) {
  Decoder d(returned, 5, "prover()");
  ProverView out{};
  out.stake = d.number();
  out.bonded = d.number();
  out.withdrawing = d.number();
  d.u64();  // withdrawableFrom
  out.unsettled = d.u64();
  CAIRN_TRY(d.finish());
  return out;
}

Result<Address> decode_address(ByteView returned) {
  Decoder d(returned, 1, "address");
  const Address out = d.address();
  CAIRN_TRY(d.finish());
  return out;
}

Result<bool> decode_bool(ByteView returned) {
  Decoder d(returned, 1, "bool");
  const bool out = d.boolean();
  CAIRN_TRY(d.finish());
  return out;
}

Result<U256> decode_number(ByteView returned) {
  Decoder d(returned, 1, "number");
  const U256 out = d.number();
  CAIRN_TRY(d.finish());
  return out;
}

SequenceId sequence_id(const Address& requester, std::uint64_t start_height, std::uint64_t end_height,
                       const Digest32& claim, const Address& verifier) {
  return keccak256(Encoder()
                       .address(requester)
                       .number(start_height)
                       .number(end_height)
                       .word(claim)
                       .address(verifier)
                       .arguments());
}

Digest32 proof_hash(ByteView proof, const Address& prover) {
  Bytes packed;
  append(packed, keccak256(proof));
  append(packed, prover);
  return keccak256(packed);
}

}  // namespace cairn::chain::two_step

namespace cairn::chain::erc20 {

using abi::Encoder;

Bytes approve(const Address& spender, const U256& amount) {
  return Encoder().address(spender).number(amount).call("approve(address,uint256)");
}
Bytes transfer(const Address& to, const U256& amount) {
  return Encoder().address(to).number(amount).call("transfer(address,uint256)");
}
Bytes balance_of(const Address& account) { return Encoder().address(account).call("balanceOf(address)"); }
Bytes allowance(const Address& owner, const Address& spender) {
  return Encoder().address(owner).address(spender).call("allowance(address,address)");
}
Bytes decimals() { return Encoder().call("decimals()"); }

}  // namespace cairn::chain::erc20
