// Rows that a prover makes up by changing several columns at once, so that what one constraint would notice
// is made up for in another: none is accepted in the place of an honest row. And flags that are no bits are
// refused, whatever the others are.
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/prover/rv32/rig.h"

namespace cairn::rv32 {
namespace {

using engine::Side;

template <class Chip>
using RowOf = typename Chip::template Columns<KoalaBear>;

template <class Chip>
KoalaBear* cells_of(RowOf<Chip>& row) {
  return engine::as_array<RowOf<Chip>, KoalaBear>(row);
}

/// Chips of the tree say what they like of nodes and words that they open; whether another chip takes it is
/// decided there.
template <class Chip>
constexpr bool kOpensTree =
    std::is_same_v<Chip, ChunkChip> || std::is_same_v<Chip, CodeChunkChip> || std::is_same_v<Chip, NodeChip>;

/// So does a refresh of its time.
template <class Chip>
constexpr bool kChooses = kOpensTree<Chip> || std::is_same_v<Chip, RefreshChip>;

struct Said {
  unsigned bus;
  Side side;
  KoalaBear multiplicity;
  std::vector<KoalaBear> tuple;
};

/// All that a row says, in order.
class Listener : public engine::Builder<Listener, KoalaBear> {
 public:
  void on_constraint(KoalaBear value, const char*) { holds = holds && value.is_zero(); }
  void on_interaction(unsigned bus, Side side, bool, KoalaBear multiplicity, const KoalaBear* tuple,
                      std::size_t width) {
    said.push_back({bus, side, multiplicity, {tuple, tuple + width}});
  }
  KoalaBear lift(KoalaBear x) const { return x; }
  const KoalaBear* public_values() const { return nullptr; }
  const KoalaBear* structured_values() const { return nullptr; }

  bool holds = true;
  std::vector<Said> said;
};

template <class Chip>
Listener listen(const RowOf<Chip>& row) {
  Listener out;
  Chip::eval(out, row);
  return out;
}

/// Whether a row holds, the tables of numbers have what it looks up, and it asks for what an honest one does:
/// takes the same off the buses and looks up the same instruction. `all`: whether it has to say the same
/// altogether.
class Judge : public engine::Builder<Judge, KoalaBear> {
 public:
  Judge(const std::vector<Said>& honest, bool all) : honest_(honest.data()), all_(all) {}

  void on_constraint(KoalaBear value, const char*) { accepts = accepts && value.is_zero(); }
  void on_interaction(unsigned bus, Side side, bool, KoalaBear multiplicity, const KoalaBear* tuple,
                      std::size_t width) {
    const Said& honest = *honest_++;
    if (!accepts) return;
    const bool asks = all_ || bus == BusOf::program ||
                      (side == Side::received && rv32_buses[bus].kind == engine::BusKind::permutation);
    if (asks) {
      accepts = multiplicity == honest.multiplicity &&
                (multiplicity.is_zero() || std::equal(tuple, tuple + width, honest.tuple.begin()));
    } else if (!multiplicity.is_zero()) {
      accepts = test::tables_have(bus, tuple);
    }
  }
  KoalaBear lift(KoalaBear x) const { return x; }
  const KoalaBear* public_values() const { return nullptr; }
  const KoalaBear* structured_values() const { return nullptr; }

  bool accepts = true;

 private:
  const Said* honest_;
  bool all_;
};

/// All instructions, for long enough that words are refreshed.
struct Run {
  Segment segment;
  Recording recording;
  TreeTrace tree;
  test::Tables tables;
  std::vector<std::size_t> rows;

  static const Run& get() {
    static const Run run = make();
    return run;
  }

