// Whole programs: honest traces hold, and the lies that only buses can catch are caught.
#include "prover/chips/calculator.h"

#include <gtest/gtest.h>

#include "prover/air/check_trace.h"
#include "tests/unit/prover/chips/calculator_programs.h"

namespace cairn::engine {
namespace {

struct Trace {
  explicit Trace(const CalculatorRun& run) : publics(run.public_values()) {
    const auto heights = run.log_heights();
    for (std::size_t i = 0; i < Calculator::tables; ++i) {
      const std::uint32_t width = Calculator::shape().tables[i].width;
      if (heights[i] < 0) continue;
      const auto log_height = static_cast<unsigned>(heights[i]);
      cells[i].assign(std::size_t{width} << log_height, KoalaBear::zero());
      tables[i] = {cells[i].data(), width, log_height};
    }
    run.fill(tables);
  }
  std::vector<std::string> faults() const {
    std::vector<std::string> out;
    for (const Fault& fault : check_trace<Calculator>(tables, publics)) out.push_back(to_string(fault));
    return out;
  }
  template <class Chip>
  const TableView& table() const {
    return tables[Calculator::index_of<Chip>()];
  }

  std::array<std::vector<KoalaBear>, Calculator::tables> cells;
  std::array<TableView, Calculator::tables> tables;
  std::array<KoalaBear, CalculatorSpec::public_values> publics;
};

CalculatorRun small_run() {
  return CalculatorRun(test::random_program(25, 16, 1), test::random_words(16, 2));
}

TEST(Calculator, RandomProgramsHold) {
  for (const std::uint32_t seed : {1u, 2u, 3u}) {
    const CalculatorRun run(test::random_program(200, 64, seed), test::random_words(64, seed));
    EXPECT_EQ(Trace(run).faults(), std::vector<std::string>());
  }
}

TEST(Calculator, ARunWithoutShiftsHasNoSuchTable) {
  const Instruction program[] = {{Operation::add, 1, 2, 0}};
  const CalculatorRun run(program, std::vector<std::uint32_t>(16, 7));
  EXPECT_EQ(run.result(), 14u);
  EXPECT_EQ(run.log_heights(), (std::array<int, 6>{16, 4, 4, -1, 4, 4}));
  EXPECT_EQ(Trace(run).faults(), std::vector<std::string>());
}

TEST(Calculator, AnotherResultIsRefused) {
  Trace trace(small_run());
  trace.publics[2] += KoalaBear::one();
  EXPECT_EQ(trace.faults(), std::vector<std::string>{"boundary, row 0: constraint 2 (result)"});
}

/// Finds an access whose value somebody else reads later, and lets it pretend another one consistently in its
/// own row.
TEST(Calculator, AStaleValueIsRefused) {
  Trace trace(small_run());
  const TableView& memory = trace.table<Memory>();
  auto row = memory.get<Memory::Columns<KoalaBear>>(3);
  row.value[0] += KoalaBear::one();
  row.previous[0] += KoalaBear::one();
  memory.put(3, row);
  const auto faults = trace.faults();
  ASSERT_FALSE(faults.empty());
  for (const std::string& fault : faults) EXPECT_TRUE(fault.starts_with("bus ")) << fault;
}

TEST(Calculator, AReadOfTheFutureIsRefused) {
  // Two writes and reads of one address, taken in the wrong order: every tuple balances, but a time falls.
  const Instruction program[] = {{Operation::add, 1, 1, 5}, {Operation::add, 5, 5, 0}};
  Trace trace(CalculatorRun(program, std::vector<std::uint32_t>(16, 3)));
  const TableView& memory = trace.table<Memory>();
  auto write = memory.get<Memory::Columns<KoalaBear>>(2), read = memory.get<Memory::Columns<KoalaBear>>(3);
  ASSERT_EQ(read.address, write.address);
  // The read (time 5) takes the initial value; the write (time 3) takes what the read has put back.
  std::copy(std::begin(write.previous), std::end(write.previous), std::begin(read.previous));
  std::copy(std::begin(write.previous), std::end(write.previous), std::begin(read.value));
  read.previous_time = KoalaBear::zero();
  write.previous_time = read.time;
  const KoalaBear gap = write.time - write.previous_time - KoalaBear::one();
  write.gap[0] = gap;
  write.gap[1] = write.gap[2] = KoalaBear::zero();
  memory.put(2, write);
  memory.put(3, read);
  const auto faults = trace.faults();
  ASSERT_FALSE(faults.empty());
  bool range = false;
  for (const std::string& fault : faults) {
    range = range || fault.starts_with("bus byte_pair: (" + std::to_string(gap.canonical()));
  }
  EXPECT_TRUE(range) << "the gap is not made of bytes: " << faults[0];
}

TEST(Calculator, AnAccessThatNobodyAskedForIsRefused) {
  Trace trace(small_run());
  const TableView& memory = trace.table<Memory>();
  const std::size_t padding = 25 * 3;
  memory.put(padding, memory.get<Memory::Columns<KoalaBear>>(0));
  EXPECT_FALSE(trace.faults().empty());
}

}  // namespace
}  // namespace cairn::engine
