#include "prover/air/check_trace.h"

#include <gtest/gtest.h>

#include "tests/unit/prover/demo_machine.h"

namespace cairn::engine {
namespace {

struct DemoTrace {
  std::vector<KoalaBear> bytes = std::vector<KoalaBear>(256), cubes = std::vector<KoalaBear>(3 * 32),
                         sums = std::vector<KoalaBear>(4 * 32);
  std::array<TableView, 3> tables = {TableView{bytes.data(), 1, 8}, TableView{cubes.data(), 3, 5},
                                     TableView{sums.data(), 4, 5}};
  std::array<KoalaBear, 2> publics = {KoalaBear::from(10), KoalaBear::from(20)};

  DemoTrace() { fill_demo(tables, 20, publics[0], publics[1], 1); }
  std::vector<std::string> faults() const {
    std::vector<std::string> out;
    for (const Fault& fault : check_trace<DemoMachine>(tables, publics)) out.push_back(to_string(fault));
    return out;
  }
};

TEST(CheckTrace, FindsNothingInAnHonestTrace) { EXPECT_TRUE(DemoTrace().faults().empty()); }

TEST(CheckTrace, NamesTableConstraintAndRow) {
  DemoTrace trace;
  trace.tables[2].at(7, 3) += KoalaBear::one();
  EXPECT_EQ(trace.faults(), std::vector<std::string>{"sums, row 7: constraint 1 (sum)"});
}

TEST(CheckTrace, ReportsPaddingRowsToo) {
  DemoTrace trace;
  trace.tables[1].at(31, 0) = KoalaBear::from(2);
  const auto faults = trace.faults();
  ASSERT_EQ(faults.size(), 3u);
  EXPECT_EQ(faults[0], "cubes, row 31: constraint 0 (real)");
  EXPECT_EQ(faults[1], "bus byte: (3) sent 2 more times than received");
  EXPECT_EQ(faults[2], "bus pair: (3, 27) sent 2 more times than received");
}

TEST(CheckTrace, NamesTuplesThatDoNotBalance) {
  DemoTrace trace;
  trace.publics[1] = KoalaBear::from(21);
  EXPECT_EQ(trace.faults(), (std::vector<std::string>{"bus pair: (10, 20) received 1 more times than sent",
                                                      "bus pair: (10, 21) sent 1 more times than received"}));
}

}  // namespace
}  // namespace cairn::engine
