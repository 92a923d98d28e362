// Memory checked off line (Blum et al. 1991): a value that is read is the one written last.
//
// Memory has a row per access, Boundary a row per address. Each access takes the tuple {address, value, time}
// of its address off the memory bus and puts back one with its own time, which is later. Boundary puts on
// {address, initial value, 0} and takes off {address, final value, final time}: the number of its row is the
// address, so that each address begins and ends once. Tuples balance only when each access takes what the
// access before it has put back: times rise strictly along the chain of an address, and there is one chain.
//
// Times cannot wrap around: the one who asks gives them, below 2^24, and
//   time - previous_time - 1 = g_0 + 256 g_1 + 65536 g_2, with bytes g, is in [0, 2^24).
// previous_time is one of the times on the bus, since no other can be taken off.
//
// Initial values are bytes by lookup; what is written is bytes because the one who asks knows it; so every
// value on the bus is.
#pragma once

#include "prover/chips/byte_pairs.h"

namespace cairn::engine {

struct Memory {
  static constexpr std::string_view name = "memory";
  static constexpr unsigned log_height_min = 4, log_height_max = 22;
  static constexpr bool optional = true;
  static constexpr std::array<Structured, 0> structured{};

  template <class T>
  struct Columns {
    T real, write;
    T time, address;
    T value[4];
    T previous[4];
    T previous_time;
    T gap[3];
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& builder, const Columns<T>& row) {
    const auto real = builder.flag(row.real, "real");
    builder.assert_bool(row.write, "write");
    for (unsigned i = 0; i < 4; ++i) {
      builder.assert_zero((builder.constant(1) - row.write) * (row.value[i] - row.previous[i]),
                          "a read changes nothing");
    }
    const T gap = row.gap[0] + row.gap[1] * number(256) + row.gap[2] * number(65536);
    // In padding both times are 0 and the gap is -1: not made of bytes, and not looked up.
    builder.assert_equal(row.time - row.previous_time - number(1), gap, "time rises");
    builder.lookup(WordBus::byte_pair, real, {row.gap[0], row.gap[1]});
    builder.lookup(WordBus::byte_pair, real, {row.gap[2], builder.constant(0)});
    builder.receive(
        WordBus::access, real,
        {row.time, row.address, row.value[0], row.value[1], row.value[2], row.value[3], row.write});
    builder.receive(
        WordBus::memory, real,
        {row.address, row.previous[0], row.previous[1], row.previous[2], row.previous[3], row.previous_time});
    builder.send(WordBus::memory, real,
                 {row.address, row.value[0], row.value[1], row.value[2], row.value[3], row.time});
  }

  /// The row of padding.
  static void pad(Columns<KoalaBear>& row) {
    row = {};
    row.gap[0] = -KoalaBear::one();
  }
};

struct Boundary {
  static constexpr std::string_view name = "boundary";
  static constexpr unsigned log_height_min = 4, log_height_max = 22;
  static constexpr bool optional = false;
  static constexpr bool has_padding = false;
  static constexpr std::array structured = {Structured::row(), Structured::first_row()};

  template <class T>
  struct Columns {
    T initial[4];
    T final[4];
    T final_time;
  };

  /// Public values 0 to 3 are the bytes of the final value of address 0.
  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& builder, const Columns<T>& row) {
    const T address = builder.structured(0), is_result = builder.structured(1);
    for (unsigned i = 0; i < 4; ++i) {
      builder.assert_zero(is_result * (row.final[i] - builder.public_value(i)), "result");
    }
    const auto always = builder.always();
    builder.lookup(WordBus::byte_pair, always, {row.initial[0], row.initial[1]});
    builder.lookup(WordBus::byte_pair, always, {row.initial[2], row.initial[3]});
    builder.send(
        WordBus::memory, always,
        {address, row.initial[0], row.initial[1], row.initial[2], row.initial[3], builder.constant(0)});
    builder.receive(WordBus::memory, always,
                    {address, row.final[0], row.final[1], row.final[2], row.final[3], row.final_time});
  }
};

/// A memory that records what the tables need. Values and times as the tables see them.
class MemoryTrace {
 public:
  /// `initial` has one word per address. Requires a power of two of at least 16 words.
  explicit MemoryTrace(std::vector<std::uint32_t> initial) : initial_(std::move(initial)) {
    for (std::uint32_t value : initial_) cells_.push_back({value, 0});
  }

  std::uint32_t read(std::uint32_t time, std::uint32_t address) {
    const std::uint32_t value = cells_[address].value;
    access(time, address, value, false);
    return value;
  }
  void write(std::uint32_t time, std::uint32_t address, std::uint32_t value) {
    access(time, address, value, true);
  }

  std::uint32_t value(std::uint32_t address) const { return cells_[address].value; }
  std::size_t accesses() const { return accesses_.size(); }
  std::size_t addresses() const { return cells_.size(); }

  void fill(Memory::Columns<KoalaBear>& row, std::size_t number, ByteLookups& lookups) const {
    const Access& access = accesses_[number];
    row = {};
    row.real = KoalaBear::one();
    row.write = KoalaBear::from(access.write ? 1u : 0u);
    row.time = KoalaBear::from(access.time);
    row.address = KoalaBear::from(access.address);
    put_word(row.value, access.value);
    put_word(row.previous, access.before.value);
    row.previous_time = KoalaBear::from(access.before.time);
    const std::uint32_t gap = access.time - access.before.time - 1;
    for (unsigned i = 0; i < 3; ++i) row.gap[i] = KoalaBear::from(byte_of(gap, i));
    lookups.pair(byte_of(gap, 0), byte_of(gap, 1));
    lookups.pair(byte_of(gap, 2), 0);
  }

  void fill(Boundary::Columns<KoalaBear>& row, std::size_t address, ByteLookups& lookups) const {
    const std::uint32_t initial = initial_[address];
    put_word(row.initial, initial);
    put_word(row.final, cells_[address].value);
    row.final_time = KoalaBear::from(cells_[address].time);
    lookups.pair(byte_of(initial, 0), byte_of(initial, 1));
    lookups.pair(byte_of(initial, 2), byte_of(initial, 3));
  }

 private:
  struct Cell {
    std::uint32_t value, time;
  };
  struct Access {
    std::uint32_t time, address, value;
    bool write;
    Cell before;
  };

  /// Requires a time later than all before.
  void access(std::uint32_t time, std::uint32_t address, std::uint32_t value, bool write) {
    accesses_.push_back({time, address, value, write, cells_[address]});
    cells_[address] = {value, time};
  }

  std::vector<std::uint32_t> initial_;
  std::vector<Cell> cells_;
  std::vector<Access> accesses_;
};

}  // namespace cairn::engine