 private:
  static Run make() {
    Segment segment = test::segments_of(test::all_families(7, 400, 60).image(), 1u << 20).front();
    Recording recording = record(segment).value();
    TreeTrace tree = TreeTrace::make(recording.chunks, recording.code_chunks, segment.siblings).value();
    test::Tables tables(recording, &tree);
    std::vector<std::size_t> rows = rows_of({recording, &tree});
    return {std::move(segment), std::move(recording), std::move(tree), std::move(tables), std::move(rows)};
  }
};

template <class Chip>
std::vector<RowOf<Chip>> some_rows(std::size_t count) {
  const Run& run = Run::get();
  const std::size_t rows = run.rows[Rv32::index_of<Chip>()];
  CAIRN_ASSERT(rows != 0);
  std::mt19937 random(20261125);
  std::vector<RowOf<Chip>> out;
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back(run.tables.of<Chip>().template get<RowOf<Chip>>(i == 0   ? 0
                                                                  : i == 1 ? rows - 1
                                                                           : random() % rows));
  }
  return out;
}

/// Columns that are free in a row by itself: how often it is looked up.
template <class Chip>
constexpr std::size_t kFirst = std::is_same_v<Chip, ProgramChip> ? 1 : 0;

constexpr std::uint32_t kByte = 1u << 8, kHalf = 1u << 16;

template <class Chip>
std::string changes(const RowOf<Chip>& honest, const RowOf<Chip>& forged) {
  std::string out(Chip::name);
  for (std::size_t i = 0; i < engine::chip_width<Chip>; ++i) {
    const KoalaBear was = engine::as_array<const RowOf<Chip>, const KoalaBear>(honest)[i],
                    is = engine::as_array<const RowOf<Chip>, const KoalaBear>(forged)[i];
    if (was != is)
      out += ", column " + std::to_string(i) + " is " + std::to_string(is.canonical()) + " for " +
             std::to_string(was.canonical());
  }
  return out;
}

/// Up to `columns` of them.
template <class Chip>
void change_together(std::size_t columns, std::size_t rows, const std::vector<KoalaBear>& by) {
  for (const RowOf<Chip>& honest : some_rows<Chip>(rows)) {
    const Listener said = listen<Chip>(honest);
    RowOf<Chip> row = honest;
    KoalaBear* const cells = cells_of<Chip>(row);
    std::size_t accepted = 0;
    const auto change = [&](auto&& again, std::size_t first, std::size_t left) -> void {
      for (std::size_t i = first; i < engine::chip_width<Chip>; ++i) {
        const KoalaBear old = cells[i];
        for (const KoalaBear difference : by) {
          cells[i] = old + difference;
          Judge judge(said.said, kChooses<Chip>);
          Chip::eval(judge, row);
          if (judge.accepts && ++accepted == 1) ADD_FAILURE() << changes<Chip>(honest, row);
          if (left > 1) again(again, i + 1, left - 1);
        }
        cells[i] = old;
      }
    };
    change(change, kFirst<Chip>, columns);
    if (testing::Test::HasFailure()) return;
  }
}

std::vector<KoalaBear> up_and_down(std::initializer_list<KoalaBear> by) {
  std::vector<KoalaBear> out;
  for (const KoalaBear x : by) out.insert(out.end(), {x, -x});
  return out;
}

template <class Chip>
class ForgedRows : public testing::Test {};

struct ChipNames {
  template <class Chip>
  static std::string GetName(int) {
    return std::string(Chip::name);
  }
};
using Chips = testing::Types<ProgramChip, AddChip, BitwiseChip, ShiftChip, CompareChip, ConstantChip,
                             JumpRegisterChip, BranchEqualChip, BranchLessChip, LoadWordChip, LoadNarrowChip,
                             StoreWordChip, StoreNarrowChip, MultiplyChip, MultiplyHighChip, DivideChip,
                             SystemChip, RefreshChip, ChunkChip, CodeChunkChip, NodeChip>;
TYPED_TEST_SUITE(ForgedRows, Chips, ChipNames);

TYPED_TEST(ForgedRows, NoTwoColumnsChangeTogether) {
  const KoalaBear one = KoalaBear::one();
  if (engine::chip_width < TypeParam >> 40) {
    change_together<TypeParam>(2, 6, up_and_down({one, number(kHalf)}));
  } else {
    change_together<TypeParam>(
        2, 48, up_and_down({one, number(2), number(kByte), number(kHalf), number(kHalf / 2)}));
  }
}

TYPED_TEST(ForgedRows, NoThreeColumnsChangeTogether) {
  if (engine::chip_width < TypeParam >> 40) return;
  change_together<TypeParam>(3, 6, up_and_down({KoalaBear::one(), number(kByte), number(kHalf)}));
}

/// Columns of which the chip says that they are bits, but for those of the decoder.
auto bits_of(RowOf<AddChip>& row) { return std::vector{&row.is_addi, &row.is_add, &row.is_sub}; }
auto bits_of(RowOf<BitwiseChip>& row) {
  return std::vector{&row.is_and, &row.is_or, &row.is_xor, &row.is_register};
}
auto bits_of(RowOf<ShiftChip>& row) {
  return std::vector{&row.left, &row.logical, &row.arithmetic, &row.by_register, &row.negative};
}
auto bits_of(Comparison<KoalaBear>& row) {
  return std::vector{&row.sign_a, &row.sign_b, &row.in_hi, &row.in_lo, &row.less};
}
template <class Row>
requires requires(Row& row) { row.comparison, row.is_signed; }
auto bits_of(Row& row) {
  auto out = bits_of(row.comparison);
  out.insert(out.end(), {&row.real, &row.is_signed});
  if constexpr (requires { row.is_register; }) out.push_back(&row.is_register);
  if constexpr (requires { row.is_at_least; }) out.push_back(&row.is_at_least);
  return out;
}
auto bits_of(RowOf<JumpRegisterChip>& row) {
  return std::vector{&row.real, &row.carry_lo, &row.carry_hi, &row.bit};
}
auto bits_of(RowOf<BranchEqualChip>& row) { return std::vector{&row.real, &row.is_not_equal, &row.equal}; }
auto bits_of(RowOf<LoadNarrowChip>& row) {
  return std::vector{&row.is_byte, &row.is_half,          &row.is_signed,       &row.odd,
                     &row.upper,   &row.address.carry[0], &row.address.carry[1]};
}
auto bits_of(RowOf<StoreNarrowChip>& row) {
  return std::vector{&row.is_byte, &row.is_half,          &row.odd,
                     &row.upper,   &row.address.carry[0], &row.address.carry[1]};
}
template <class Row>
requires requires(Row& row) {
  row.real, row.address.carry;
} &&(!requires(Row & row) { row.odd; }) auto bits_of(Row& row) {
  return std::vector{&row.real, &row.address.carry[0], &row.address.carry[1]};
}
auto bits_of(RowOf<MultiplyChip>& row) { return std::vector{&row.real, &row.high_bit[0], &row.high_bit[1]}; }
auto bits_of(RowOf<MultiplyHighChip>& row) {
  return std::vector{&row.mulh,        &row.mulhsu,      &row.mulhu,       &row.sign_a,
                     &row.high_bit[0], &row.high_bit[1], &row.high_bit[2], &row.negative};
}
auto bits_of(RowOf<DivideChip>& row) {
  return std::vector{&row.quotient,  &row.remainder, &row.is_signed,    &row.by_zero,
                     &row.c_high[0], &row.c_high[1], &row.gap_carry[0], &row.gap_carry[1]};
}
auto bits_of(RowOf<ChunkChip>& row) { return std::vector{&row.real, &row.changed}; }
auto bits_of(RowOf<NodeChip>& row) {
  return std::vector{&row.real, &row.changed, &row.touched[0], &row.touched[1]};
}
auto bits_of(RowOf<CodeChunkChip>& row) {
  std::vector<KoalaBear*> out = {&row.real};
  for (KoalaBear& used : row.used) out.push_back(&used);
  return out;
}
template <class Row>
requires(std::is_same_v<Row, RowOf<ConstantChip>> || std::is_same_v<Row, RowOf<SystemChip>> ||
         std::is_same_v<Row, RowOf<RefreshChip>>) auto bits_of(Row& row) {
  return std::vector{&row.real};
}
auto bits_of(RowOf<ProgramChip>& row) { return std::vector{&row.carry_lo, &row.carry_hi}; }

/// Of these columns one is 1 at most.
auto one_of(RowOf<AddChip>& row) { return std::vector{&row.is_addi, &row.is_add, &row.is_sub}; }
auto one_of(RowOf<BitwiseChip>& row) { return std::vector{&row.is_and, &row.is_or, &row.is_xor}; }
auto one_of(RowOf<ShiftChip>& row) { return std::vector{&row.left, &row.logical, &row.arithmetic}; }
template <class Row>
requires requires(Row& row) { row.is_byte, row.is_half; }
auto one_of(Row& row) { return std::vector{&row.is_byte, &row.is_half}; }
auto one_of(RowOf<MultiplyHighChip>& row) { return std::vector{&row.mulh, &row.mulhsu, &row.mulhu}; }
auto one_of(RowOf<DivideChip>& row) { return std::vector{&row.quotient, &row.remainder}; }

// Two operations at once, in a row of zeros, where nearly all else holds.
TYPED_TEST(ForgedRows, ARowHasOneOperation) {
  RowOf<TypeParam> row{};
  if constexpr (requires { one_of(row); }) {
    if constexpr (requires { TypeParam::pad(row); }) TypeParam::pad(row);
    if constexpr (std::is_same_v<TypeParam, ShiftChip>)
      row.bytes[0] = KoalaBear::one();  // a number of bytes for one of them
    const auto flags = one_of(row);
    for (std::size_t i = 0; i < flags.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        *flags[i] = *flags[k] = KoalaBear::one();
        EXPECT_FALSE(listen<TypeParam>(row).holds) << i << " " << k;
        *flags[i] = *flags[k] = KoalaBear::zero();
      }
    }
  }
}

