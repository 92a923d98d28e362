// Every column of every table of a real trace, changed in rows of every kind: each change of a row that says
// something breaks a constraint or leaves a bus unbalanced; and a change of padding either does, or the row
// still says nothing.
//
// A row's part in a proof is whether its constraints hold and what it puts on the buses. So a change in an
// honest trace, whose buses balance, is accepted exactly when the new row holds and puts on the buses what
// the old one did.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/unit/prover/rv32/random_program.h"
#include "tests/unit/prover/rv32/rig.h"

namespace cairn::rv32 {
namespace {

using engine::TableView;

/// What a row says.
struct Said {
  bool holds = false;
  engine::BusBalance terms;
  friend bool operator==(const Said&, const Said&) = default;
};

template <class Chip>
using RowOf = typename Chip::template Columns<KoalaBear>;

template <class Chip>
Said said(const RowOf<Chip>& row, std::size_t number_of_row, unsigned log_height) {
  Said out;
  std::vector<KoalaBear> structured;
  for (const engine::Structured& column : Chip::structured)
    structured.push_back(column.at(number_of_row, log_height));
  engine::RowChecker checker(structured.data(), nullptr, out.terms);
  Chip::eval(checker, row);
  out.holds = checker.failed.empty();
  return out;
}

/// Rows that put something on a bus, and the others: padding, and numbers that nobody looks up.
template <class Chip>
void split_rows(const TableView& table, std::vector<std::size_t>& real, std::vector<std::size_t>& silent) {
  for (std::size_t row = 0; row < table.height(); ++row) {
    const Said at = said<Chip>(table.get<RowOf<Chip>>(row), row, table.log_height);
    ASSERT_TRUE(at.holds) << Chip::name << " row " << row;
    (at.terms.empty() ? silent : real).push_back(row);
  }
}

std::vector<KoalaBear> others(KoalaBear old, std::mt19937& random) {
  std::vector<KoalaBear> out;
  const KoalaBear one = KoalaBear::one(), half = KoalaBear::from(std::uint32_t{1} << 16);
  for (const KoalaBear value : {old + one, old - one, one - old, old + half, old - half, old.halve(), -old,
                                KoalaBear::zero(), KoalaBear::from(static_cast<std::uint32_t>(random()))}) {
    if (value != old) out.push_back(value);
  }
  return out;
}

struct Tried {
  std::size_t columns = 0, real = 0, silent = 0, silent_refused = 0;
  std::vector<std::string> accepted;
};

/// The first, a middle and the last row, and some between: rows of all operations are among them.
std::vector<std::size_t> chosen(const std::vector<std::size_t>& rows, std::size_t count,
                                std::mt19937& random) {
  if (rows.empty()) return {};
  std::set<std::size_t> out = {rows.front(), rows[rows.size() / 2], rows.back()};
  for (std::size_t i = 0; i < count; ++i) out.insert(rows[random() % rows.size()]);
  return {out.begin(), out.end()};
}

template <class Chip>
void change_columns(const TableView& table, Tried& tried) {
  ASSERT_NE(table.cells, nullptr) << Chip::name << " has no rows";
  std::vector<std::size_t> real, silent;
  split_rows<Chip>(table, real, silent);
  ASSERT_FALSE(real.empty()) << Chip::name;
  std::mt19937 random(20261125);
  const auto change = [&](std::size_t number, bool is_real) {
    const auto honest = table.get<RowOf<Chip>>(number);
    const Said before = said<Chip>(honest, number, table.log_height);
    for (std::size_t column = 0; column < table.width; ++column) {
      for (const KoalaBear value : others(table.at(number, column), random)) {
        RowOf<Chip> changed = honest;
        engine::as_array<RowOf<Chip>, KoalaBear>(changed)[column] = value;
        const bool accepted = said<Chip>(changed, number, table.log_height) == before;
        ++(is_real ? tried.real : tried.silent);
        if (!is_real) tried.silent_refused += !accepted;
        if (!accepted || !is_real) continue;
        tried.accepted.push_back(std::string(Chip::name) + " row " + std::to_string(number) + " column " +
                                 std::to_string(column) + ": " + std::to_string(value.canonical()) + " for " +
                                 std::to_string(table.at(number, column).canonical()));
        break;
      }
    }
  };
  for (const std::size_t row : chosen(real, 64, random)) change(row, true);
  for (const std::size_t row : chosen(silent, 1, random)) change(row, false);
  tried.columns += table.width;
}

/// All instructions, for long enough that words are refreshed.
test::Assembler everything() {
  std::vector<Family> families;
  for (std::size_t i = 0; i < kFamilies; ++i) families.push_back(static_cast<Family>(i));
  test::Assembler program = test::RandomProgram(7).make(families, 400, 60);
  return program.exit(0);
}

TEST(Columns, AnyChangeOfAnyColumnIsRefused) {
  const Segment segment = test::segments_of(everything().image(), 1u << 20).front();
  ASSERT_EQ(test::whole_faults_of(segment), std::vector<std::string>());
  const Recording recording = record(segment).value();
  const TreeTrace tree = TreeTrace::make(recording.chunks, recording.code_chunks, segment.siblings).value();
  const test::Tables tables(recording, &tree);
  Tried tried;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (change_columns<Rv32::Chip<I>>(tables.views()[I], tried), ...);
  }
  (std::make_index_sequence<Rv32::tables>());
  for (const std::string& accepted : tried.accepted) ADD_FAILURE() << accepted;
  RecordProperty("columns", std::to_string(tried.columns));
  RecordProperty("changes of real rows", std::to_string(tried.real));
  RecordProperty("changes of silent rows", std::to_string(tried.silent));
  RecordProperty("of them refused", std::to_string(tried.silent_refused));
}

}  // namespace
}  // namespace cairn::rv32
