// Loads and stores: every width at every offset, alignment, wrapping addresses, ends of regions.
#include <random>

#include "prover/rv32/chips/load_narrow.h"
#include "prover/rv32/chips/load_word.h"
#include "prover/rv32/chips/store_narrow.h"
#include "prover/rv32/chips/store_word.h"
#include "tests/unit/prover/rv32/chips/chip_rows.h"

namespace cairn::rv32 {
namespace {

using namespace test;

constexpr std::uint32_t kRam = 0x1000'0000;

std::uint32_t width_of(Op op) {
  return op == Op::lw || op == Op::sw ? 4 : op == Op::lh || op == Op::lhu || op == Op::sh ? 2 : 1;
}
bool is_store(Op op) { return row_of(op).format == Format::S; }

/// `value` is stored into kFound, or loaded from it.
Step access(Op op, std::uint32_t base, std::uint32_t offset, std::uint32_t value = 0xa1b2'c3d4) {
  const std::uint32_t shift = 8 * ((base + offset) & 3), bytes = width_of(op);
  const std::uint32_t mask = bytes == 4 ? ~0u : (1u << (8 * bytes)) - 1;
  const Instruction in{op, static_cast<std::uint8_t>(is_store(op) ? 0 : 9), 31,
                       static_cast<std::uint8_t>(is_store(op) ? 8 : 0), offset};
  if (is_store(op)) return step_of(in, base, value, (kFound & ~(mask << shift)) | (value & mask) << shift);
  std::uint32_t loaded = kFound >> shift & mask;
  if ((op == Op::lb || op == Op::lh) && loaded > mask / 2) loaded |= ~mask;
  return step_of(in, base, 0, loaded);
}

template <class Look>
void with_chip(Op op, Look&& look) {
  switch (row_of(op).family) {
    case Family::load_word:
      return look.template operator()<LoadWordChip>();
    case Family::load_narrow:
      return look.template operator()<LoadNarrowChip>();
    case Family::store_word:
      return look.template operator()<StoreWordChip>();
    default:
      return look.template operator()<StoreNarrowChip>();
  }
}

constexpr Op kAll[] = {Op::lb, Op::lbu, Op::lh, Op::lhu, Op::lw, Op::sb, Op::sh, Op::sw};

/// Aligned and allowed.
std::vector<Step> steps(Op op) {
  struct At {
    std::uint32_t base, offset;
  };
  // The second and third wrap around in the lower half, the fourth around the address space.
  std::vector<Step> out;
  for (const At at : {At{kRam, 0}, At{kRam + 0xfff0, 0x10}, At{kRam + 0x1'0000, minus(8)},
                      At{0xffff'fff0, 0x1000'0010}, At{kRam + 2048, minus(2048)}, At{kRam + 4, 2044}}) {
    for (std::uint32_t inside = 0; inside < 4; inside += width_of(op)) {
      for (const std::uint32_t value : {0xa1b2'c3d4u, 0u, ~0u, 0x0000'ff80u})
        out.push_back(access(op, at.base, at.offset + inside, value));
      out.push_back(access(op, at.base + inside, at.offset));
    }
  }
  return out;
}

TEST(MemoryAccess, OfEveryWidthAtEveryOffset) {
  EXPECT_EQ(access(Op::lb, kRam, 3).rd.word, 0xffff'ff80u);
  EXPECT_EQ(access(Op::lh, kRam, 2).rd.word, 0xffff'80feu);
  EXPECT_EQ(access(Op::lhu, kRam, 0).rd.word, 0x7f01u);
  EXPECT_EQ(access(Op::sb, kRam, 1).memory.word, 0x80fe'd401u);
  EXPECT_EQ(access(Op::sh, kRam, 2).memory.word, 0xc3d4'7f01u);
  for (const Op op : kAll) {
    for (const Step& step : steps(op)) {
      with_chip(op, [&]<class Chip>() { expect_row<Chip>(step); });
    }
  }
}

TEST(MemoryAccess, EveryColumnIsDetermined) {
  for (const Op op : kAll) {
    for (const Step& step : steps(op)) {
      with_chip(op, [&]<class Chip>() { expect_determined<Chip>(step); });
    }
  }
}

// The row of a misaligned access can be filled, but no honest row of another table meets it; nor one with
// other bits.
TEST(MemoryAccess, MisalignedIsRefused) {
  for (const Op op : kAll) {
    for (std::uint32_t inside = 0; inside < 4; ++inside) {
      if (inside % width_of(op) == 0) continue;
      const Step step = access(op, kRam, inside);
      Lookups lookups;
      with_chip(op, [&]<class Chip>() {
        auto row = filled<Chip>(step);
        EXPECT_FALSE(is_accepted<Chip>(row)) << describe(step);
        std::vector<KoalaBear*> bits = {&row.address.carry[0], &row.address.carry[1]};
        if constexpr (requires { row.odd; }) {
          bits.push_back(&row.odd);
          bits.push_back(&row.upper);
        }
        EXPECT_EQ(accepted_bits<Chip>(row, bits), 0u) << describe(step);
      });
    }
  }
}

// Bits of the address and carries are what they are.
TEST(MemoryAccess, NoOtherBitsAreAccepted) {
  for (const Op op : kAll) {
    for (const Step& step : steps(op)) {
      with_chip(op, [&]<class Chip>() {
        auto row = filled<Chip>(step);
        std::vector<KoalaBear*> bits = {&row.address.carry[0], &row.address.carry[1]};
        if constexpr (requires { row.odd; }) {
          bits.push_back(&row.odd);
          bits.push_back(&row.upper);
        }
        if constexpr (requires { row.sign; }) bits.push_back(&row.sign);
        const std::size_t accepted = accepted_bits<Chip>(row, bits);
        // Of sb and sh, other bits say that another byte is written, with a change that does not fit them.
        EXPECT_EQ(accepted, 1u) << describe(step);
      });
    }
  }
}

// Where all bytes are the same, nothing but their being bits ties the place inside the word to what is
// loaded.
TEST(MemoryAccess, ThePlaceInsideAWordIsMadeOfBits) {
  for (const Op op : {Op::lb, Op::lbu, Op::lh, Op::lhu, Op::sb, Op::sh}) {
    for (std::uint32_t inside = 0; inside < 4; inside += width_of(op)) {
      with_chip(op, [&]<class Chip>() {
        if constexpr (requires(RowOf<Chip> row) { row.odd; }) {
          Step step = access(op, kRam + 64, inside, 0x2a2a'2a2a);
          step.memory.old = step.memory.word = 0x2a2a'2a2a;
          auto row = filled<Chip>(step);
          ASSERT_TRUE(is_accepted<Chip>(row));
          for (int odd = -8; odd <= 8; ++odd) {
            for (int upper = -8; upper <= 8; ++upper) {
              row.odd = KoalaBear::from(odd);
              row.upper = KoalaBear::from(upper);
              const bool meant = odd == static_cast<int>(inside % 2) && upper == static_cast<int>(inside / 2);
              EXPECT_EQ(is_accepted<Chip>(row), meant) << describe(step) << ": " << odd << " " << upper;
            }
          }
        }
      });
    }
  }
}

TEST(MemoryAccess, OnlyWhereTheRegionAllowsIt) {
  struct Place {
    std::uint32_t address;
    bool may_read, may_write;
  };
  const Place places[] = {
      {0, false, false},           {128, false, false},         {0xfffc, false, false},
      {0x1'0000, true, false},     {0x0ffe'fffc, true, false},  {0x0fff'0000, false, false},
      {0x0fff'fffc, false, false}, {0x1000'0000, true, true},   {0x2fff'fffc, true, true},
      {0x3000'0000, true, true},   {0x300f'fffc, true, true},   {0x3010'0000, false, false},
      {0x37ff'fffc, false, false}, {0x3800'0000, true, false},  {0x3fff'fffc, true, false},
      {0x4000'0000, false, false}, {0x5000'0000, false, false}, {0x7fff'fffc, false, false},
      {0x8000'0000, false, false}, {0x9000'0000, false, false}, {0xffff'fffc, false, false},
  };
  for (const Place& place : places) {
    for (const Op op : kAll) {
      for (const std::uint32_t offset : {0u, 4u, minus(4)}) {
        if (!place.may_read && high_half(place.address) >= Lookups::kRegions) continue;  // below
        const Step step = access(op, place.address - offset, offset);
        with_chip(op, [&]<class Chip>() {
          EXPECT_EQ(is_accepted<Chip>(filled<Chip>(step)), is_store(op) ? place.may_write : place.may_read)
              << describe(step) << " at " << place.address;
        });
      }
    }
  }
}

// An upper half that the region table has no row for, with any carries.
TEST(MemoryAccess, AboveTheAddressSpaceIsRefused) {
  for (const std::uint32_t address :
       {0x4000'0000u, 0x5000'0000u, 0x7fff'fffcu, 0x8000'0000u, 0x9000'0000u, 0xffff'fffcu}) {
    for (const Op op : kAll) {
      with_chip(op, [&]<class Chip>() {
        auto row = filled<Chip>(access(op, kRam, 0));
        put(row.rs1.word, address);
        EXPECT_EQ(accepted_bits<Chip>(row, {&row.address.carry[0], &row.address.carry[1]}), 0u) << address;
      });
    }
  }
}

// A lower half beyond 2^16 would be an address of the next 2^16 bytes, allowed by the region before them.
TEST(MemoryAccess, ALowerHalfThatIsNotReducedIsRefused) {
  for (const Op op : kAll) {
    with_chip(op, [&]<class Chip>() {
      auto row = filled<Chip>(access(op, 0x300f'fff0, 0xc));
      put(row.address.offset, 0x10);  // 0x30100000, in no region
      EXPECT_FALSE(is_accepted<Chip>(row));
      row.address.carry[0] = KoalaBear::one();
      EXPECT_FALSE(is_accepted<Chip>(row));
    });
  }
}

// With carries that are fractions, any address would be the sum.
TEST(MemoryAccess, CarriesAreBits) {
  for (const Op op : kAll) {
    with_chip(op, [&]<class Chip>() {
      auto row = filled<Chip>(access(op, kRam, 4));
      constexpr KoalaBear per_half = kTwoTo16.inverse();
      for (const std::uint32_t other : {kRam, kRam + 8, 0x2000'0004u, 0x1234'5678u}) {
        auto& [offset, carry] = row.address;
        const Word<KoalaBear>& base = row.rs1.word;
        carry[0] = (base.lo + offset.lo - number(low_half(other))) * per_half;
        carry[1] = (base.hi + offset.hi + carry[0] - number(high_half(other))) * per_half;
        EXPECT_FALSE(is_accepted<Chip>(row)) << other;
        carry[0] = KoalaBear::zero();
        carry[1] = (base.hi + offset.hi - number(high_half(other))) * per_half;
        EXPECT_EQ(is_accepted<Chip>(row), high_half(other) == high_half(kRam)) << other;
      }
    });
  }
}

// 2^16 * 32512 is -1 mod p: with that as a carry, an address that is neither aligned nor allowed would be one
// of RAM.
TEST(MemoryAccess, ACarryThatWrapsAroundIsRefused) {
  for (const Op op : kAll) {
    with_chip(op, [&]<class Chip>() {
      auto row = filled<Chip>(access(op, kRam + 4, 0));
      ASSERT_TRUE(is_accepted<Chip>(row));
      put(row.rs1.word, 0x9100'0003);
      row.address.carry[0] = number(32512);
      row.address.carry[1] = KoalaBear::one();
      EXPECT_FALSE(is_accepted<Chip>(row)) << row_of(op).mnemonic;
    });
  }
}

// sh to an odd address, with the change that its formula asks for.
TEST(MemoryAccess, AHalfIsStoredAtAnEvenAddress) {
  auto row = filled<StoreNarrowChip>(access(Op::sh, kRam, 0));
  put(row.address.offset, 1);
  row.odd = KoalaBear::one();
  const KoalaBear half = row.old.lo, n0 = row.rs2.word.lo - row.new_byte * kTwoTo8,
                  h0 = half - row.old_byte * kTwoTo8;
  row.change = (row.rs2.word.lo - half) - (n0 - h0) + kTwoTo8 * (n0 - row.old_byte);
  const RowRecorder recorded = engine::test::record<StoreNarrowChip>(row);
  EXPECT_EQ(recorded.failed, std::vector<std::string>{"a half is aligned"});
}

TEST(MemoryAccess, FlagsAreBits) {
  const auto flags = [](auto& row) { return std::vector{&row.is_byte, &row.is_half}; };
  for (const Op op : {Op::lb, Op::lhu}) {
    expect_bits<LoadNarrowChip>(access(op, kRam, 2), flags);
    expect_bits<LoadNarrowChip>(access(op, kRam, 2), [](auto& row) { return std::vector{&row.is_signed}; });
  }
  const auto real = [](auto& row) { return std::vector{&row.real}; };
  expect_bits<LoadWordChip>(access(Op::lw, kRam, 0), real);
  expect_bits<StoreWordChip>(access(Op::sw, kRam, 0), real);
  for (const Op op : {Op::sb, Op::sh}) expect_bits<StoreNarrowChip>(access(op, kRam, 2), flags);
}

TEST(MemoryAccess, PaddingHoldsAndCountsNothing) {
  for (const Op op : kAll) {
    with_chip(op, [&]<class Chip>() { expect_padding<Chip>(); });
  }
}

TEST(MemoryAccess, CountsWhatItLooksUp) {
  for (const Op op : kAll) {
    with_chip(op, [&]<class Chip>() { expect_counted<Chip>(steps(op)); });
  }
}

}  // namespace
}  // namespace cairn::rv32
