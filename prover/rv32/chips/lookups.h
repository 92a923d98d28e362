// How often each row of the lookup tables is looked up, counted while other tables are filled.
#pragma once

#include <cstdint>
#include <vector>

namespace cairn::rv32 {

/// One for each thread that fills; they are added up at the end. Requires numbers that the tables
/// have.
class Lookups {
 public:
  static constexpr std::size_t kHalves = std::size_t{1} << 16, kRegions = std::size_t{1} << 14;

  /// `clock_rows`: height of the clock table.
  explicit Lookups(std::size_t clock_rows)
      : halves_(kHalves),
        pairs_(kHalves),
        ands_(kHalves),
        clock_(clock_rows),
        reads_(kRegions),
        writes_(kRegions) {}

  void half(std::uint32_t x) { ++halves_[x]; }
  void pair(std::uint32_t a, std::uint32_t b) { ++pairs_[a | b << 8]; }
  void both(std::uint32_t a, std::uint32_t b) { ++ands_[a | b << 8]; }
  void clock(std::uint32_t x) { ++clock_[x]; }
  void region(std::uint32_t upper, bool write) { ++(write ? writes_ : reads_)[upper]; }

  void add(const Lookups& other) {
    add(halves_, other.halves_);
    add(pairs_, other.pairs_);
    add(ands_, other.ands_);
    add(clock_, other.clock_);
    add(reads_, other.reads_);
    add(writes_, other.writes_);
  }

  /// Row x of halves; row a + 256 b of pairs and ands; row x of the clock; row `upper` of reads and
  /// writes.
  const std::vector<std::uint32_t>& halves() const { return halves_; }
  const std::vector<std::uint32_t>& pairs() const { return pairs_; }
  const std::vector<std::uint32_t>& ands() const { return ands_; }
  const std::vector<std::uint32_t>& clock() const { return clock_; }
  const std::vector<std::uint32_t>& reads() const { return reads_; }
  const std::vector<std::uint32_t>& writes() const { return writes_; }

 private:
  static void add(std::vector<std::uint32_t>& to, const std::vector<std::uint32_t>& from) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
  }

  std::vector<std::uint32_t> halves_, pairs_, ands_, clock_, reads_, writes_;
};

}  // namespace cairn::rv32
