#include "tests/e2e/support/scene.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "chain/dev_keys.h"
#include "chain/funding.h"
#include "chain/keystore.h"
#include "chain/transaction.h"
#include "stages/submission.h"
#include "tests/e2e/support/must.h"
#include "tests/e2e/support/processes.h"

namespace cairn::test {
namespace {

constexpr std::uint64_t open_gas = 2'000'000;
constexpr std::uint64_t expiry_block = 1'000'000;
constexpr std::int64_t mined_ms = 60'000;
constexpr chain::Scrypt light{.n = 4096, .r = 8, .p = 1};

chain::RpcClient client(const std::string& url) {
  return must(chain::RpcClient::create({.urls = {url}, .total_timeout_ms = 3'000}));
}

chain::two_step::OpenArguments arguments_of(const std::string& line, const chain::Address& verifier) {
  const Json json = Json::parse(line);
  chain::two_step::OpenArguments out;
  out.start_height = json["start_height"];
  out.end_height = json["end_height"];
  out.claim = must(digest_from_hex(json["claim"].get<std::string>()));
  out.verifier = verifier;
  out.reward = tokens(Scene::reward_tokens);
  out.expiry = expiry_block;
  out.data = stages::attach(line);
  return out;
}

}  // namespace

chain::U256 tokens(std::uint64_t count) {
  return must(chain::U256(count).times(chain::U256(1'000'000'000'000'000'000)));
}

std::filesystem::path artifacts() {
  const char* given = std::getenv("CAIRN_CHAIN_DEV_ARTIFACTS");
  return given ? std::filesystem::path(given) : source_dir() / "contracts" / "out";
}

BlockClock::BlockClock(const std::string& url) : rpc_(client(url)), thread_([this] { tick(); }) {}

BlockClock::~BlockClock() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BlockClock::run(std::int64_t block_ms) {
  std::lock_guard lock(mutex_);
  block_ms_ = block_ms;
  changed_.notify_all();
}

void BlockClock::hold() { run(0); }

void BlockClock::between_blocks(const std::function<void()>& call) {
  std::lock_guard lock(mutex_);
  call();
}

void BlockClock::tick() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (block_ms_ == 0) {
      changed_.wait(lock);
      continue;
    }
    changed_.wait_for(lock, std::chrono::milliseconds(block_ms_));
    if (stop_ || block_ms_ == 0) continue;
    // Under the lock, so that no block comes after hold(). A frozen chain misses its blocks.
    static_cast<void>(rpc_.call("anvil_mine", Json::array({"0x1"})));
  }
}

Scene::Scene(const SceneSettings& settings) {
  chain::DeployPlan plan;
  plan.artifacts = artifacts();
  plan.windows = settings.windows;
  plan.terms = {tokens(100'000), tokens(1'000), tokens(10'000)};
  plan.token_supply = tokens(1'000'000'000);
  plan.verifier_keys = settings.verifier_keys;
  plan.verifier_threshold = 2;
  chain::EthNode node = anvil_.node();
  deployment_ = must(chain::deploy(node, chain::dev_key(0), plan, dir_ / "deployment.json"));
  clock_ = std::make_unique<BlockClock>(anvil_.url());
}

void Scene::start_clock() {
  anvil_.set_mining(false);
  clock_->run(block_ms);
}

void Scene::reorg(std::uint64_t depth) {
  clock_->between_blocks([&] { anvil_.reorg(depth); });
}

ChainLink Scene::prover(const std::string& name, std::uint64_t stake_tokens, const std::string& rpc) {
  ChainLink link{rpc.empty() ? anvil_.url() : rpc, chain::address_text(deployment_.submission),
                 dir_ / (name + ".json"), dir_ / (name + ".pass")};
  const mode_t old = ::umask(077);
  std::ofstream(link.password_file) << "the passphrase of " << name << '\n';
  ::umask(old);
  const chain::SecretKey key = chain::SecretKey::generate();
  const auto passphrase = must(chain::load_passphrase(link.password_file));
  must(chain::save_keystore(must(chain::encrypt(key, passphrase, light)), link.keystore));
  chain::EthNode node = anvil_.node();
  must(chain::fund_prover(node, deployment_, chain::dev_key(0), key, tokens(stake_tokens), tokens(100)));
  return link;
}

std::uint64_t Scene::broadcast(chain::EthNode& node, const chain::Address& to, Bytes data,
                               std::uint64_t nonce, chain::TxHash& hash) {
  chain::Transaction tx;
  tx.chain_id = anvil_.chain_id();
  tx.nonce = nonce;
  tx.fees = {chain::U256(200'000'000'000), chain::U256(1'000'000'000)};
  tx.gas = open_gas;
  tx.to = to;
  tx.data = std::move(data);
  const chain::SignedTx signed_tx = chain::sign(tx, chain::dev_key(0));
  hash = signed_tx.hash;
  if (must(node.broadcast(signed_tx.raw)) != chain::Broadcast::accepted) give_up("the chain refuses an open");
  return nonce + 1;
}

std::vector<std::string> Scene::open(const std::vector<std::string>& lines) {
  chain::EthNode node = anvil_.node();
  const chain::Address requester = chain::dev_key(0).address();
  std::uint64_t nonce = must(node.pending_nonce(requester));
  chain::TxHash last;
  nonce = broadcast(node, deployment_.token,
                    chain::erc20::approve(deployment_.submission, tokens(reward_tokens * lines.size())),
                    nonce, last);
  std::vector<std::string> out;
  for (const std::string& line : lines) {
    const auto arguments = arguments_of(line, deployment_.verifier);
    nonce = broadcast(node, deployment_.submission, chain::two_step::open(arguments), nonce, last);
    out.push_back(with_sequence_id(line, deployment_.verifier));
  }
  std::optional<chain::NodeReceipt> receipt;
  if (!eventually(mined_ms, [&] { return (receipt = must(node.receipt(last))).has_value(); }) ||
      !receipt->succeeded) {
    give_up("the sequences are not opened");
  }
  return out;
}

void Scene::open_as(const std::string& line, const chain::U256& reward, const chain::Address& verifier) {
  auto arguments = arguments_of(line, verifier);
  arguments.reward = reward;
  chain::EthNode node = anvil_.node();
  must(chain::open_sequence(node, deployment_, chain::dev_key(0), arguments));
}

std::string with_sequence_id(const std::string& line, const chain::Address& verifier) {
  const auto arguments = arguments_of(line, verifier);
  Json json = Json::parse(line);
  json["sequence_id"] =
      "0x" + hex(chain::two_step::sequence_id(chain::dev_key(0).address(), arguments.start_height,
                                              arguments.end_height, arguments.claim, verifier));
  return json.dump();
}

std::vector<std::string> make_sequences(std::size_t count, const std::string& batches, std::uint64_t seed,
                                        std::uint64_t from) {
  const Output made =
      run({"node", source_dir() / "circuits/chain_step/make_sequences.mjs", "--sequences",
           std::to_string(count), "--batches", batches, "--seed", std::to_string(seed % 1'000'000'007),
           "--from", std::to_string(from), "--shuffle"});
  if (made.status != 0) give_up("make_sequences: " + made.err);
  std::vector<std::string> lines;
  std::istringstream in(made.out);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace cairn::test
