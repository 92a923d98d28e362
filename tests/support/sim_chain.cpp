#include "tests/support/sim_chain.h"

#include <algorithm>

#include "chain/fees.h"
#include "chain/keccak.h"
#include "common/codec.h"

namespace cairn::sim {

using chain::Broadcast;
using chain::CommitmentState;
using chain::Event;
using chain::Receipt;
using chain::SequenceState;
using chain::U256;

namespace {

constexpr std::size_t proof_max = chain::sender::proof_bytes_max;

void write(codec::Writer& w, const SimCall& call) {
  w.array(4).u64(static_cast<std::uint64_t>(call.purpose));
  w.bin(call.sequence).bin(call.digest).bin(call.proof);
}

Digest32 to_digest(const Bytes& bytes) {
  CAIRN_ASSERT(bytes.size() == 32);
  Digest32 out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

SimCall read_call(codec::Node node) {
  codec::Fields f(node, 4, "call");
  SimCall out;
  out.purpose = static_cast<Purpose>(f.u64(4));
  out.sequence = to_digest(f.bin(32));
  out.digest = to_digest(f.bin(32));
  out.proof = f.bin(proof_max);
  CAIRN_ASSERT(f.status().ok());
  return out;
}

Bytes call_data(const SimCall& call) {
  codec::Writer w;
  write(w, call);
  return w.take();
}

chain::SignedTx signed_tx(const Address& from, std::uint64_t nonce, const Fees& fees, const SimCall& call) {
  codec::Writer w;
  w.array(5).bin(from).u64(nonce);
  w.bin(fees.max_fee_per_gas.be_minimal()).bin(fees.max_priority_fee_per_gas.be_minimal());
  write(w, call);
  chain::SignedTx out;
  out.raw = w.take();
  out.hash = sha256(out.raw);
  return out;
}

Event event(Event::Kind kind, const SimCall& call, const Address& who, std::uint64_t round,
            std::uint64_t amount = 0) {
  return Event{kind, call.sequence, who, round, U256(amount)};
}

bool valid(const Digest32& claim, ByteView proof) {
  return proof.size() >= claim.size() && std::equal(claim.begin(), claim.end(), proof.begin());
}

}  // namespace

SimTx decode_sim_tx(ByteView raw) {
  auto document = codec::Document::parse(raw);
  CAIRN_ASSERT(document.ok());
  codec::Fields f(document->root(), 5, "tx");
  SimTx out;
  const Bytes from = f.bin(20);
  out.nonce = f.u64();
  out.fees.max_fee_per_gas = U256::from_be(f.bin(32));
  out.fees.max_priority_fee_per_gas = U256::from_be(f.bin(32));
  const codec::Node call = f.node();
  CAIRN_ASSERT(f.status().ok() && from.size() == out.from.size());
  std::copy(from.begin(), from.end(), out.from.begin());
  out.call = read_call(call);
  out.hash = sha256(raw);
  return out;
}

// --- signer

chain::SignedTx SimSigner::commit(const SequenceId& id, const Digest32& proof_hash, std::uint64_t nonce,
                                  const Fees& fees, std::uint64_t) const {
  return signed_tx(address_, nonce, fees, {Purpose::commit, id, proof_hash, {}});
}
chain::SignedTx SimSigner::reveal(const SequenceId& id, ByteView proof, std::uint64_t nonce, const Fees& fees,
                                  std::uint64_t) const {
  return signed_tx(address_, nonce, fees, {Purpose::reveal, id, {}, copy(proof)});
}
chain::SignedTx SimSigner::settle(const SequenceId& id, const Digest32& digest, std::uint64_t nonce,
                                  const Fees& fees, std::uint64_t) const {
  return signed_tx(address_, nonce, fees, {Purpose::settle, id, digest, {}});
}
chain::SignedTx SimSigner::pay_reward(const SequenceId& id, std::uint64_t nonce, const Fees& fees,
                                      std::uint64_t) const {
  return signed_tx(address_, nonce, fees, {Purpose::pay, id, {}, {}});
}
chain::SignedTx SimSigner::fill_nonce(std::uint64_t nonce, const Fees& fees) const {
  return signed_tx(address_, nonce, fees, {});
}
Bytes SimSigner::commit_data(const SequenceId& id, const Digest32& proof_hash) const {
  return call_data({Purpose::commit, id, proof_hash, {}});
}
Bytes SimSigner::reveal_data(const SequenceId& id, ByteView proof) const {
  return call_data({Purpose::reveal, id, {}, copy(proof)});
}
Bytes SimSigner::settle_data(const SequenceId& id, const Digest32& digest) const {
  return call_data({Purpose::settle, id, digest, {}});
}
Bytes SimSigner::pay_reward_data(const SequenceId& id) const { return call_data({Purpose::pay, id, {}, {}}); }

// --- contract

const SimCommitment* SimState::find(const SequenceId& id, std::uint64_t round, const Address& who) const {
  const auto it = commitments.find({id, round, who});
  return it == commitments.end() ? nullptr : &it->second;
}

bool SimChain::round_runs(const SimSequence& s, std::uint64_t number) const {
  return s.view.round != 0 &&
         number <= s.view.first_commit_block + windows_.commit_blocks + windows_.reveal_blocks;
}

std::string SimChain::commit(SimState& state, std::uint64_t number, const Address& from, const SimCall& call,
                             std::vector<Event>& events) const {
  SimSequence& s = state.sequences[call.sequence];
  if (s.view.state != SequenceState::open) return "SequenceNotOpen";
  const bool runs = round_runs(s, number);
  if (!runs && number > s.view.expiry) return "SequenceExpired";
  if (runs && number > s.view.first_commit_block + windows_.commit_blocks) {
    return "CommitWindowClosed";
  }
  const std::uint64_t round = s.view.round + (runs ? 0 : 1);
  SimCommitment& c = state.commitments[{call.sequence, round, from}];
  if (c.state != CommitmentState::none) return "AlreadyCommitted";
  if (state.stakes[from] == 0) return "StakeTooLow";
  if (!runs) {
    s.view.round = round;
    s.view.first_commit_block = number;
    s.view.committed_count = 0;
  }
  c = {CommitmentState::committed, false, call.digest, state.stakes[from]};
  ++s.view.committed_count;
  events.push_back(event(Event::Kind::committed, call, from, round));
  return "";
}

std::string SimChain::settle(SimState& state, std::uint64_t number, const Address& from, const SimCall& call,
                             std::vector<Event>& events) const {
  const bool reveals = call.purpose == Purpose::reveal;
  const Digest32 digest = reveals ? chain::keccak256(ByteView(call.proof)) : call.digest;
  if (!reveals && !state.verified.contains({call.sequence, digest})) return "DigestNotVerified";
  SimSequence& s = state.sequences[call.sequence];
  if (s.view.state == SequenceState::proven) {
    if (number > s.view.proven_block + windows_.settlement_blocks) return "SettlementClosed";
  } else if (s.view.state == SequenceState::open) {
    if (s.view.round == 0) return "NoCommitment";
    if (number <= s.view.first_commit_block + windows_.commit_blocks) return "RevealTooEarly";
    if (!round_runs(s, number)) return "RevealWindowClosed";
  } else {
    return "SequenceNotOpen";
  }
  const auto it = state.commitments.find({call.sequence, s.view.round, from});
  if (it == state.commitments.end()) return "NoCommitment";
  SimCommitment& c = it->second;
  if (c.state == CommitmentState::settled) return "AlreadySettled";
  if (c.state != CommitmentState::committed) return "NoCommitment";
  if (state.stakes[from] == 0) return "StakeTooLow";
  Bytes bound = copy(ByteView(digest));
  append(bound, from);
  if (c.proof_hash != chain::keccak256(ByteView(bound))) return "ProofHashMismatch";
  if (reveals && !state.verified.contains({call.sequence, digest})) {
    if (!valid(s.view.claim, call.proof)) return "ProofRejected";
    state.verified.insert({call.sequence, digest});
  }
  if (s.view.state == SequenceState::open) {
    s.view.state = SequenceState::proven;
    s.view.proven_block = number;
    events.push_back(event(Event::Kind::proven, call, from, s.view.round));
  }
  c.state = CommitmentState::settled;
  ++s.view.settled_count;
  s.settled_stake_left += c.stake;
  events.push_back(event(Event::Kind::settled, call, from, s.view.round));
  if (s.view.settled_count == s.view.committed_count) return pay(state, number, from, call, events);
  return "";
}

std::string SimChain::pay(SimState& state, std::uint64_t number, const Address& from, const SimCall& call,
                          std::vector<Event>& events) const {
  SimSequence& s = state.sequences[call.sequence];
  const auto it = state.commitments.find({call.sequence, s.view.round, from});
  const bool due = s.view.state == SequenceState::proven && it != state.commitments.end() &&
                   it->second.state == CommitmentState::settled && !it->second.paid &&
                   (s.view.settled_count == s.view.committed_count ||
                    number > s.view.proven_block + windows_.settlement_blocks);
  if (!due) return "RewardNotDue";
  SimCommitment& c = it->second;
  const std::uint64_t amount = s.reward_left * c.stake / s.settled_stake_left;
  c.paid = true;
  s.reward_left -= amount;
  s.settled_stake_left -= c.stake;
  state.rewards[from] += amount;
  events.push_back(event(Event::Kind::paid, call, from, 0, amount));
  return "";
}

std::string SimChain::execute(SimState& state, std::uint64_t number, const Address& from, const SimCall& call,
                              std::vector<Event>& events) const {
  SimState before_call = state;
  std::string revert;
  switch (call.purpose) {
    case Purpose::commit:
      revert = commit(state, number, from, call, events);
      break;
    case Purpose::reveal:
    case Purpose::settle:
      revert = settle(state, number, from, call, events);
      break;
    case Purpose::pay:
      revert = pay(state, number, from, call, events);
      break;
    case Purpose::fill:
      break;
  }
  if (!revert.empty()) {
    state = std::move(before_call);
    events.clear();
  }
  return revert;
}

// --- blocks

SimChain::SimChain(const chain::Windows& windows) : windows_(windows) {
  blocks_.push_back({0, new_hash(), {}, {}});
  mine_many(9);
}

Digest32 SimChain::new_hash() { return sim_digest("block " + std::to_string(++hashes_)); }

void SimChain::open(const SequenceId& id, const Digest32& claim, std::uint64_t reward, std::uint64_t expiry) {
  SimSequence& s = mutable_state().sequences[id];
  s.view.state = SequenceState::open;
  s.view.expiry = expiry;
  s.view.claim = claim;
  s.view.reward = U256(reward);
  s.opened_block = number();
  s.reward_left = reward;
}

void SimChain::reclaim(const SequenceId& id) {
  mutable_state().sequences[id].view.state = SequenceState::reclaimed;
}

void SimChain::set_stake(const Address& account, std::uint64_t amount) {
  mutable_state().stakes[account] = amount;
}

void SimChain::slash(const SequenceId& id, std::uint64_t round, const Address& account) {
  mutable_state().commitments[{id, round, account}].state = CommitmentState::slashed;
}

bool SimChain::mineable(const SimTx& tx, const SimState& state) const {
  const auto nonce = state.nonces.find(tx.from);
  if (tx.nonce != (nonce == state.nonces.end() ? 0 : nonce->second)) return false;
  if (tx.fees.max_fee_per_gas < U256(base_fee)) return false;
  const U256 headroom = tx.fees.max_fee_per_gas.minus(U256(base_fee)).value();
  return std::min(headroom, tx.fees.max_priority_fee_per_gas) >= U256(min_tip);
}

void SimChain::mine(const std::function<bool(const SimTx&)>& include) {
  Block block{number() + 1, new_hash(), {}, state()};
  for (auto it = pool.begin(); it != pool.end();) {
    const SimTx tx = it->second;
    const std::uint64_t next = block.state.nonces[tx.from];
    if (tx.nonce < next) {
      it = pool.erase(it);
      continue;
    }
    if (!mineable(tx, block.state) || !include(tx)) {
      ++it;
      continue;
    }
    ++block.state.nonces[tx.from];
    Receipt receipt{block.number, block.hash, true, {}};
    receipt.succeeded = execute(block.state, block.number, tx.from, tx.call, receipt.events).empty();
    receipts_.emplace(tx.hash, receipt);
    block.txs.emplace_back(tx, receipt);
    it = pool.erase(it);
  }
  blocks_.push_back(std::move(block));
  for (const auto& [tx, receipt] : blocks_.back().txs) on_mined(tx, receipt);
}

void SimChain::mine_many(std::uint64_t blocks) {
  for (std::uint64_t i = 0; i < blocks; ++i) mine();
}

void SimChain::unwind(std::uint64_t blocks, const std::function<bool(const SimTx&)>& survives) {
  for (std::uint64_t i = 0; i < blocks && blocks_.size() > 1; ++i) {
    for (const auto& [tx, receipt] : blocks_.back().txs) {
      receipts_.erase(tx.hash);
      if (survives(tx)) pool[{tx.from, tx.nonce}] = tx;
    }
    blocks_.pop_back();
  }
}

std::string SimChain::would_revert(const Address& from, const SimCall& call) const {
  SimState scratch = state();
  std::vector<Event> events;
  return execute(scratch, number() + (next_block_calls ? 1 : 0), from, call, events);
}

// --- Chain

Result<chain::Head> SimChain::head() {
  CAIRN_TRY(before("head"));
  return chain::Head{number(), blocks_.back().hash};
}

Result<std::optional<Digest32>> SimChain::block_hash(std::uint64_t number) {
  CAIRN_TRY(before("block_hash"));
  if (number >= blocks_.size()) return std::optional<Digest32>();
  return std::optional(blocks_[number].hash);
}

Result<chain::Windows> SimChain::windows() {
  CAIRN_TRY(before("windows"));
  return windows_;
}

Result<chain::SequenceView> SimChain::sequence(const SequenceId& id) {
  CAIRN_TRY(before("sequence"));
  const auto it = state().sequences.find(id);
  return it == state().sequences.end() ? chain::SequenceView{} : it->second.view;
}

Result<chain::CommitmentView> SimChain::commitment(const SequenceId& id, std::uint64_t round,
                                                   const Address& prover) {
  CAIRN_TRY(before("commitment"));
  const SimCommitment* c = state().find(id, round, prover);
  if (c == nullptr) return chain::CommitmentView{};
  return chain::CommitmentView{c->state, c->paid, c->proof_hash, U256(c->stake)};
}

Result<chain::ProverView> SimChain::prover(const Address& account) {
  CAIRN_TRY(before("prover"));
  chain::ProverView out{};
  const auto it = state().stakes.find(account);
  if (it != state().stakes.end()) out.stake = U256(it->second);
  return out;
}

Result<std::optional<Receipt>> SimChain::receipt(const TxHash& hash) {
  CAIRN_TRY(before("receipt"));
  const auto it = receipts_.find(hash);
  return it == receipts_.end() ? std::optional<Receipt>() : std::optional(it->second);
}

Result<std::uint64_t> SimChain::mined_nonce(const Address& account) {
  CAIRN_TRY(before("mined_nonce"));
  const auto it = state().nonces.find(account);
  return it == state().nonces.end() ? std::uint64_t{0} : it->second;
}

Result<std::uint64_t> SimChain::pending_nonce(const Address& account) {
  CAIRN_TRY(before("pending_nonce"));
  const auto it = state().nonces.find(account);
  std::uint64_t next = it == state().nonces.end() ? 0 : it->second;
  while (pool.contains({account, next})) ++next;
  return next;
}

Result<U256> SimChain::balance(const Address& account) {
  CAIRN_TRY(before("balance"));
  return without_funds.contains(account) ? U256() : U256(1'000'000'000'000'000'000);
}

Result<chain::FeeMarket> SimChain::fee_market() {
  CAIRN_TRY(before("fee_market"));
  return chain::FeeMarket{U256(base_fee), U256(min_tip)};
}

Result<Broadcast> SimChain::broadcast(ByteView raw) {
  CAIRN_TRY(before("broadcast"));
  const SimTx tx = decode_sim_tx(raw);
  on_broadcast(tx);
  const auto nonce = state().nonces.find(tx.from);
  const auto pending = pool.find({tx.from, tx.nonce});
  Broadcast answer = Broadcast::accepted;
  if (nonce != state().nonces.end() && tx.nonce < nonce->second) {
    answer = Broadcast::nonce_too_low;
  } else if (pending != pool.end() && pending->second.hash == tx.hash) {
    answer = Broadcast::accepted;
  } else if (without_funds.contains(tx.from)) {
    answer = Broadcast::insufficient_funds;
  } else if (pending != pool.end() && !chain::replaces(pending->second.fees, tx.fees)) {
    answer = Broadcast::underpriced;
  } else {
    pool[{tx.from, tx.nonce}] = tx;
  }
  CAIRN_TRY(after_broadcast(tx));
  return answer;
}

Result<chain::Simulation> SimChain::simulate(const Address& from, ByteView data) {
  CAIRN_TRY(before("simulate"));
  auto document = codec::Document::parse(data);
  CAIRN_ASSERT(document.ok());
  const std::string revert = would_revert(from, read_call(document->root()));
  return chain::Simulation{revert.empty(), revert, revert.empty() ? 100'000u : 0u};
}

Result<bool> SimChain::proof_accepted(const Address&, const Digest32& claim, ByteView proof) {
  CAIRN_TRY(before("proof_accepted"));
  return valid(claim, proof);
}

Result<std::vector<chain::OpenedSequence>> SimChain::opened(std::uint64_t from, std::uint64_t to) {
  CAIRN_TRY(before("opened"));
  std::vector<chain::OpenedSequence> out;
  for (const auto& [id, s] : state().sequences) {
    if (s.opened_block < from || s.opened_block > to) continue;
    out.push_back({id, s.opened_block, s.view.start_height, s.view.end_height, s.view.claim, {}});
  }
  return out;
}

// --- names

Bytes sim_proof(const Digest32& claim, std::string_view tail) {
  Bytes out = copy(ByteView(claim));
  append(out, view(tail));
  return out;
}

Digest32 bound_hash(ByteView proof, const Address& prover) {
  Bytes bound = copy(ByteView(chain::keccak256(proof)));
  append(bound, prover);
  return chain::keccak256(ByteView(bound));
}

Address sim_address(std::uint8_t name) {
  Address out{};
  out.fill(name);
  return out;
}

Digest32 sim_digest(std::string_view name) { return sha256(view(name)); }

}  // namespace cairn::sim
