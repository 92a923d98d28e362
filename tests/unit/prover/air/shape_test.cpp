#include "prover/air/shape.h"

#include <gtest/gtest.h>

#include <functional>

#include "prover/air/machine.h"
#include "prover/chips/calculator.h"
#include "prover/chips/poseidon2_machine.h"
#include "tests/unit/prover/demo_machine.h"

namespace cairn::engine {
namespace {

TEST(Shape, CountsWhatAChipSays) {
  const TableShape& cubes = DemoMachine::shape().tables[1];
  EXPECT_EQ(cubes.name, "cubes");
  EXPECT_EQ(cubes.width, 3u);
  EXPECT_EQ(cubes.constraints, 2u);
  EXPECT_EQ(cubes.degree, 3u);
  ASSERT_EQ(cubes.interactions.size(), 2u);
  EXPECT_EQ(cubes.interactions[1].bus, DemoSpec::pair);
  EXPECT_EQ(cubes.interactions[1].width, 2u);
  EXPECT_FALSE(cubes.interactions[1].received);
  ASSERT_EQ(cubes.emissions.size(), 2u + 2u + 3u);
  EXPECT_EQ(cubes.emissions[1].degree, 3u);
  EXPECT_EQ(cubes.emissions[6].index, 1u);
  EXPECT_EQ(cubes.emissions[6].element, 1u);
  EXPECT_TRUE(DemoMachine::shape().tables[0].interactions[0].counted);
  EXPECT_EQ(DemoMachine::shape().log_fingerprint(), 2u);  // two elements and the tag
}

TEST(Shape, Poseidon2TakesOneColumnPerSBoxAndItsInput) {
  const TableShape& table = Poseidon2Machine::shape().tables[0];
  EXPECT_EQ(table.width, 1u + 16u + 8u * 16u + 20u);
  EXPECT_EQ(table.degree, 3u);
  EXPECT_EQ(table.constraints, 148u);
}

TEST(Shape, IllFormedMachinesAreNamed) {
  const auto broken = [](auto&& change) {
    MachineShape machine = DemoMachine::shape();
    change(machine);
    return check_machine(machine).value_or("");
  };
  EXPECT_EQ(broken([](MachineShape&) {}), "");
  EXPECT_EQ(broken([](MachineShape& m) { m.tables[1].degree = 4; }), "cubes: degree above 3");
  EXPECT_EQ(broken([](MachineShape& m) { m.buses[1].width = 3; }),
            "cubes: tuple of another width than bus pair");
  EXPECT_EQ(broken([](MachineShape& m) { m.tables[1].interactions[0].bus = 2; }),
            "cubes: uses a bus that the machine does not list");
  EXPECT_EQ(broken([](MachineShape& m) { m.tables[1].interactions[1].counted = true; }),
            "cubes: provides on a permutation bus: pair");
  EXPECT_EQ(broken([](MachineShape& m) { m.tables[1].interactions[0].received = true; }),
            "cubes: receives on a lookup bus: byte");
  EXPECT_EQ(broken([](MachineShape& m) { m.tables.push_back(m.tables[0]); }),
            "a lookup bus needs exactly one provider: byte");
  EXPECT_EQ(broken([](MachineShape& m) { m.tables.erase(m.tables.begin()); }),
            "a lookup bus needs exactly one provider: byte");
  EXPECT_EQ(broken([](MachineShape& m) { m.tables[0].structured = {Structured::row_bits(1, 8)}; }),
            "byte: structured column reads too many bits");
  EXPECT_EQ(broken([](MachineShape& m) { m.tables[0].structured = {Structured::bits_xor(0, 3, 4)}; }),
            "byte: structured bits overlap");
  EXPECT_EQ(broken([](MachineShape& m) { m.tables[2].log_height_min = 3; }), "sums: heights out of range");
}

// A row of padding that is not committed is a row: no proof could be made of one that breaks a constraint or
// counts.
TEST(Shape, PaddingThatBreaksAConstraintOrCountsIsNamed) {
  const auto broken = [](const MachineShape& of, auto&& change) {
    MachineShape machine = of;
    change(machine);
    return check_machine(machine).value_or("");
  };
  const MachineShape& demo = DemoMachine::shape();
  const KoalaBear one = KoalaBear::one();
  EXPECT_EQ(demo.tables[1].padding,
            (std::vector<KoalaBear>{KoalaBear::zero(), KoalaBear::from(3), KoalaBear::from(27)}));
  EXPECT_EQ(broken(demo, [&](MachineShape& m) { m.tables[1].padding[2] += one; }),
            "cubes: padding breaks constraint 1");
  EXPECT_EQ(broken(demo, [&](MachineShape& m) { m.tables[1].padding[0] = one; }),
            "cubes: padding counts on bus byte");
  EXPECT_EQ(broken(demo, [&](MachineShape& m) { m.tables[0].padding[0] = one; }),
            "byte: padding counts on bus byte");
  EXPECT_EQ(broken(demo, [&](MachineShape& m) { m.tables[1].padding.pop_back(); }),
            "cubes: padding of another width");
  EXPECT_EQ(broken(demo, [&](MachineShape& m) { m.tables[1].padding.clear(); }), "");
  // Of a chip whose rows are all real: it depends on the row's number and on public values.
  EXPECT_EQ(Calculator::shape().tables[5].padding, std::vector<KoalaBear>());
  EXPECT_EQ(
      broken(Calculator::shape(), [&](MachineShape& m) { m.tables[5].padding.assign(9, KoalaBear::zero()); }),
      "boundary: padding breaks constraint 0");
}

struct OtherCubes : Cubes {
  static void pad(Columns<KoalaBear>& row) {
    row = {KoalaBear::zero(), KoalaBear::from(3), KoalaBear::from(26)};
  }
  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    b.assert_equal(row.x * row.x * row.x, row.cube + KoalaBear::one(), "cube");
    b.lookup(DemoSpec::byte, real, {row.x});
    b.send(DemoSpec::pair, real, {row.x, row.cube});
  }
};

TEST(Shape, DigestDependsOnConstraintsAndOnWhatAboutThem) {
  const auto digest = machine_digest(DemoMachine::shape());
  EXPECT_EQ(digest, DemoMachine::shape().digest);
  using Other = Machine<DemoSpec, ByteTable, OtherCubes, Sums>;
  EXPECT_NE(digest, Other::shape().digest);
  MachineShape machine = DemoMachine::shape();
  machine.tables[1].log_height_max = 19;
  EXPECT_NE(digest, machine_digest(machine));
  const auto changed = [&](const std::function<void(MachineShape&)>& change) {
    MachineShape other = DemoMachine::shape();
    change(other);
    return machine_digest(other) != digest;
  };
  EXPECT_TRUE(changed([](MachineShape& m) { m.tables[2].optional = true; }));
  EXPECT_TRUE(changed([](MachineShape& m) { m.tables[1].padding[1] += KoalaBear::one(); }));
  EXPECT_TRUE(changed([](MachineShape& m) { m.tables[0].padding.clear(); }));
  EXPECT_TRUE(changed([](MachineShape& m) { m.tables[1].interactions[0].bus = 1; }));
  EXPECT_TRUE(changed([](MachineShape& m) { m.tables[1].interactions[0].received = true; }));
  EXPECT_TRUE(changed([](MachineShape& m) { m.tables[1].interactions[0].counted = true; }));
  EXPECT_TRUE(changed([](MachineShape& m) { m.tables[0].structured[0].low = 1; }));
  EXPECT_TRUE(changed([](MachineShape& m) { m.tables[1].emissions[0].kind = Emission::Kind::element; }));
  EXPECT_TRUE(changed([](MachineShape& m) { std::swap(m.tables[1], m.tables[2]); }));
  EXPECT_TRUE(changed([](MachineShape& m) { m.buses[0].kind = BusKind::permutation; }));
  EXPECT_TRUE(changed([](MachineShape& m) { m.boundary_interactions[0].received = true; }));
  EXPECT_TRUE(changed([](MachineShape& m) { m.boundary_interactions[0].bus = 0; }));
  EXPECT_TRUE(changed([](MachineShape& m) { m.public_values = 3; }));
  EXPECT_FALSE(changed([](MachineShape&) {}));
}

}  // namespace
}  // namespace cairn::engine
