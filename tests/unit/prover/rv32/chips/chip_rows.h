// Single rows of the rv32 chips: what each says on the buses, whether the other tables have what it asks for,
// and what else it would say if a prover wrote something else into it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "prover/rv32/address_space.h"
#include "prover/rv32/chips/limbs.h"
#include "tests/unit/prover/chips/row_recorder.h"
#include "tests/unit/prover/rv32/instruction_cases.h"

namespace cairn::rv32::test {

using engine::Side;
using engine::test::RowRecorder;
using engine::test::Term;

inline constexpr std::uint32_t kPc = 0x0123'4560, kTime = 100'001, kOldRd = 0xdead'beef;
/// Bytes of the word that loads and stores find.
inline constexpr std::uint32_t kFound = 0x80fe'7f01;

/// The step that executes `in` on registers of these values: times, addresses and old values are of every
/// kind. `result` goes into rd, or into the word of memory, which was kFound.
inline Step step_of(const Instruction& in, std::uint32_t a, std::uint32_t b, std::uint32_t result) {
  Step step{kPc, kTime, in, {}, {}, {}, {}, kPc + 4};
  const OpRow& row = row_of(in.op);
  const bool load = row.family == Family::load_word || row.family == Family::load_narrow;
  step.rs1 = {4u * in.rs1, a, a, kTime - 1};
  if (row.format == Format::R || row.format == Format::S) step.rs2 = {4u * in.rs2, b, b, kTime - 50'000};
  if (load) step.memory = {(a + in.imm) & ~3u, kFound, kFound, kTime - 65'534};
  if (row.format == Format::S) {
    step.memory = {(a + in.imm) & ~3u, kFound, result, kTime - 3};
  } else {
    step.rd = {in.rd == 0 ? kDiscardAddress : 4u * in.rd, kOldRd, result, kTime - 9};
  }
  return step;
}

/// Whether each tuple that counts is in the table that it is looked up in, and on the memory bus could be an
/// access: words have addresses that are multiples of 4.
inline bool others_have(const RowRecorder& row) {
  for (const Term& term : row.terms) {
    if (term.multiplicity.is_zero()) continue;
    const auto& t = term.tuple;
    bool has = true;
    switch (term.bus) {
      case BusOf::half:
        has = t[0] < 1u << 16;
        break;
      case BusOf::byte_pair:
        has = t[0] < 256 && t[1] < 256;
        break;
      case BusOf::byte_and:
        has = t[0] < 256 && t[1] < 256 && t[2] == (t[0] & t[1]);
        break;
      case BusOf::region: {
        const Region region = t[0] < 1u << 16 ? region_of(t[0] << 16) : Region::none;
        has = t[1] == 1 ? is_writable(region) : t[1] == 0 && is_readable(region);
        break;
      }
      case BusOf::memory:
        has = t[0] % 4 == 0;
        break;
      default:
        break;
    }
    if (!has) return false;
  }
  return true;
}

/// Terms on the buses that are no tables of numbers, in an order of their own.
inline std::vector<Term> said(const RowRecorder& row) {
  std::vector<Term> out;
  for (const unsigned bus : {BusOf::execution, BusOf::program, BusOf::memory}) {
    for (Term& term : row.on(bus)) out.push_back(std::move(term));
  }
  std::sort(out.begin(), out.end(), [](const Term& x, const Term& y) {
    return std::tie(x.bus, x.side, x.tuple) < std::tie(y.bus, y.side, y.tuple);
  });
  return out;
}

/// What a row must say of its step.
inline std::vector<Term> meant(const Step& step) {
  RowRecorder out;
  const auto put = [&](unsigned bus, Side side, std::vector<std::uint32_t> tuple) {
    out.terms.push_back({bus, side, KoalaBear::one(), std::move(tuple)});
  };
  const auto access = [&](const WordAccess& of, std::uint32_t slot) {
    put(BusOf::memory, Side::received, {of.address, low_half(of.old), high_half(of.old), of.before});
    put(BusOf::memory, Side::sent, {of.address, low_half(of.word), high_half(of.word), step.time + slot});
  };
  const Instruction& in = step.instruction;
  const OpRow& row = row_of(in.op);
  const bool reads_two = row.format == Format::R || row.format == Format::S;
  const bool memory = row.family >= Family::load_word && row.family <= Family::store_narrow;
  put(BusOf::execution, Side::received, {step.pc, step.time, 0, 0, 0});
  put(BusOf::execution, Side::sent, {step.next_pc, step.time + 4, 0, 0, 0});
  put(BusOf::program, Side::sent,
      {step.pc, static_cast<std::uint32_t>(in.op), step.rd.address, step.rs1.address, step.rs2.address,
       row.format == Format::R ? 0 : low_half(in.imm), row.format == Format::R ? 0 : high_half(in.imm), 0,
       0});
  access(step.rs1, Slot::rs1);
  if (reads_two) access(step.rs2, Slot::rs2);
  if (memory) access(step.memory, Slot::memory);
  if (row.format != Format::S) access(step.rd, Slot::rd);
  return said(out);
}

template <class Chip>
using RowOf = typename Chip::template Columns<KoalaBear>;

template <class Chip>
RowOf<Chip> filled(const Step& step, Lookups& lookups) {
  RowOf<Chip> row;
  // What was there before does not matter.
  for (std::size_t i = 0; i < engine::chip_width<Chip>; ++i)
    engine::as_array<RowOf<Chip>, KoalaBear>(row)[i] = number(77);
  Chip::fill(row, step, lookups);
  return row;
}
template <class Chip>
RowOf<Chip> filled(const Step& step) {
  Lookups lookups;
  return filled<Chip>(step, lookups);
}

inline std::string describe(const Step& step) {
  return std::string(row_of(step.instruction.op).mnemonic) + " of " + std::to_string(step.rs1.word) + ", " +
         std::to_string(row_of(step.instruction.op).format == Format::R ? step.rs2.word
                                                                        : step.instruction.imm);
}

/// The row of `step` holds and says what it must.
template <class Chip>
void expect_row(const Step& step) {
  const RowRecorder row = engine::test::record<Chip>(filled<Chip>(step));
  ASSERT_TRUE(row.failed.empty()) << describe(step) << ": " << row.failed[0];
  ASSERT_TRUE(others_have(row)) << describe(step);
  ASSERT_EQ(said(row), meant(step)) << describe(step);
}

/// Whether a row with these columns would be accepted in the place of an honest one: same pc, time,
/// instruction, and words read; anything else may differ.
template <class Chip>
bool is_accepted(const RowOf<Chip>& row) {
  const RowRecorder recorded = engine::test::record<Chip>(row);
  return recorded.failed.empty() && others_have(recorded);
}

/// What a row is about: where it begins, its instruction, and what it takes off the memory bus.
inline std::vector<Term> asked(const RowRecorder& row) {
  std::vector<Term> out = said(row);
  std::erase_if(out, [](const Term& term) { return term.bus != BusOf::program && term.side == Side::sent; });
  return out;
}

/// No column of the row of `step` may be anything else without breaking a constraint, asking for what no
/// table has, or being about something else: no other answer is accepted.
template <class Chip>
void expect_determined(const Step& step) {
  const RowOf<Chip> honest = filled<Chip>(step);
  const auto before = asked(engine::test::record<Chip>(honest));
  for (std::size_t i = 0; i < engine::chip_width<Chip>; ++i) {
    const KoalaBear old = engine::as_array<const RowOf<Chip>, const KoalaBear>(honest)[i];
    for (const KoalaBear value : {old + KoalaBear::one(), old - KoalaBear::one(), KoalaBear::one() - old,
                                  -old, old + kTwoTo8, old - kTwoTo8, old + kTwoTo16, KoalaBear::zero(),
                                  number(255), old.halve(), old + kPerByte, number(0x3f800000)}) {
      if (value == old) continue;
      RowOf<Chip> changed = honest;
      engine::as_array<RowOf<Chip>, KoalaBear>(changed)[i] = value;
      const RowRecorder after = engine::test::record<Chip>(changed);
      EXPECT_FALSE(after.failed.empty() && others_have(after) && asked(after) == before)
          << describe(step) << ": column " << i << " may be " << value.canonical() << " instead of "
          << old.canonical();
    }
  }
}

/// Padding holds and counts nothing; and with any column set, what executes nothing counts nothing.
template <class Chip>
void expect_padding() {
  RowOf<Chip> row = {};
  if constexpr (requires { Chip::pad(row); }) Chip::pad(row);
  const auto counts = [](const RowRecorder& recorded) {
    return std::any_of(recorded.terms.begin(), recorded.terms.end(),
                       [](const Term& term) { return !term.multiplicity.is_zero(); });
  };
  const RowRecorder padding = engine::test::record<Chip>(row);
  EXPECT_TRUE(padding.failed.empty());
  EXPECT_FALSE(counts(padding));
  for (std::size_t i = 0; i < engine::chip_width<Chip>; ++i) {
    RowOf<Chip> changed = row;
    engine::as_array<RowOf<Chip>, KoalaBear>(changed)[i] = KoalaBear::one();
    const RowRecorder recorded = engine::test::record<Chip>(changed);
    if (recorded.failed.empty() && recorded.on(BusOf::execution).empty()) {
      EXPECT_FALSE(counts(recorded)) << "column " << i;
    }
  }
}

/// What fill() counts is what the rows look up.
template <class Chip>
void expect_counted(const std::vector<Step>& steps) {
  Lookups lookups;
  std::map<std::pair<unsigned, std::vector<std::uint32_t>>, std::uint32_t> asked;
  for (const Step& step : steps) {
    for (const Term& term : engine::test::record<Chip>(filled<Chip>(step, lookups)).terms) {
      if (!term.multiplicity.is_zero()) ++asked[{term.bus, term.tuple}];
    }
  }
  const auto count = [&](unsigned bus, std::vector<std::uint32_t> tuple) {
    const auto found = asked.find({bus, std::move(tuple)});
    return found == asked.end() ? 0u : found->second;
  };
  for (std::uint32_t i = 0; i < Lookups::kHalves; ++i) {
    const std::uint32_t a = i & 255, b = i >> 8;
    ASSERT_EQ(lookups.halves()[i], count(BusOf::half, {i})) << i;
    ASSERT_EQ(lookups.pairs()[i], count(BusOf::byte_pair, {a, b})) << a << " " << b;
    ASSERT_EQ(lookups.ands()[i], count(BusOf::byte_and, {a, b, a & b})) << a << " " << b;
  }
  for (std::uint32_t i = 0; i < Lookups::kRegions; ++i) {
    ASSERT_EQ(lookups.reads()[i], count(BusOf::region, {i, 0}));
    ASSERT_EQ(lookups.writes()[i], count(BusOf::region, {i, 1}));
  }
}

/// Pairs of words of every kind, and random ones.
inline std::vector<std::pair<std::uint32_t, std::uint32_t>> operands() {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> out;
  for (const std::uint32_t a : engine::test::edge_words) {
    for (const std::uint32_t b : engine::test::edge_words) out.emplace_back(a, b);
  }
  std::mt19937 random(20261125);
  const auto word = [&] { return static_cast<std::uint32_t>(random()); };
  for (int i = 0; i < 2000; ++i) {
    const std::uint32_t a = word() >> random() % 32, b = word() >> random() % 32;
    out.emplace_back(random() % 2 ? a : 0u - a, random() % 2 ? b : 0u - b);
  }
  return out;
}

/// Flags that are no bits are refused though their sum is the same: whatever is moved from one to another.
/// `flags_of` gives pointers to them.
template <class Chip, class FlagsOf>
void expect_bits(const Step& step, const FlagsOf& flags_of) {
  RowOf<Chip> row = filled<Chip>(step);
  const std::vector<KoalaBear*> flags = flags_of(row);
  const auto refused = [&row] { return !engine::test::record<Chip>(row).failed.empty(); };
  for (KoalaBear* const flag : flags) {
    const KoalaBear old = *flag;
    for (const KoalaBear value : {number(2), -KoalaBear::one(), KoalaBear::one().halve()}) {
      *flag = value;
      EXPECT_TRUE(refused()) << describe(step);
    }
    *flag = old;
  }
  for (KoalaBear* const one : flags) {
    for (KoalaBear* const other : flags) {
      if (one == other) continue;
      const KoalaBear old = *one, old_other = *other;
      *one = *other = KoalaBear::one();
      EXPECT_TRUE(refused()) << describe(step) << ": two at once";
      *one = old, *other = old_other;
    }
  }
  for (KoalaBear* const from : flags) {
    for (KoalaBear* const to : flags) {
      for (const KoalaBear moved :
           {KoalaBear::one(), number(2), number(3), KoalaBear::one().halve(), kPerByte}) {
        if (from == to) continue;
        *from -= moved;
        *to += moved;
        const bool bits =
            std::all_of(flags.begin(), flags.end(), [](const KoalaBear* x) { return x->canonical() < 2; });
        EXPECT_TRUE(bits || refused()) << describe(step);
        *from += moved;
        *to -= moved;
      }
    }
  }
}

/// Every combination of zeros and ones in some columns, with the honest ones elsewhere; the number that is
/// accepted.
template <class Chip>
std::size_t accepted_bits(RowOf<Chip>& row, const std::vector<KoalaBear*>& bits) {
  std::size_t accepted = 0;
  for (std::uint32_t setting = 0; setting < 1u << bits.size(); ++setting) {
    for (std::size_t i = 0; i < bits.size(); ++i) *bits[i] = number(setting >> i & 1);
    accepted += is_accepted<Chip>(row);
  }
  return accepted;
}

}  // namespace cairn::rv32::test
