// What the calculator adds up for a whole proof, and what it refuses.
#include "prover/soundness/protocol.h"

#include <gtest/gtest.h>

namespace cairn::engine::soundness {
namespace {

// Folding 6 then 4, first domain reduction 3, proof of work 16, 124 bits per step, rate 1/2, 2^24 cells.
WhirParameters whir_24() {
  const auto four = [](int pow) { return std::vector<int>(4, pow); };
  return {{{24, 1, 2, std::vector<int>(6, 16), 236, 16},
           {18, 4, 2, four(14), 56, 16},
           {14, 7, 2, four(14), 32, 16},
           {10, 10, 2, four(13), 23, 15}},
          200};
}

Statement one_table() { return {{{"poseidon2", 16, 164, 2}}, 3, 150, 17}; }

double bits_of(const Analysis& analysis, const std::string& name) {
  for (const Step& step : analysis.steps) {
    if (step.name == name) return bits(step.error);
  }
  ADD_FAILURE() << "no step " << name;
  return 0;
}

TEST(Soundness, ErrorsOfAllStepsAreAdded) {
  const Analysis analysis = analyse(one_table(), whir_24(), Regime::johnson).value();
  long double total = 0;
  for (const Step& step : analysis.steps) total += step.error;
  EXPECT_DOUBLE_EQ(analysis.total_bits, bits(total));
  EXPECT_LT(analysis.total_bits, analysis.weakest_bits);
  EXPECT_GE(analysis.total_bits, 120);
}

TEST(Soundness, AnErrorOfOneOrMoreHasNoBits) {
  EXPECT_EQ(bits(1), 0.0);
  EXPECT_EQ(bits(4), 0.0);
  EXPECT_EQ(bits(0.25L), 2.0);
}

// By hand, so short a code that every term counts: rate 1/4, length 4, m = 3.
TEST(Soundness, TheErrorOfALineIsTheFormula) {
  const double distance = 1 - 0.5 * (1 + 1 / 6.0);
  EXPECT_NEAR(static_cast<double>(proximity_error({Regime::johnson, 3, ListBound::johnson}, {0, 2}, 0)),
              (2 * 525.21875 + 3 * 3.5 * distance * 0.25) * 4 / (3 * 0.125) + 3.5 / 0.5, 1e-9);
  EXPECT_NEAR(static_cast<double>(proximity_error({Regime::unique, 0, ListBound::johnson}, {0, 2}, 0)),
              0.375 * 4 + 1, 1e-12);
}

TEST(Soundness, EveryStepOfTheProtocolIsCounted) {
  const Analysis analysis = analyse(one_table(), whir_24(), Regime::johnson).value();
  std::vector<std::string> names;
  for (const Step& step : analysis.steps) names.push_back(step.name);
  std::vector<std::string> expected = {"logup", "gkr", "zerocheck point", "constraint batching",
                                       "zerocheck sumcheck"};
  const int folds[] = {6, 4, 4, 4};
  for (int i = 0; i < 4; ++i) {
    const std::string at = std::to_string(i);
    expected.push_back("whir out of domain " + at);
    expected.push_back("whir combination " + at);
    for (int s = 1; s <= folds[i]; ++s) expected.push_back("whir fold " + at + "." + std::to_string(s));
    expected.push_back("whir queries " + at);
  }
  expected.insert(expected.end(), {"whir final sumcheck", "hash collision", "sponge capacity"});
  EXPECT_EQ(names, expected);
}

// By hand: 2^17 rows of interactions, 17 words of message are 5 coordinates, q = 2^154.943.
TEST(Soundness, RelationStepsAreTheFormulas) {
  const Analysis analysis = analyse(one_table(), whir_24(), Regime::johnson).value();
  EXPECT_NEAR(bits_of(analysis, "logup"), 154.943 - 17 - std::log2(5), 1e-9);
  EXPECT_NEAR(bits_of(analysis, "gkr"), 154.943 - std::log2(17 * 52 / 2.0), 1e-9);
  EXPECT_NEAR(bits_of(analysis, "zerocheck point"), 154.943 - 4, 1e-9);
  EXPECT_NEAR(bits_of(analysis, "constraint batching"), 154.943 - std::log2(150), 1e-9);
  EXPECT_NEAR(bits_of(analysis, "zerocheck sumcheck"), 154.943 - std::log2(16 * 4), 1e-9);
}

// By hand, with the multiplicity that the analysis took: lists are m / rate.
TEST(Soundness, OpeningStepsAreTheFormulas) {
  const WhirParameters whir = whir_24();
  const Analysis analysis = analyse(one_table(), whir, Regime::johnson).value();
  const double list_0 = std::log2(analysis.multiplicities[0]) + 1,
               list_1 = std::log2(analysis.multiplicities[1]) + 4;
  EXPECT_NEAR(bits_of(analysis, "whir out of domain 0"), 2 * (154.943 - 24) + 1 - 2 * list_0, 1e-9);
  EXPECT_NEAR(bits_of(analysis, "whir out of domain 1"), 2 * (154.943 - 18) + 1 - 2 * list_1, 1e-9);
  EXPECT_NEAR(bits_of(analysis, "whir combination 0"), 154.943 - list_0 - std::log2(200 + 2), 1e-9);
  EXPECT_NEAR(bits_of(analysis, "whir combination 1"), 154.943 - list_1 - std::log2(236 + 1 + 2), 1e-9);
  const double m = analysis.multiplicities[0];
  EXPECT_NEAR(bits_of(analysis, "whir queries 0"), 236 * (0.5 - std::log2(1 + 0.5 / m)) + 16, 1e-9);
  EXPECT_NEAR(bits_of(analysis, "whir final sumcheck"), 154.943 - std::log2(3 * 6), 1e-9);
  EXPECT_NEAR(bits_of(analysis, "hash collision"), 4 * std::log2(2130706433.0), 1e-3);
}

TEST(Soundness, UniqueDecodingIsReportedToo) {
  const Analysis unique = analyse(one_table(), whir_24(), Regime::unique).value();
  const Analysis johnson = analyse(one_table(), whir_24(), Regime::johnson).value();
  EXPECT_TRUE(unique.multiplicities.empty());
  // 23 queries at (1 + 2^-10) / 2 and 15 bits of work: half the distance is not what these counts are made
  // for.
  EXPECT_NEAR(bits_of(unique, "whir queries 3"), 23 * (1 - std::log2(1 + std::exp2(-10))) + 15, 1e-6);
  EXPECT_LT(unique.total_bits, johnson.total_bits);
  EXPECT_EQ(provable(one_table(), whir_24())->regime, Regime::johnson);
}

TEST(Soundness, BelowTheTargetIsRefused) {
  WhirParameters weak = whir_24();
  weak.rounds[1].queries -= 3;
  EXPECT_TRUE(provable(one_table(), whir_24()).ok());
  const auto refused = provable(one_table(), weak);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::invalid_input);
  EXPECT_NE(refused.error().what.find("whir queries 1"), std::string::npos) << refused.error().what;
  EXPECT_TRUE(provable(one_table(), weak, 110).ok());
  EXPECT_FALSE(provable(one_table(), whir_24(), 124).ok()) << "more than the hash has";
}

// Each parameter, made worse by one step, costs bits.
TEST(Soundness, EveryParameterCounts) {
  const double before = analyse(one_table(), whir_24(), Regime::johnson)->total_bits;
  const std::vector<void (*)(WhirRound&)> worse = {[](WhirRound& round) { --round.queries; },
                                                   [](WhirRound& round) { --round.query_pow_bits; },
                                                   [](WhirRound& round) { --round.fold_pow_bits.back(); },
                                                   [](WhirRound& round) { --round.out_of_domain; }};
  for (std::size_t i = 0; i < whir_24().rounds.size(); ++i) {
    for (std::size_t k = 0; k < worse.size(); ++k) {
      WhirParameters changed = whir_24();
      worse[k](changed.rounds[i]);
      EXPECT_LT(analyse(one_table(), changed, Regime::johnson)->total_bits, before)
          << "round " << i << ", change " << k;
    }
  }
  Statement larger = one_table();
  larger.tables[0].interactions = 32000;
  EXPECT_LT(bits(sum(relation_steps(larger))), bits(sum(relation_steps(one_table()))) - 10);
}

TEST(Soundness, WhatTheAnalysisDoesNotCoverIsAnError) {
  const auto refused = [](Statement statement, const WhirParameters& whir) {
    const auto analysis = analyse(statement, whir, Regime::johnson);
    return analysis.ok() ? std::string() : analysis.error().what;
  };
  Statement statement = one_table();
  statement.tables[0].interactions = 32512;  // 2^16 * 32512 = p - 1
  EXPECT_EQ(refused(statement, whir_24()), "");
  statement.tables.push_back({"one more row", 0, 0, 1});
  EXPECT_NE(refused(statement, whir_24()).find("overflow"), std::string::npos);

  statement = one_table();
  statement.tables[0].columns = 257;  // 2^16 * 257 > 2^24
  EXPECT_NE(refused(statement, whir_24()).find("do not fit into"), std::string::npos);

  statement = one_table();
  statement.tables.push_back({"structured", 25, 0, 1});
  EXPECT_NE(refused(statement, whir_24()).find("higher"), std::string::npos);

  WhirParameters torn = whir_24();
  torn.rounds[2].variables = 13;
  EXPECT_NE(refused(one_table(), torn).find("fit together"), std::string::npos);
  EXPECT_NE(refused(one_table(), {}).find("no WHIR round"), std::string::npos);
}

}  // namespace
}  // namespace cairn::engine::soundness
