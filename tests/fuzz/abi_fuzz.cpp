// What contracts return and emit, and why they revert: total on any bytes. The first byte picks a
// reader, so that the corpus of each stays apart.
#include <algorithm>

#include "chain/abi.h"
#include "chain/revert.h"
#include "chain/two_step_abi.h"
#include "common/limits.h"

using namespace cairn;
using namespace cairn::chain;

namespace {

constexpr std::string_view events[] = {
    "ProofHashCommitted(bytes32,address,uint64,bytes32,uint64)",
    "SequenceProven(bytes32,address,uint64,bytes32)",
    "CommitmentSettled(bytes32,address,uint64,bytes32)",
    "RewardPaid(bytes32,address,uint256)",
    "Slashed(bytes32,address,uint64,uint256,uint8)",
    "SequenceOpened(bytes32,address,uint64,uint64,bytes32,address,uint256,uint64,bytes)",
};

/// Two topics from the front of `data` behind the event's own, the rest as its data.
void read_event(std::string_view signature, ByteView data) {
  std::vector<Digest32> topics{abi::topic(signature)};
  while (topics.size() < 3 && data.size() >= 32) {
    std::copy_n(data.begin(), 32, topics.emplace_back().begin());
    data = data.subspan(32);
  }
  (void)two_step::decode_event(topics, data);
  const auto opened = two_step::decode_opened(topics, data);
  if (opened.ok()) CAIRN_ASSERT(opened->data.size() <= limits::json_line_bytes_max);
}

void read_any(ByteView data) {
  abi::Decoder d(data, 2, "fuzz");
  const Bytes a = d.dynamic(64);
  const Bytes b = d.dynamic(1024);
  CAIRN_ASSERT(a.size() <= 64 && b.size() <= 1024);
  // Canonical arguments have one encoding.
  if (d.finish().ok() && abi::Encoder().dynamic(a).dynamic(b).arguments().size() == data.size()) {
    abi::Decoder again(data, 2, "fuzz");
    CAIRN_ASSERT(again.dynamic(64) == a && again.dynamic(1024) == b);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView rest(data + 1, size - 1);
  const std::size_t which = data[0];
  if (which < std::size(events)) {
    read_event(events[which], rest);
  } else if (which == 6) {
    const std::string reason = revert_text(rest);
    CAIRN_ASSERT(!reason.empty() && reason.size() <= limits::reason_bytes_max);
    CAIRN_ASSERT(reason.starts_with(revert_name(rest)));
  } else if (which == 7) {
    read_any(rest);
  } else {
    (void)two_step::decode_windows(rest);
    (void)two_step::decode_stake_terms(rest);
    (void)two_step::decode_sequence(rest);
    (void)two_step::decode_commitment(rest);
    (void)two_step::decode_prover(rest);
    (void)two_step::decode_address(rest);
    (void)two_step::decode_bool(rest);
    (void)two_step::decode_number(rest);
  }
  return 0;
}
