// Traces with one cell or one multiplicity wrong, of every machine, are refused.
#include <gtest/gtest.h>

#include "prover/verify/verifier.h"
#include "tests/unit/prover/machine_trials.h"

namespace cairn::engine {
namespace {

using test::Trial;

template <class M>
class EveryMachine : public testing::Test {};
using Machines = testing::Types<DemoMachine, TowerMachine, Poseidon2Machine, Calculator>;
TYPED_TEST_SUITE(EveryMachine, Machines);

TYPED_TEST(EveryMachine, HonestTraceIsAccepted) {
  Trial trial = test::honest_trial<TypeParam>();
  EXPECT_EQ(test::faults_of<TypeParam>(trial), std::vector<std::string>());
  EXPECT_EQ(test::relation_verdict<TypeParam>(trial), VerifyError::none);
  const auto publics = trial.public_values;
  const auto proof = prove<TypeParam>(std::move(trial.witness), publics);
  ASSERT_TRUE(proof.ok());
  EXPECT_EQ(verify<TypeParam>(*proof, publics).error, VerifyError::none);
}

TYPED_TEST(EveryMachine, EveryColumnChangedIsRefused) {
  const Trial trial = test::honest_trial<TypeParam>();
  std::size_t tried = 0;
  EXPECT_EQ(test::accepted_changes<TypeParam>(trial, tried), std::vector<std::string>());
  EXPECT_GE(tried, 3u);
}

TYPED_TEST(EveryMachine, EveryPublicValueChangedIsRefused) {
  Trial trial = test::honest_trial<TypeParam>();
  for (KoalaBear& value : trial.public_values) {
    value += KoalaBear::one();
    EXPECT_NE(test::relation_verdict<TypeParam>(trial), VerifyError::none);
    value -= KoalaBear::one();
  }
}

TEST(Tower, WithoutAnyFractionConstraintsAreStillProved) {
  Trial trial{Witness::allocate(TowerMachine::shape(), {10, 0}).value(), {KoalaBear::from(4)}, {1024, 0}};
  fill_tower(trial.witness.tables(), trial.public_values[0], 0);
  EXPECT_EQ(trial.witness.layout().fractions, 0u);
  EXPECT_EQ(test::relation_verdict<TowerMachine>(trial), VerifyError::none);
  std::size_t tried = 0;
  EXPECT_EQ(test::accepted_changes<TowerMachine>(trial, tried), std::vector<std::string>());
  EXPECT_EQ(tried, 2u * 3u);
  const auto proof = prove<TowerMachine>(std::move(trial.witness), trial.public_values);
  ASSERT_TRUE(proof.ok());
  EXPECT_EQ(verify<TowerMachine>(*proof, trial.public_values).error, VerifyError::none);
}

/// A wrong value of one constraint, the opposite of another: each has a power of alpha of its own.
TEST(Tower, FaultsOfTwoConstraintsDoNotCancel) {
  const KoalaBear one = KoalaBear::one();
  const auto trial = [] {
    Trial made{Witness::allocate(TowerMachine::shape(), {4, 4}).value(), {KoalaBear::from(4)}, {16, 5}};
    fill_tower(made.witness.tables(), made.public_values[0], 5);
    return made;
  };
  {
    const Trial within = trial();  // x^2 - y = -1 and x - public = 1
    const TableView tower = within.witness.table(0);
    const KoalaBear x = tower.at(0, 0) + one;
    tower.put(0, Tower::Columns<KoalaBear>{x, x * x + one});
    EXPECT_EQ(test::relation_verdict<TowerMachine>(within), VerifyError::zerocheck);
  }
  const Trial across = trial();  // x - public = 1 in one table, value - 7 = -1 in the same row of the other
  const TableView tower = across.witness.table(0), echo = across.witness.table(1);
  const KoalaBear x = tower.at(0, 0) + one;
  tower.put(0, Tower::Columns<KoalaBear>{x, x * x});
  echo.at(0, 1) -= one;
  EXPECT_EQ(test::relation_verdict<TowerMachine>(across), VerifyError::zerocheck);
}

/// The demo machine's tables.
struct Demo {
  Trial trial = test::honest_trial<DemoMachine>();
  const TableView bytes = trial.witness.table(0), cubes = trial.witness.table(1),
                  sums = trial.witness.table(2);
  VerifyError verdict() const { return test::relation_verdict<DemoMachine>(trial); }
};

TEST(Buses, OneTooManyOrTooFewIsRefused) {
  for (const KoalaBear change : {KoalaBear::one(), -KoalaBear::one()}) {
    Demo demo;
    demo.bytes.at(77, 0) += change;  // provided once more, or once less, than looked up
    EXPECT_EQ(demo.verdict(), VerifyError::bus_unbalanced);
  }
  Demo demo;
  demo.sums.at(3, 0) = KoalaBear::zero();  // one not received
  EXPECT_EQ(demo.verdict(), VerifyError::bus_unbalanced);
}

TEST(Buses, FlagsThatAreNotBooleanAreRefusedThoughTheBusBalances) {
  Demo demo;  // one tuple sent by two halves
  const KoalaBear half = KoalaBear::from(2).inverse();
  demo.cubes.put(20, Cubes::Columns<KoalaBear>{half, demo.cubes.at(0, 1), demo.cubes.at(0, 2)});
  demo.cubes.at(0, 0) = half;
  EXPECT_EQ(test::faults_of<DemoMachine>(demo.trial).size(), 1u);  // the flag, in its first row; no bus
  EXPECT_EQ(demo.verdict(), VerifyError::zerocheck);
}

TEST(Buses, TuplesOfOneBusDoNotCountOnAnother) {
  // (x) on the byte bus and (x, 0) on the pair bus would have one fingerprint but for the tag.
  Demo demo;
  demo.bytes.at(9, 0) += KoalaBear::one();  // one more (9) provided
  demo.cubes.put(20, Cubes::Columns<KoalaBear>{KoalaBear::zero(), KoalaBear::from(9), KoalaBear::from(729)});
  EXPECT_EQ(demo.verdict(), VerifyError::bus_unbalanced);
  Fingerprint fingerprint{
      Quintic::zero(),
      {Quintic::from(KoalaBear::from(2)), Quintic::one(), Quintic::one(), Quintic::from(KoalaBear::from(7))}};
  EXPECT_NE(fingerprint.constant(0), fingerprint.constant(1));
}

TEST(Buses, NumberOfInteractionsStaysBelowTheCharacteristic) {
  VerifyError error = VerifyError::none;
  MachineShape machine = DemoMachine::shape();
  EXPECT_TRUE(lay_out(machine, whole_tables(LogHeights{8, 20, 20}), error).has_value());
  // 127 interactions in 2^24 rows are p - 1; the one of the boundary makes p.
  for (TableShape& table : machine.tables) table.optional = true;
  machine.tables[2].log_height_max = 24;
  machine.tables[2].width = 1;
  machine.tables[2].interactions.assign(127, machine.tables[2].interactions[0]);
  EXPECT_FALSE(lay_out(machine, whole_tables(LogHeights{0, 0, 24}), error).has_value());
  EXPECT_EQ(error, VerifyError::multiplicity_overflow);
  std::vector<std::uint8_t> claimed;
  const std::vector<KoalaBear> publics = {KoalaBear::from(5), KoalaBear::from(6)};
  write_header(machine, {1, {0, 0, 1 << 24}, publics}, claimed);
  EXPECT_EQ(verify(machine, claimed, publics).error, VerifyError::multiplicity_overflow)
      << "by the rows alone";
  EXPECT_FALSE(lay_out(machine, CommittedRows{0, 0, 9 << 20}, error).has_value());
  EXPECT_EQ(error, VerifyError::multiplicity_overflow) << "rows that are not committed count as well";
  machine.boundary_interactions.clear();
  EXPECT_FALSE(lay_out(machine, whole_tables(LogHeights{0, 0, 24}), error).has_value());
  EXPECT_EQ(error, VerifyError::too_large);  // of fractions
  machine.tables[2].interactions.assign(64, machine.tables[2].interactions[0]);
  EXPECT_TRUE(lay_out(machine, whole_tables(LogHeights{0, 0, 24}), error).has_value());
  EXPECT_EQ(error, VerifyError::none);
}

TEST(Buses, NoTableAtAllIsRefused) {
  MachineShape machine = DemoMachine::shape();
  for (TableShape& table : machine.tables) table.optional = true;
  VerifyError error = VerifyError::none;
  EXPECT_FALSE(lay_out(machine, CommittedRows{0, 0, 0}, error).has_value());
  EXPECT_EQ(error, VerifyError::bad_height);
}

}  // namespace
}  // namespace cairn::engine
