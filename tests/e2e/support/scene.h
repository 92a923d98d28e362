// The world around a pool: a real chain that outlives it, the contracts on it, provers with keys and
// stake, and a requester who opens sequences.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "chain/deploy.h"
#include "tests/support/anvil.h"
#include "tests/support/process.h"

namespace cairn::test {

/// Base units of `count` tokens.
chain::U256 tokens(std::uint64_t count);
/// What forge built: CAIRN_CHAIN_DEV_ARTIFACTS, or contracts/out.
std::filesystem::path artifacts();

/// How a pool reaches its chain, as its configuration says it.
struct ChainLink {
  std::string rpc;
  std::string contract;
  std::string keystore;
  std::string password_file;
};

/// Makes a block every so often, on a thread of its own.
class BlockClock {
 public:
  explicit BlockClock(const std::string& url);
  ~BlockClock();
  void run(std::int64_t block_ms);
  void hold();
  /// Calls it while no block is made: anvil replaces blocks, and prepares the next one, only at rest.
  void between_blocks(const std::function<void()>& call);

 private:
  void tick();

  chain::RpcClient rpc_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t block_ms_ = 0;  // 0: held
  bool stop_ = false;
  std::thread thread_;
};

struct SceneSettings {
  /// A short commit window ends a run soon; a long reveal window, of 5 minutes, forgives every outage of a
  /// scenario and a machine that is busy with others.
  chain::Windows windows{
      .commit_blocks = 12, .reveal_blocks = 1'200, .settlement_blocks = 1'200, .withdrawal_blocks = 3'000};
  /// Of an AttestedVerifier that wants two of them; none without keys.
  std::vector<chain::Address> verifier_keys = {};
};

/// Until start_clock() each transaction gets a block at once.
class Scene {
 public:
  static constexpr std::int64_t block_ms = 250;
  static constexpr std::uint64_t reward_tokens = 3;

  explicit Scene(const SceneSettings& settings = {});

  Anvil& anvil() { return anvil_; }
  BlockClock& clock() { return *clock_; }
  const chain::Deployment& deployment() const { return deployment_; }
  void start_clock();
  /// Replaces the last `depth` blocks by empty ones, their transactions gone, while the clock runs.
  void reorg(std::uint64_t depth);

  /// A prover with a new key, so much stake, and gas. Its link leads to `rpc`, or straight to the chain.
  ChainLink prover(const std::string& name, std::uint64_t stake_tokens, const std::string& rpc = {});
  /// Opens a sequence for each line and returns the lines with their sequence_id. The lines themselves
  /// are attached on chain, where pools that follow the contract find them.
  std::vector<std::string> open(const std::vector<std::string>& lines);
  /// The same for one line, with another reward or verifier than usual.
  void open_as(const std::string& line, const chain::U256& reward, const chain::Address& verifier);

 private:
  std::uint64_t broadcast(chain::EthNode& node, const chain::Address& to, Bytes data, std::uint64_t nonce,
                          chain::TxHash& hash);

  TempDir dir_;
  Anvil anvil_;
  chain::Deployment deployment_;
  std::unique_ptr<BlockClock> clock_;
};

/// The line with the id of the sequence that dev account 0 opens for it.
std::string with_sequence_id(const std::string& line, const chain::Address& verifier);

/// Lines of circuits/chain_step/make_sequences.mjs: real work with real claims, in shuffled order.
/// @param batches sizes taken in turn, such as "1,3"  @param from lowest height
std::vector<std::string> make_sequences(std::size_t count, const std::string& batches, std::uint64_t seed,
                                        std::uint64_t from = 1);

}  // namespace cairn::test