// Up to three of the bits are something else, in a row of zeros and in honest ones.
TYPED_TEST(ForgedRows, FlagsAreBits) {
  const KoalaBear one = KoalaBear::one(), two = number(2);
  auto rows = some_rows<TypeParam>(12);
  rows.push_back({});
  for (auto& row : rows) {
    const auto bits = bits_of(row);
    const auto change = [&](auto&& again, std::size_t first, std::size_t left) -> void {
      const bool all =
          std::all_of(bits.begin(), bits.end(), [](const KoalaBear* bit) { return bit->canonical() < 2; });
      EXPECT_TRUE(all || !listen<TypeParam>(row).holds);
      if (left == 0) return;
      for (std::size_t i = first; i < bits.size(); ++i) {
        const KoalaBear old = *bits[i];
        for (const KoalaBear value : {KoalaBear::zero(), one, two, -one, one.halve()}) {
          if (value == old) continue;
          *bits[i] = value;
          again(again, i + 1, left - 1);
        }
        *bits[i] = old;
      }
    };
    change(change, 0, 3);
    if (this->HasFailure()) return;
  }
}

/// What a row puts on buses that others answer: all but lookups of numbers and hashes.
bool is_heard(const Said& at) {
  return !at.multiplicity.is_zero() &&
         (at.bus == BusOf::program || rv32_buses[at.bus].kind == engine::BusKind::permutation);
}

