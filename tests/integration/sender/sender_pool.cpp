#include "tests/integration/sender/sender_pool.h"

#include "chain/keccak.h"

namespace cairn::test {

using chain::U256;
namespace two_step = chain::two_step;

namespace {

U256 ide(std::uint64_t n) { return U256(n).times(U256(1'000'000'000'000'000'000)).value(); }

chain::EthNode node_at(const std::string& url, long timeout_ms) {
  chain::RpcSettings settings;
  settings.urls = {url};
  settings.total_timeout_ms = timeout_ms;
  return chain::EthNode(chain::RpcClient::create(std::move(settings)).value());
}

struct NoWatch : pipeline::Watch {
  bool cancelled() const override { return false; }
  void progress(double) override {}
};

}  // namespace

SenderPool::SenderPool(const std::string& url, const std::string& direct, chain::SecretKey key,
                       const chain::Deployment& deployment, const chain::sender::Policy& policy,
                       std::uint64_t chain_id)
    : store_({}, [this] { return now_ms_; }),
      chain_(node_at(url, 2'000), node_at(direct, 60'000), deployment.submission),
      signer_(std::move(key), chain_id, deployment.submission),
      policy_(policy) {
  const stages::ChainServices services{chain_, signer_, policy_};
  stages_["hash_commit"] = stages::make_hash_commit(services);
  stages_["reveal"] = stages::make_reveal(services);
  stages_["resend"] = stages::make_resend(services);
}

void SenderPool::submit(const std::string& group, const chain::SequenceId& id, const Digest32& claim,
                        const Bytes& proof) {
  pipeline::TaskSpec spec;
  spec.id = group + "/h/0000";
  spec.stage = "hash_commit";
  spec.height = heights_.size();
  spec.group = group;
  spec.payload = encode(chain::sender::planned_row(id, claim, proof));
  heights_[group] = spec.height;
  const auto reply = must(store_.enqueue({spec}));
  CAIRN_ASSERT(reply.admissions.at(0) == pipeline::Admission::accepted);
}

bool SenderPool::step() {
  for (const auto& [name, process] : stages_) {
    pipeline::Exchange take;
    take.stage = name;
    take.worker = "test";
    take.lease_max = 1;
    const auto leased = must(store_.exchange(take)).leased;
    if (leased.empty()) continue;
    const pipeline::Task& task = leased[0];
    NoWatch watch;
    auto outcome = process(task, watch);
    if (!outcome.ok()) {
      must(store_.fail(
          name, {task.id, task.fence, pipeline::fail_kind(outcome.error().code), outcome.error().what}));
      return true;
    }
    pipeline::Exchange give;
    give.stage = name;
    give.worker = "test";
    give.completions.push_back({task.id, task.fence, std::move(*outcome)});
    const auto verdicts = must(store_.exchange(give)).verdicts;
    CAIRN_ASSERT(verdicts.at(0) == pipeline::Verdict::ok);
    return true;
  }
  return false;
}

std::string SenderPool::ended(const std::string& group) { return must(store_.group(group)).state; }

std::string SenderPool::fact(const std::string& group, const std::string& name) {
  const auto facts = must(store_.group(group)).facts;
  const auto it = facts.find(name);
  return it == facts.end() ? "" : it->second;
}

SenderOnAnvil::SenderOnAnvil() {
  chain::DeployPlan plan;
  plan.artifacts = source_dir() / "contracts" / "out";
  plan.verifier = "PreimageVerifier";
  plan.windows = windows;
  plan.terms = {ide(100), ide(1), ide(10)};
  plan.token_supply = ide(1'000'000);
  deployment_ = must(chain::deploy(node_, funder_, plan, dir_ / "contracts.json"));
  for (const auto& [key, stake] : {std::pair{1, 200}, {2, 500}, {3, 300}}) {
    must(chain::fund_prover(node_, deployment_, funder_, chain::dev_key(static_cast<std::size_t>(key)),
                            ide(static_cast<std::uint64_t>(stake)), U256(1)));
  }
  must(chain::send_tokens(node_, deployment_, funder_, requester_.address(), ide(1000)));
  anvil_.set_mining(false);
}

chain::sender::Policy SenderOnAnvil::policy() {
  chain::sender::Policy out;
  out.confirmations_final = 7;
  out.commit_margin_blocks = 2;
  out.fees.patience_blocks = 2;
  return out;
}

SenderPool SenderOnAnvil::pool(std::size_t key, const std::string& url) {
  return SenderPool(url.empty() ? anvil_.url() : url, anvil_.url(), chain::dev_key(key), deployment_,
                    policy(), anvil_.chain_id());
}

chain::SequenceId SenderOnAnvil::open() {
  ++opened_;
  preimage_ = copy(ByteView(sha256(view("preimage " + std::to_string(opened_)))));
  claim_ = chain::keccak256(ByteView(preimage_));
  anvil_.set_mining(true);
  id_ = must(chain::open_sequence(
      node_, deployment_, requester_,
      {opened_, opened_, claim_, deployment_.verifier, U256(reward_wei), 1'000'000, {}}));
  anvil_.set_mining(false);
  anvil_.mine(6);
  return id_;
}

Bytes SenderOnAnvil::proof(std::string_view salt) const {
  Bytes out = preimage_;
  append(out, view(salt));
  return out;
}

void SenderOnAnvil::mine(std::uint64_t blocks, std::initializer_list<SenderPool*> pools) {
  anvil_.mine(blocks);
  for (SenderPool* pool : pools) pool->pass(blocks * policy().poll_ms);
}

bool SenderOnAnvil::run(std::initializer_list<SenderPool*> pools, const std::function<bool()>& done,
                        unsigned blocks_max) {
  for (unsigned blocks = 0; blocks <= blocks_max; ++blocks) {
    for (SenderPool* pool : pools) {
      while (pool->step()) {
        if (done()) return true;
      }
    }
    mine(1, pools);
    if (done()) return true;
  }
  return false;
}

bool SenderOnAnvil::reaches(SenderPool& pool, const std::string& state, unsigned blocks_max) {
  return run(
      {&pool}, [&] { return pool.state(group()) == state; }, blocks_max);
}

bool SenderOnAnvil::ends(std::initializer_list<SenderPool*> pools, const std::string& status) {
  const auto over = [&](SenderPool* p) { return p->ended(group()) != "running"; };
  const bool all = run(pools, [&] { return std::all_of(pools.begin(), pools.end(), over); });
  if (!all) return false;
  for (SenderPool* pool : pools) EXPECT_EQ(pool->ended(group()), status);
  return !::testing::Test::HasFailure();
}

U256 SenderOnAnvil::tokens(const chain::Address& account) {
  return must(chain::token_balance(node_, deployment_, account));
}

std::uint64_t SenderOnAnvil::head() { return must(node_.head()).number; }

chain::SequenceView SenderOnAnvil::sequence() {
  chain::EthChain chain(anvil_.node(), deployment_.submission);
  return must(chain.sequence(id_));
}

bool SenderOnAnvil::succeeded(const chain::TxHash& hash) {
  return must(node_.receipt(hash)).value().succeeded;
}

std::uint64_t SenderOnAnvil::settled_nonce(const chain::Address& account) {
  const std::uint64_t mined = must(node_.mined_nonce(account));
  EXPECT_EQ(must(node_.pending_nonce(account)), mined);
  return mined;
}

}  // namespace cairn::test
