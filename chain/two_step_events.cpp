// Events of the contract: topics are the event, the sequence and an account; the rest is data.
#include <algorithm>
#include <array>

#include "chain/abi.h"
#include "chain/two_step_abi.h"
#include "common/limits.h"

namespace cairn::chain::two_step {
namespace {

using Kind = Event::Kind;

struct Row {
  Kind kind;
  std::string_view signature;
};

constexpr Row rows[] = {
    {Kind::committed, "ProofHashCommitted(bytes32,address,uint64,bytes32,uint64)"},
    {Kind::proven, "SequenceProven(bytes32,address,uint64,bytes32)"},
    {Kind::settled, "CommitmentSettled(bytes32,address,uint64,bytes32)"},
    {Kind::paid, "RewardPaid(bytes32,address,uint256)"},
    {Kind::slashed, "Slashed(bytes32,address,uint64,uint256,uint8)"},
    {Kind::opened, "SequenceOpened(bytes32,address,uint64,uint64,bytes32,address,uint256,uint64,bytes)"},
};

constexpr std::uint8_t slash_reasons = 2;

Kind kind_of(const Digest32& topic) {
  static const auto topics = [] {
    std::array<Digest32, std::size(rows)> out;
    std::transform(std::begin(rows), std::end(rows), out.begin(),
                   [](const Row& row) { return abi::topic(row.signature); });
    return out;
  }();
  const auto at = std::find(topics.begin(), topics.end(), topic);
  return at == topics.end() ? Kind::other : rows[at - topics.begin()].kind;
}

Error malformed(std::string_view why) { return {Code::corrupt, "contract event: " + std::string(why)}; }

struct OpenedData {
  OpenedSequence sequence;
  U256 reward;
};

Result<OpenedData> decode_opened_data(ByteView data) {
  abi::Decoder d(data, 7, "SequenceOpened");
  OpenedData out{};
  out.sequence.start_height = d.u64();
  out.sequence.end_height = d.u64();
  out.sequence.claim = d.word();
  d.address();  // verifier
  out.reward = d.number();
  d.u64();  // expiry
  out.sequence.data = d.dynamic(data.size());
  CAIRN_TRY(d.finish());
  if (out.sequence.data.size() > limits::json_line_bytes_max) out.sequence.data.clear();
  return out;
}

/// Reads what follows the topics of every kind but `opened` into `event`.
Status decode_data(ByteView data, Event& event) {
  switch (event.kind) {
    case Kind::committed: {
      abi::Decoder d(data, 3, "ProofHashCommitted");
      event.round = d.u64();
      d.word();  // proofHash
      d.u64();   // firstCommitBlock
      return d.finish();
    }
    case Kind::proven:
    case Kind::settled: {
      abi::Decoder d(data, 2, "SequenceProven or CommitmentSettled");
      event.round = d.u64();
      d.word();  // proofDigest
      return d.finish();
    }
    case Kind::paid: {
      abi::Decoder d(data, 1, "RewardPaid");
      event.amount = d.number();
      return d.finish();
    }
    case Kind::slashed: {
      abi::Decoder d(data, 3, "Slashed");
      event.round = d.u64();
      event.amount = d.number();
      d.enumeration(slash_reasons);
      return d.finish();
    }
    case Kind::opened:
    case Kind::other:
      break;
  }
  return {};
}

}  // namespace

const Digest32& opened_topic() {
  static const Digest32 topic = abi::topic(std::find_if(std::begin(rows), std::end(rows), [](auto& r) {
                                             return r.kind == Kind::opened;
                                           })->signature);
  return topic;
}

Result<Event> decode_event(std::span<const Digest32> topics, ByteView data) {
  Event out{};
  out.kind = topics.empty() ? Kind::other : kind_of(topics[0]);
  if (out.kind == Kind::other) return out;
  if (topics.size() != 3) return malformed("expected a sequence and an account as topics");
  out.sequence = topics[1];
  abi::Decoder account(topics[2], 1, "event account");
  const Address who = account.address();
  CAIRN_TRY(account.finish());
  if (out.kind == Kind::opened) {
    CAIRN_ASSIGN(const OpenedData opened, decode_opened_data(data));
    out.amount = opened.reward;
    return out;
  }
  out.prover = who;
  CAIRN_TRY(decode_data(data, out));
  return out;
}

Result<OpenedSequence> decode_opened(std::span<const Digest32> topics, ByteView data) {
  if (topics.size() != 3 || topics[0] != opened_topic()) return malformed("not SequenceOpened");
  CAIRN_ASSIGN(OpenedData out, decode_opened_data(data));
  out.sequence.id = topics[1];
  return std::move(out.sequence);
}

}  // namespace cairn::chain::two_step