// Padding with two columns set says nothing, or is no padding any more: it executes, opens or refreshes.
TYPED_TEST(ForgedRows, PaddingSaysNothing) {
  RowOf<TypeParam> row{};
  if constexpr (requires { TypeParam::pad(row); }) TypeParam::pad(row);
  KoalaBear* const cells = cells_of<TypeParam>(row);
  const auto judge = [&] {
    const Listener heard = listen<TypeParam>(row);
    const bool is_real = std::any_of(heard.said.begin(), heard.said.end(), [](const Said& at) {
      const bool begins = at.bus == BusOf::execution || at.bus == BusOf::code || at.bus == BusOf::node ||
                          std::is_same_v<TypeParam, RefreshChip>;
      return begins && at.side == Side::received && is_heard(at);
    });
    EXPECT_TRUE(is_real || !heard.holds || std::none_of(heard.said.begin(), heard.said.end(), is_heard))
        << changes<TypeParam>({}, row);
  };
  for (std::size_t i = 0; i < engine::chip_width<TypeParam>; ++i) {
    const KoalaBear old = cells[i];
    cells[i] = KoalaBear::one();
    for (std::size_t k = i; k < engine::chip_width<TypeParam>; ++k) {
      const KoalaBear other = cells[k];
      cells[k] = KoalaBear::one();
      judge();
      cells[k] = other;
    }
    cells[i] = old;
    if (this->HasFailure()) return;
  }
}

