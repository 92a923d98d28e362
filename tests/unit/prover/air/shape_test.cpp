#include "prover/air/shape.h"

#include <gtest/gtest.h>

#include <functional>

#include "prover/air/machine.h"
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

struct OtherCubes : Cubes {
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
