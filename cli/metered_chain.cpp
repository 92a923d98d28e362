#include "cli/metered_chain.h"

#include "cli/chain_gauges.h"
#include "common/clock.h"

namespace cairn::cli {
namespace {

using namespace chain;

class MeteredChain final : public Chain {
 public:
  MeteredChain(Chain& chain, Metrics& metrics) : chain_(chain), metrics_(metrics), gauges_(metrics) {}

  Result<Head> head() override {
    return seen(meter("head", [&] { return chain_.head(); }), &ChainGauges::note_head);
  }
  Result<std::optional<Digest32>> block_hash(std::uint64_t number) override {
    return meter("block_hash", [&] { return chain_.block_hash(number); });
  }
  Result<Windows> windows() override {
    return seen(meter("windows", [&] { return chain_.windows(); }), &ChainGauges::note_windows);
  }
  Result<SequenceView> sequence(const SequenceId& id) override {
    auto view = meter("sequence", [&] { return chain_.sequence(id); });
    if (view.ok()) gauges_.note_sequence(id, *view);
    return view;
  }
  Result<CommitmentView> commitment(const SequenceId& id, std::uint64_t round,
                                    const Address& prover) override {
    return meter("commitment", [&] { return chain_.commitment(id, round, prover); });
  }
  Result<ProverView> prover(const Address& account) override {
    return seen(meter("prover", [&] { return chain_.prover(account); }), &ChainGauges::note_prover);
  }
  Result<std::optional<Receipt>> receipt(const TxHash& hash) override {
    return meter("receipt", [&] { return chain_.receipt(hash); });
  }
  Result<std::uint64_t> mined_nonce(const Address& account) override {
    return meter("mined_nonce", [&] { return chain_.mined_nonce(account); });
  }
  Result<std::uint64_t> pending_nonce(const Address& account) override {
    return meter("pending_nonce", [&] { return chain_.pending_nonce(account); });
  }
  Result<U256> balance(const Address& account) override {
    return seen(meter("balance", [&] { return chain_.balance(account); }), &ChainGauges::note_balance);
  }
  Result<FeeMarket> fee_market() override {
    return seen(meter("fee_market", [&] { return chain_.fee_market(); }), &ChainGauges::note_fees);
  }
  Result<Broadcast> broadcast(ByteView raw) override {
    return meter("broadcast", [&] { return chain_.broadcast(raw); });
  }
  Result<Simulation> simulate(const Address& from, ByteView data) override {
    return meter("simulate", [&] { return chain_.simulate(from, data); });
  }
  Result<bool> proof_accepted(const Address& verifier, const Digest32& claim, ByteView proof) override {
    return meter("proof_accepted", [&] { return chain_.proof_accepted(verifier, claim, proof); });
  }
  Result<std::vector<OpenedSequence>> opened(std::uint64_t from, std::uint64_t to) override {
    return meter("opened", [&] { return chain_.opened(from, to); });
  }

 private:
  template <class Value>
  Result<Value> seen(Result<Value> result, void (ChainGauges::*note)(const Value&)) {
    if (result.ok()) (gauges_.*note)(*result);
    return result;
  }
  template <class Call>
  auto meter(std::string_view question, Call call) -> decltype(call()) {
    const std::int64_t begun = steady_ms();
    auto result = call();
    metrics_.observe(Metric::chain_seconds, {question}, static_cast<double>(steady_ms() - begun) / 1000.0);
    if (!result.ok()) metrics_.add(Metric::chain_errors, {question, code_name(result.error().code)});
    return result;
  }

  Chain& chain_;
  Metrics& metrics_;
  ChainGauges gauges_;
};

}  // namespace

std::unique_ptr<chain::Chain> make_metered_chain(chain::Chain& chain, Metrics& metrics) {
  return std::make_unique<MeteredChain>(chain, metrics);
}

}  // namespace cairn::cli
