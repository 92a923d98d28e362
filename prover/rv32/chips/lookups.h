// How often each row of the lookup tables is looked up, counted while other tables are filled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cairn::rv32 {

/// One for each thread that fills; they are added up at the end. Requires numbers that the tables
/// have.
class Lookups {
 public:
  static constexpr std::size_t kHalves = std::size_t{1} << 16, kRegions = std::size_t{1} << 14;

  void half(std::uint32_t x) { ++halves_[x]; }
  void pair(std::uint32_t a, std::uint32_t b) { ++pairs_[a | b << 8]; }
  void both(std::uint32_t a, std::uint32_t b) { ++ands_[a | b << 8]; }
  void region(std::uint32_t upper, bool write) { ++(write ? writes_ : reads_)[upper]; }

  void add(const Lookups& other) {
    add(halves_, other.halves_);
    add(pairs_, other.pairs_);
    add(ands_, other.ands_);
    add(reads_, other.reads_);
    add(writes_, other.writes_);
  }

  /// Row x of halves; row a + 256 b of pairs and ands; row `upper` of reads and writes.
  const std::vector<std::uint32_t>& halves() const { return halves_; }
  const std::vector<std::uint32_t>& pairs() const { return pairs_; }
  const std::vector<std::uint32_t>& ands() const { return ands_; }
  const std::vector<std::uint32_t>& reads() const { return reads_; }
  const std::vector<std::uint32_t>& writes() const { return writes_; }

 private:
  using Counts = std::vector<std::uint32_t>;
  static void add(Counts& to, const Counts& from) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
  }

  Counts halves_ = Counts(kHalves), pairs_ = Counts(kHalves), ands_ = Counts(kHalves);
  Counts reads_ = Counts(kRegions), writes_ = Counts(kRegions);
};

}  // namespace cairn::rv32
