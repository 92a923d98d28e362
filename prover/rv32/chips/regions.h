// Which upper halves an address may have that is read or written. Row u is about the addresses from 2^16 u
// on, below 2^30; address_space.h has the regions.
//
//   program:  bits 12 and 13 of u are 0, and its lower 12 bits neither 0 nor 4095 (the guards):
//             program = low (low - 4095) inverse
//   ram:      one of the bits 12 and 13 is 1
//   journal:  both are, and bits 4 to 11 are 0
//   input:    both are, and bit 11 is
//
// Each flag can only be other than 0 where its region is, so a row outside all regions provides nothing.
#pragma once

#include "prover/rv32/address_space.h"
#include "prover/rv32/chips/row.h"

namespace cairn::rv32 {

struct RegionsChip {
  static constexpr std::string_view name = "regions";
  static constexpr unsigned log_height_min = 14, log_height_max = 14;
  static constexpr bool optional = false;
  static constexpr std::array structured = {
      engine::Structured::row_bits(0, 14), engine::Structured::row_bits(0, 12),
      engine::Structured::row_bits(12, 1), engine::Structured::row_bits(13, 1),
      engine::Structured::row_bits(11, 1), engine::Structured::row_bits(4, 8)};

  template <class T>
  struct Columns {
    T reads, writes;  // how often looked up
    T program, ram, journal, input;
    T inverse;
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const T upper = b.structured(0), low = b.structured(1), bit_12 = b.structured(2),
            bit_13 = b.structured(3);
    const T bit_11 = b.structured(4), bits_4_to_11 = b.structured(5);
    const T one = b.constant(1), bits = bit_12 + bit_13;
    b.assert_zero(row.inverse * bits, "program lies lowest");
    b.assert_equal(row.program, low * (low - number(4095)) * row.inverse, "guards around the program");
    b.assert_zero(row.ram * (bits - one), "ram");
    b.assert_zero(row.journal * (bits_4_to_11 - bits + number(2)), "journal");
    b.assert_zero(row.input * (bit_11 + bits - number(3)), "input");
    const T writable = row.ram + row.journal;
    b.assert_zero(row.reads * (one - row.program - row.input - writable), "readable");
    b.assert_zero(row.writes * (one - writable), "writable");
    b.provide(BusOf::region, row.reads, {upper, b.constant(0)});
    b.provide(BusOf::region, row.writes, {upper, one});
  }

  static void fill(Columns<KoalaBear>& row, std::size_t upper, const Lookups& lookups) {
    const Region region = region_of(static_cast<std::uint32_t>(upper) << 16);
    const auto flag = [region](Region which) { return number(region == which ? 1u : 0u); };
    row = {number(lookups.reads()[upper]),
           number(lookups.writes()[upper]),
           flag(Region::program),
           flag(Region::ram),
           flag(Region::journal),
           flag(Region::input),
           KoalaBear::zero()};
    if (region != Region::program) return;
    const KoalaBear low = number(static_cast<std::uint32_t>(upper) & 4095);
    row.inverse = (low * (low - number(4095))).inverse();
  }
};

}  // namespace cairn::rv32
