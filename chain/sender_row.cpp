#include "chain/sender_row.h"

#include <array>

#include "common/codec.h"
#include "common/limits.h"

// Layout (MessagePack arrays, in this order):
//   row     [version, state, hop, sequence, claim, proof, round, want, gas, since_block, adopted_block,
//            rounds_lost, behind_nonce, behind_block, commit, reveal, pay, retired, reason]
//   tx      nil | [nonce, attempts, raw, sent_block, foreign_block, mined]
//   attempt [purpose, max_fee_per_gas, max_priority_fee_per_gas, gas, hash]
//   mined   nil | [attempt, block, block_hash, succeeded]
// Numbers of 256 bits are binary, big-endian, without leading zeros.

namespace cairn::chain::sender {
namespace {

constexpr std::uint64_t version = 1;
constexpr std::size_t row_fields = 19;
constexpr std::size_t tx_fields = 6;
constexpr std::size_t attempt_fields = 5;
constexpr std::size_t mined_fields = 4;
/// Signed bytes are the proof and some hundred bytes around it.
constexpr std::size_t raw_bytes_max = proof_bytes_max + 4096;

constexpr std::array<std::string_view, state_count> state_names = {
    "planned",     "commit_nonce", "commit_signed", "commit_sent", "commit_mined", "window_open",
    "late_reveal", "reveal_nonce", "reveal_signed", "reveal_sent", "verified",     "pay_nonce",
    "pay_signed",  "pay_sent",     "paid",          "window_lost", "given_up"};
constexpr std::array<std::string_view, 5> purpose_names = {"commit", "reveal", "settle", "pay", "fill"};

void write(codec::Writer& w, const U256& number) { w.bin(number.be_minimal()); }

void write(codec::Writer& w, const Attempt& a) {
  w.array(attempt_fields).u64(static_cast<std::uint64_t>(a.purpose));
  write(w, a.fees.max_fee_per_gas);
  write(w, a.fees.max_priority_fee_per_gas);
  w.u64(a.gas).bin(a.hash);
}

void write(codec::Writer& w, const std::optional<Mined>& m) {
  if (!m) {
    w.nil();
    return;
  }
  w.array(mined_fields).u64(m->attempt).u64(m->block).bin(m->block_hash).boolean(m->succeeded);
}

void write(codec::Writer& w, const Tx& tx) {
  w.array(tx_fields).u64(tx.nonce).array(tx.attempts.size());
  for (const Attempt& a : tx.attempts) write(w, a);
  w.bin(tx.raw).u64(tx.sent_block).u64(tx.foreign_block);
  write(w, tx.mined);
}

void write(codec::Writer& w, const std::optional<Tx>& tx) {
  if (tx) {
    write(w, *tx);
  } else {
    w.nil();
  }
}

template <class Enum>
Enum read_enum(codec::Fields& f, std::size_t count) {
  return static_cast<Enum>(f.u64(count - 1));
}

Digest32 read_digest(codec::Fields& f) {
  Digest32 out{};
  const Bytes bytes = f.bin(out.size());
  if (!f.status().ok()) return out;
  if (bytes.size() != out.size()) {
    f.fail("a digest that is not 32 bytes");
    return out;
  }
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

U256 read_u256(codec::Fields& f) { return U256::from_be(f.bin(32)); }

Result<Attempt> read_attempt(codec::Node node) {
  codec::Fields f(node, attempt_fields, "row.attempt");
  Attempt out;
  out.purpose = read_enum<Purpose>(f, purpose_names.size());
  out.fees.max_fee_per_gas = read_u256(f);
  out.fees.max_priority_fee_per_gas = read_u256(f);
  out.gas = f.u64();
  out.hash = read_digest(f);
  CAIRN_TRY(f.status());
  return out;
}

Result<Mined> read_mined(codec::Node node, std::size_t attempts) {
  codec::Fields f(node, mined_fields, "row.mined");
  Mined out;
  out.attempt = f.u64(attempts - 1);
  out.block = f.u64();
  out.block_hash = read_digest(f);
  out.succeeded = f.boolean();
  CAIRN_TRY(f.status());
  return out;
}

Result<Tx> read_tx(codec::Node node) {
  codec::Fields f(node, tx_fields, "row.tx");
  Tx out;
  out.nonce = f.u64();
  codec::Node attempts = node;
  const std::size_t count = f.array(attempts, attempts_max);
  out.raw = f.bin(raw_bytes_max);
  out.sent_block = f.u64();
  out.foreign_block = f.u64();
  const codec::Node mined = f.node();
  if (count == 0) f.fail("no attempts");
  CAIRN_TRY(f.status());
  for (std::size_t i = 0; i < count; ++i) {
    CAIRN_ASSIGN(Attempt a, read_attempt(attempts.at(i)));
    out.attempts.push_back(std::move(a));
  }
  if (!mined.is_nil()) {
    CAIRN_ASSIGN(out.mined, read_mined(mined, count));
  }
  return out;
}

Status read_tx(codec::Node node, std::optional<Tx>& out) {
  if (node.is_nil()) return {};
  CAIRN_ASSIGN(out, read_tx(node));
  return {};
}

/// A state finds the transactions that it works on.
Status check(const Row& row) {
  const auto lacks = [&](std::string_view what) {
    return Error{Code::invalid_input,
                 "row: " + std::string(state_name(row.state)) + " without a " + std::string(what)};
  };
  const bool settles = row.want == Purpose::reveal || row.want == Purpose::settle;
  if (!settles) return Error{Code::invalid_input, "row: wants neither reveal nor settle"};
  switch (row.state) {
    case State::commit_signed:
    case State::commit_sent:
      return row.commit ? Status() : lacks("commit");
    case State::reveal_signed:
    case State::reveal_sent:
      return row.reveal ? Status() : lacks("reveal");
    case State::pay_signed:
    case State::pay_sent:
      return row.pay ? Status() : lacks("pay");
    default:
      return {};
  }
}

}  // namespace

std::string_view state_name(State state) { return state_names.at(static_cast<std::size_t>(state)); }
std::string_view purpose_name(Purpose purpose) { return purpose_names.at(static_cast<std::size_t>(purpose)); }

Row planned_row(const SequenceId& sequence, const Digest32& claim, Bytes proof) {
  Row row;
  row.sequence = sequence;
  row.claim = claim;
  row.proof = std::move(proof);
  return row;
}

Bytes encode(const Row& row) {
  codec::Writer w;
  w.array(row_fields).u64(version).u64(static_cast<std::uint64_t>(row.state)).u64(row.hop);
  w.bin(row.sequence).bin(row.claim).bin(row.proof);
  w.u64(row.round).u64(static_cast<std::uint64_t>(row.want)).u64(row.gas);
  w.u64(row.since_block).u64(row.adopted_block).u64(row.rounds_lost);
  w.u64(row.behind_nonce).u64(row.behind_block);
  write(w, row.commit);
  write(w, row.reveal);
  write(w, row.pay);
  w.array(row.retired.size());
  for (const Tx& tx : row.retired) write(w, tx);
  w.str(row.reason);
  return w.take();
}

Result<Row> decode_row(ByteView bytes) {
  CAIRN_ASSIGN(const codec::Document document, codec::Document::parse(bytes));
  codec::Fields f(document.root(), row_fields, "row");
  if (f.u64() != version) f.fail("another version");
  Row out;
  out.state = read_enum<State>(f, state_count);
  out.hop = f.u64();
  out.sequence = read_digest(f);
  out.claim = read_digest(f);
  out.proof = f.bin(proof_bytes_max);
  out.round = f.u64();
  out.want = read_enum<Purpose>(f, purpose_names.size());
  out.gas = f.u64();
  out.since_block = f.u64();
  out.adopted_block = f.u64();
  out.rounds_lost = f.u64();
  out.behind_nonce = f.u64();
  out.behind_block = f.u64();
  const codec::Node commit = f.node();
  const codec::Node reveal = f.node();
  const codec::Node pay = f.node();
  codec::Node retired = document.root();
  const std::size_t retired_count = f.array(retired, retired_max);
  out.reason = f.str(limits::reason_bytes_max);
  CAIRN_TRY(f.status());
  CAIRN_TRY(read_tx(commit, out.commit));
  CAIRN_TRY(read_tx(reveal, out.reveal));
  CAIRN_TRY(read_tx(pay, out.pay));
  for (std::size_t i = 0; i < retired_count; ++i) {
    CAIRN_ASSIGN(Tx tx, read_tx(retired.at(i)));
    out.retired.push_back(std::move(tx));
  }
  CAIRN_TRY(check(out));
  return out;
}

}  // namespace cairn::chain::sender
