// Transactions of a row: signing, looking for receipts, getting them mined, using up abandoned nonces.
#include <algorithm>

#include "chain/sender_turn.h"

namespace cairn::chain::sender {
namespace {

/// A nonce with a transaction that the node knows is given this many times longer than one without.
constexpr std::uint64_t stuck_factor = 8;

SignedTx sign_as(const Turn& t, Purpose purpose, std::uint64_t nonce, const Fees& fees, std::uint64_t gas) {
  const TxSigner& signer = t.on.signer;
  const Row& row = t.row;
  switch (purpose) {
    case Purpose::commit:
      return signer.commit(row.sequence, t.proof_hash(), nonce, fees, gas);
    case Purpose::reveal:
      return signer.reveal(row.sequence, row.proof, nonce, fees, gas);
    case Purpose::settle:
      return signer.settle(row.sequence, proof_digest(row), nonce, fees, gas);
    case Purpose::pay:
      return signer.pay_reward(row.sequence, nonce, fees, gas);
    case Purpose::fill:
      break;
  }
  return signer.fill_nonce(nonce, fees);
}

void add_attempt(Turn& t, Tx& tx, Purpose purpose, const Fees& fees, std::uint64_t gas) {
  SignedTx signed_tx = sign_as(t, purpose, tx.nonce, fees, gas);
  tx.attempts.push_back({purpose, fees, gas, signed_tx.hash});
  tx.raw = std::move(signed_tx.raw);
  tx.sent_block = 0;
  t.signed_now = true;
}

/// Signs a better offer for the same purpose; false when the fee limits do not allow one.
Result<bool> raise(Turn& t, Tx& tx, std::uint64_t blocks_left) {
  if (tx.attempts.size() >= attempts_max) return false;
  CAIRN_ASSIGN(const FeeMarket market, t.on.chain.fee_market());
  const Attempt last = tx.attempts.back();
  const auto fees = raised_offer(last.fees, market, t.on.policy.fees, blocks_left);
  if (!fees) return false;
  add_attempt(t, tx, last.purpose, *fees, last.gas);
  return true;
}

/// Turns an abandoned transaction into one that only uses up the nonce. At the fee limit the offer
/// stays the same: it is taken when the node has forgotten the old one, and refused otherwise.
Status replace_by_fill(Turn& t, Tx& tx) {
  CAIRN_ASSIGN(const FeeMarket market, t.on.chain.fee_market());
  const Fees last = tx.attempts.back().fees;
  const auto fees = raised_offer(last, market, t.on.policy.fees, no_deadline);
  if (tx.attempts.size() >= attempts_max) tx.attempts.erase(tx.attempts.begin());
  add_attempt(t, tx, Purpose::fill, fees.value_or(last), 0);
  return {};
}

template <class Predicate>
bool any_tx(const Row& row, Predicate holds) {
  return std::any_of(row.retired.begin(), row.retired.end(), holds) || (row.commit && holds(*row.commit)) ||
         (row.reveal && holds(*row.reveal)) || (row.pay && holds(*row.pay));
}

/// For how many blocks the key's next nonce has been the one that is in the row's way.
std::uint64_t blocks_behind(Turn& t) {
  Row& row = t.row;
  if (row.behind_block == 0 || row.behind_nonce != t.mined_nonce) {
    row.behind_nonce = t.mined_nonce;
    row.behind_block = std::max<std::uint64_t>(t.head.number, 1);
  }
  return t.head.number > row.behind_block ? t.head.number - row.behind_block : 0;
}

/// Somebody's lower nonce keeps ours from being mined. Its holder gets gap_after_blocks to broadcast
/// something, and much longer to get that mined; then it is filled from here. A holder that comes back
/// finds its nonce used and takes a new one.
Status fill_gap(Turn& t) {
  Row& row = t.row;
  const std::uint64_t waited = blocks_behind(t);
  const auto holds_it = [&](const Tx& tx) { return tx.nonce == t.mined_nonce; };
  if (any_tx(row, holds_it) || waited < t.on.policy.gap_after_blocks) return {};
  CAIRN_ASSIGN(const std::uint64_t pending, t.on.chain.pending_nonce(t.on.signer.address()));
  const bool broadcast = pending > t.mined_nonce;
  if (broadcast && waited < stuck_factor * t.on.policy.gap_after_blocks) return {};
  if (row.retired.size() + live_max > retired_max) return {};
  CAIRN_ASSIGN(Tx gap, t.sign(Purpose::fill, t.mined_nonce, no_deadline));
  row.retired.push_back(std::move(gap));
  t.fact("filled_nonce", std::to_string(t.mined_nonce));
  return {};
}

/// Whether a transaction that the node finds too cheap leaves its nonce to another one of the key that the
/// node has: a transaction that it never had, and one that fills a gap whose holder came back. Rows that
/// outbid each other would end at the fee limit. Not near a deadline; nor for ever, as nobody may be left to
/// raise the other.
Result<bool> gives_way(Turn& t, const Tx& tx, std::uint64_t blocks_left) {
  const bool fills_a_gap = std::all_of(tx.attempts.begin(), tx.attempts.end(),
                                       [](const Attempt& a) { return a.purpose == Purpose::fill; });
  const bool unknown = tx.attempts.size() == 1 && tx.sent_block == 0;
  const bool urgent = blocks_left < t.on.policy.fees.urgent_blocks;
  if (!fills_a_gap && (!unknown || urgent)) return false;
  CAIRN_ASSIGN(const std::uint64_t pending, t.on.chain.pending_nonce(t.on.signer.address()));
  return pending > tx.nonce && blocks_behind(t) < stuck_factor * t.on.policy.gap_after_blocks;
}

}  // namespace

std::optional<std::uint64_t> Turn::fresh_nonce() const {
  if (!granted) return std::nullopt;
  const auto has = [&](const Tx& tx) { return tx.nonce == *granted; };
  if (any_tx(row, has)) return std::nullopt;
  return granted;
}

Result<Tx> Turn::sign(Purpose purpose, std::uint64_t nonce, std::uint64_t blocks_left) {
  CAIRN_ASSIGN(const FeeMarket market, on.chain.fee_market());
  Tx out;
  out.nonce = nonce;
  // With nothing left to win there is no hurry: the nonce will only be used up.
  const std::uint64_t left = blocks_left == 0 ? no_deadline : blocks_left;
  add_attempt(*this, out, purpose, first_offer(market, on.policy.fees, left), row.gas);
  return out;
}

Result<std::optional<Receipt>> Turn::look(Tx& tx) {
  for (std::size_t i = tx.attempts.size(); i-- > 0;) {
    CAIRN_ASSIGN(std::optional<Receipt> receipt, on.chain.receipt(tx.attempts[i].hash));
    if (!receipt) continue;
    CAIRN_ASSIGN(const auto canonical, on.chain.block_hash(receipt->block_number));
    if (!canonical || *canonical != receipt->block_hash) continue;
    tx.mined = Mined{i, receipt->block_number, receipt->block_hash, receipt->succeeded};
    tx.foreign_block = 0;
    return receipt;
  }
  if (tx.mined) tx.sent_block = 0;  // reorganised away: the same bytes again, as if for the first time
  tx.mined.reset();
  return std::optional<Receipt>();
}

bool Turn::nonce_lost(Tx& tx) {
  if (mined_nonce <= tx.nonce) {
    tx.foreign_block = 0;
    return false;
  }
  if (tx.foreign_block == 0) {
    tx.foreign_block = std::max<std::uint64_t>(head.number, 1);
    return false;
  }
  if (head.number < tx.foreign_block + on.policy.confirmations_commit) return false;
  fact("foreign_nonce", std::to_string(tx.nonce));
  return true;
}

Status Turn::push(Tx& tx, std::uint64_t blocks_left) {
  if (mined_nonce > tx.nonce) return {};  // the receipt, or nonce_lost, will tell
  const bool next_in_line = mined_nonce == tx.nonce;
  if (!next_in_line) CAIRN_TRY(fill_gap(*this));

  const std::uint64_t waited = head.number > tx.sent_block ? head.number - tx.sent_block : 0;
  if (next_in_line && tx.sent_block != 0 && raise_due(waited, blocks_left, on.policy.fees)) {
    CAIRN_ASSIGN(const bool raised, raise(*this, tx, blocks_left));
    if (raised) return {};
    blocked = "at the fee limit";
  }
  CAIRN_ASSIGN(const Broadcast answer, on.chain.broadcast(tx.raw));
  switch (answer) {
    case Broadcast::accepted:
      if (tx.sent_block == 0) tx.sent_block = std::max<std::uint64_t>(head.number, 1);
      if (next_in_line) row.behind_block = 0;
      return {};
    case Broadcast::underpriced: {
      CAIRN_ASSIGN(const bool left_to_another, gives_way(*this, tx, blocks_left));
      if (left_to_another) {
        tx.sent_block = 0;
        blocked = "its nonce, " + std::to_string(tx.nonce) + ", has another transaction";
        return {};
      }
      CAIRN_ASSIGN(const bool raised, raise(*this, tx, blocks_left));
      blocked = raised ? "underpriced, raised" : "underpriced, at the fee limit";
      return {};
    }
    case Broadcast::insufficient_funds:
      blocked = "not enough ether for gas";
      return {};
    case Broadcast::rejected:
      blocked = "the node rejects the transaction";
      return {};
    case Broadcast::nonce_too_low:
      return {};
  }
  return {};
}

Result<std::string> Turn::obstacle(Tx& tx, std::uint64_t blocks_left) {
  if (mined_nonce > tx.nonce) return std::string("word of what used its nonce");
  CAIRN_ASSIGN(const std::uint64_t pending, on.chain.pending_nonce(on.signer.address()));
  if (pending < tx.nonce) {
    CAIRN_TRY(fill_gap(*this));
    soon = true;
    return "nonce " + std::to_string(pending) + " to be used by another sequence";
  }
  CAIRN_ASSIGN(const FeeMarket market, on.chain.fee_market());
  if (market.base_fee <= tx.attempts.back().fees.max_fee_per_gas) return std::string();
  const bool affordable = market.base_fee <= on.policy.fees.max_fee_per_gas;
  if (affordable) {
    CAIRN_ASSIGN(const bool raised, raise(*this, tx, blocks_left));
    if (raised) return std::string("a better offer");
  }
  return std::string("the base fee to fall below the fee limit");
}

void Turn::retire(std::optional<Tx>& tx) {
  if (!tx) return;
  CAIRN_ASSERT(row.retired.size() < retired_max);
  row.retired.push_back(std::move(*tx));
  tx.reset();
}

bool Turn::deep(const Tx& tx) const {
  return tx.mined && head.number + 1 >= tx.mined->block + on.policy.confirmations_final;
}

Status Turn::tend() {
  // push may append a filled gap; that one is first looked at in the next step.
  const std::size_t count = row.retired.size();
  std::vector<bool> over(count, false);
  for (std::size_t i = 0; i < count; ++i) {
    Tx tx = row.retired[i];
    CAIRN_ASSIGN(const auto receipt, look(tx));
    if (receipt || nonce_lost(tx)) {
      over[i] = !receipt || deep(tx);
    } else if (tx.attempts.back().purpose != Purpose::fill) {
      CAIRN_TRY(replace_by_fill(*this, tx));
    } else {
      CAIRN_TRY(push(tx, no_deadline));
    }
    row.retired[i] = std::move(tx);
  }
  for (std::size_t i = count; i-- > 0;) {
    if (over[i]) row.retired.erase(row.retired.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return {};
}

}  // namespace cairn::chain::sender
