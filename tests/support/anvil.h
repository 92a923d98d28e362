// A real EVM chain for tests: one anvil process on a port of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "chain/eth_node.h"
#include "tests/support/process.h"

namespace cairn::test {

enum class Mining : std::uint8_t {
  instant,  ///< every transaction gets a block at once
  manual,   ///< only mine() makes blocks
  interval  ///< a block every `block_time_s`
};

struct AnvilOptions {
  Mining mining = Mining::instant;
  unsigned block_time_s = 1;
  std::uint64_t chain_id = 31337;
  /// Keep the chain over stop() and start().
  bool keep_state = false;
};

/// Accounts dev_key(0 … 9) are funded with 10,000 ether. Failures of anvil itself abort the test.
class Anvil {
 public:
  explicit Anvil(const AnvilOptions& options = {});
  ~Anvil();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::uint16_t port() const { return port_; }
  std::uint64_t chain_id() const { return options_.chain_id; }
  /// A client of its own for the caller's thread.
  chain::EthNode node() const;

  /// Mines, and waits until anvil knows the fees of its newest block: it adds them behind the chain.
  void mine(std::uint64_t blocks = 1);
  /// Replaces the last `depth` blocks by empty ones. Their transactions are gone: anvil does not
  /// put them back into its pool.
  void reorg(std::uint64_t depth);
  /// Forgets a pending transaction.
  void drop(const chain::TxHash& hash);
  void set_mining(bool instant);
  /// Base fee of the next block, wei.
  void set_next_base_fee(std::uint64_t wei);
  /// Makes the next `blocks` blocks full: account dev_key(8) burns all gas of each for more than anybody
  /// else offers, and what waits goes on waiting. (What offers less than the base fee, anvil forgets.)
  void fill(std::uint64_t blocks);
  bool in_pool(const chain::TxHash& hash);
  /// Any method; aborts when anvil refuses it.
  Json ask(const std::string& method, const Json& params);

  void pause();   ///< SIGSTOP: connections are accepted, nothing is answered.
  void resume();  ///< SIGCONT
  /// Ends the process; start() brings it back on the same port, with its blocks if keep_state.
  void stop();
  void start();

 private:
  void wait_for_fees();

  TempDir dir_;
  AnvilOptions options_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Child> process_;
  std::optional<chain::RpcClient> control_;
};

}  // namespace cairn::test
