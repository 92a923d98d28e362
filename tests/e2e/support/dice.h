// Chance that can be repeated: CAIRN_E2E_SEED sets the seed, which every run prints.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

namespace cairn::test {

class Dice {
 public:
  Dice() {
    const char* given = std::getenv("CAIRN_E2E_SEED");
    seed_ = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    engine_.seed(seed_);
    std::printf("seed %llu (CAIRN_E2E_SEED repeats it)\n", static_cast<unsigned long long>(seed_));
  }

  std::uint64_t seed() const { return seed_; }
  /// low … high, both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  /// Requires !from.empty().
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(from.size()) - 1))];
  }
  template <class T>
  void shuffle(std::vector<T>& items) {
    std::shuffle(items.begin(), items.end(), engine_);
  }

 private:
  std::uint64_t seed_ = 0;
  std::mt19937_64 engine_;
};

/// Takes every item once per round, in an order of its own each round: nobody is spared.
template <class T>
class Rounds {
 public:
  Rounds(Dice& dice, std::vector<T> items) : dice_(dice), items_(std::move(items)) {}
  const T& next() {
    if (at_ == 0) dice_.shuffle(items_);
    const T& item = items_[at_];
    at_ = (at_ + 1) % items_.size();
    return item;
  }

 private:
  Dice& dice_;
  std::vector<T> items_;
  std::size_t at_ = 0;
};

}  // namespace cairn::test
