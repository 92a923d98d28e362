// The host's side of the guest rollup: a state tree, wallets, and batches with the inputs that the guest
// takes and the journals that it must write. Layouts are those of rollup.c.
#pragma once

#include <vector>

#include "common/digest.h"

namespace cairn::guests {

struct Transfer {
  std::uint32_t from = 0, to = 0;
  std::uint64_t amount = 0;
};

struct RollupBatch {
  Bytes input;
  Bytes journal;  ///< Old root, new root, digest of the transfers: 32 bytes each.
};

/// 2^depth accounts whose secrets all come from `seed`; for tests and demonstrations only.
class RollupState {
 public:
  /// Requires depth <= 16 (asserted). Every account has `balance`.
  RollupState(unsigned depth, std::uint64_t seed, std::uint64_t balance);

  Digest32 root() const { return nodes_[1]; }
  std::uint64_t balance(std::uint32_t account) const { return accounts_[account].balance; }
  /// Signs and applies the transfers in order. Requires accounts that exist, and amounts that they have
  /// (asserted).
  RollupBatch apply(const std::vector<Transfer>& transfers);

 private:
  struct Account {
    std::uint64_t balance = 0;
    std::uint32_t nonce = 0;
    Digest32 key{};
  };

  Bytes bytes_of(const Account& account) const;
  std::vector<Digest32> secret(std::uint32_t account, std::uint32_t nonce) const;
  Digest32 key(std::uint32_t account, std::uint32_t nonce) const;
  void update(std::uint32_t account);
  /// The account and its siblings, lowest first.
  Bytes witness(std::uint32_t account) const;

  unsigned depth_;
  std::uint64_t seed_;
  std::vector<Account> accounts_;
  std::vector<Digest32> nodes_;  // nodes_[1] is the root, those below i are 2 i and 2 i + 1
};

}  // namespace cairn::guests
