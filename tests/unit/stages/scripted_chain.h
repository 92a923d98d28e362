// A chain that answers what the test wrote down: its head, the sequences opened on it, and what
// became of them. Only what the follower asks is there.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "chain/chain.h"

namespace cairn::stages::samples {

class ScriptedChain : public chain::Chain {
 public:
  std::uint64_t head_number = 0;
  std::uint64_t peer_head_number = UINT64_MAX;    ///< of the peer that tells of events and blocks
  std::vector<chain::OpenedSequence> events;      ///< in order of block
  std::map<Digest32, chain::SequenceView> views;  ///< others are open, with a reward of 1 wei
  std::optional<Error> head_error, opened_error;
  std::uint64_t span_max = UINT64_MAX;  ///< longer ranges are refused
  std::size_t views_before_error = SIZE_MAX;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> asked;  ///< ranges of opened()

  Result<chain::Head> head() override {
    if (head_error) return *head_error;
    return chain::Head{head_number, {}};
  }
  Result<std::vector<chain::OpenedSequence>> opened(std::uint64_t from, std::uint64_t to) override {
    asked.emplace_back(from, to);
    if (opened_error) return *opened_error;
    if (to - from >= span_max) return Error{Code::corrupt, "query returned more than 10000 results"};
    if (raw_answer) return *raw_answer;
    std::vector<chain::OpenedSequence> out;
    for (const auto& event : events) {
      if (event.block_number >= from && event.block_number <= std::min(to, peer_head_number))
        out.push_back(event);
    }
    return out;
  }
  Result<std::optional<Digest32>> block_hash(std::uint64_t number) override {
    return number <= peer_head_number ? std::optional(Digest32{}) : std::nullopt;
  }
  Result<chain::SequenceView> sequence(const chain::SequenceId& id) override {
    if (views_before_error == 0) return Error{Code::timeout, "no answer"};
    --views_before_error;
    const auto found = views.find(id);
    return found == views.end() ? open() : found->second;
  }
  static chain::SequenceView open() {
    chain::SequenceView view{};
    view.state = chain::SequenceState::open;
    view.reward = chain::U256(1);
    return view;
  }
  std::optional<std::vector<chain::OpenedSequence>> raw_answer;  ///< to any range

  // Never asked by the follower.
  Result<chain::Windows> windows() override { return unasked(); }
  Result<chain::CommitmentView> commitment(const chain::SequenceId&, std::uint64_t,
                                           const chain::Address&) override {
    return unasked();
  }
  Result<chain::ProverView> prover(const chain::Address&) override { return unasked(); }
  Result<std::optional<chain::Receipt>> receipt(const chain::TxHash&) override { return unasked(); }
  Result<std::uint64_t> mined_nonce(const chain::Address&) override { return unasked(); }
  Result<std::uint64_t> pending_nonce(const chain::Address&) override { return unasked(); }
  Result<chain::U256> balance(const chain::Address&) override { return unasked(); }
  Result<chain::FeeMarket> fee_market() override { return unasked(); }
  Result<chain::Broadcast> broadcast(ByteView) override { return unasked(); }
  Result<chain::Simulation> simulate(const chain::Address&, ByteView) override { return unasked(); }
  Result<bool> proof_accepted(const chain::Address&, const Digest32&, ByteView) override { return unasked(); }

 private:
  static Error unasked() { return {Code::conflict, "the follower has no business to ask this"}; }
};

}  // namespace cairn::stages::samples