// Whatever column says when the word was accessed before: it cannot be the time of this access or a later
// one.
TYPED_TEST(ForgedRows, NoAccessComesBeforeTheOneBefore) {
  constexpr bool accesses = !kOpensTree<TypeParam> && !std::is_same_v<TypeParam, ProgramChip>;
  std::size_t tried = 0;
  for (const auto& honest : some_rows<TypeParam>(accesses ? 4 : 0)) {
    const Listener said = listen<TypeParam>(honest);
    for (std::size_t at = 0; at + 1 < said.said.size(); ++at) {
      const Said &takes = said.said[at], &puts = said.said[at + 1];
      if (takes.bus != BusOf::memory || takes.side != Side::received || takes.multiplicity.is_zero() ||
          puts.side != Side::sent)
        continue;
      for (const std::uint32_t later : {0u, 1u, 5u, 65'535u, 65'536u, 1u << 23}) {
        const KoalaBear time = puts.tuple[3] + number(later);
        auto row = honest;
        for (std::size_t i = 0; i < engine::chip_width<TypeParam>; ++i) {
          KoalaBear& cell = cells_of<TypeParam>(row)[i];
          const KoalaBear old = std::exchange(cell, time);
          const auto& now = listen<TypeParam>(row).said;
          if (now.size() == said.said.size() && now[at].tuple[3] == time &&
              now[at + 1].tuple[3] == puts.tuple[3]) {
            ++tried;
            EXPECT_FALSE(test::row_of_chip<TypeParam>(row).holds()) << changes<TypeParam>(honest, row);
          }
          cell = old;
        }
      }
    }
  }
  EXPECT_EQ(tried != 0, accesses);
}

// What a chunk or a node says is under a digest is what the digest is of.
TYPED_TEST(ForgedRows, DigestsAreOfWhatIsUnderThem) {
  if constexpr (kOpensTree<TypeParam>) {
    for (auto row : some_rows<TypeParam>(12)) {
      ASSERT_TRUE(test::row_of_chip<TypeParam>(row).holds());
      const auto expect_refused = [&](auto& cells) {
        for (KoalaBear& cell : cells) {
          cell += KoalaBear::one();
          EXPECT_FALSE(test::row_of_chip<TypeParam>(row).holds()) << (&cell - cells);
          cell -= KoalaBear::one();
        }
      };
      if constexpr (std::is_same_v<TypeParam, CodeChunkChip>) {
        expect_refused(row.half);
        expect_refused(row.digest);
      } else {
        expect_refused(row.before);
        expect_refused(row.digest_before);
        expect_refused(row.after);
        expect_refused(row.digest_after);
      }
    }
  }
}

}  // namespace
}  // namespace cairn::rv32
