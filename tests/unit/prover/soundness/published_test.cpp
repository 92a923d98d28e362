// The calculator against analyses that others have published: the same inputs give the same bits.
//
// soundcalc: github.com/ethereum/soundcalc, commit 809896f (2026-04-29), reports/dummywhir.md,
// reports/openvm2.md. leanMultisig: github.com/leanEthereum/leanMultisig, commit 5cf504a,
// crates/lean_prover/src/lib.rs, README "Security".
#include <gtest/gtest.h>

#include <cmath>

#include "prover/soundness/protocol.h"

namespace cairn::engine::soundness {
namespace {

using Bits = std::vector<int>;

int floor_bits(long double error) { return static_cast<int>(std::floor(-std::log2(error))); }

/// One circuit of a report: its parameters and its row of bits.
struct Published {
  const char* name;
  long double log_field;
  Regime regime;
  int m;
  ListBound list_bound;
  int degree;  // constraint_degree of the report's configuration
  int log_dimension, log_inverse_rate;
  Bits queries;
  Bits query_pow;
  std::vector<Bits> fold_pow;       // per round and variable; four variables per round
  Bits fold, shift, out_of_domain;  // fold in protocol order
  int fin;
};

const long double goldilocks_cubed = 3 * std::log2(18446744069414584321.0L);
const long double babybear_4 = 4 * std::log2(2013265921.0L);
const std::vector<Bits> dummy_pow = {
    {16, 14, 12, 10}, {14, 12, 10, 8}, {17, 15, 13, 11}, {19, 17, 15, 13}, {22, 20, 18, 16}};
const Bits dummy_query_pow = {22, 22, 20, 19, 17};

std::vector<Bits> constant(int pow, std::size_t rounds) { return std::vector<Bits>(rounds, Bits(4, pow)); }
std::vector<Bits> first(std::vector<Bits> all, std::size_t rounds) {
  all.resize(rounds);
  return all;
}

// clang-format off
const Published published[] = {
    // The report takes eta = sqrt(rate) / 100 for fields of this size: m = 50.
    {"DummyWHIR riscv JBR", goldilocks_cubed, Regime::johnson, 50, ListBound::johnson, 8, 22, 4,
     {55, 31, 22, 17, 14}, dummy_query_pow, dummy_pow,
     {149, 148, 147, 146, 143, 142, 141, 140, 143, 142, 141, 140, 141, 140, 139, 138, 141, 140, 139, 138},
     {131, 130, 129, 129}, {149, 147, 145, 143}, 128},
    {"DummyWHIR riscv UDR", goldilocks_cubed, Regime::unique, 0, ListBound::johnson, 8, 22, 4,
     {55, 31, 22, 17, 14}, dummy_query_pow, dummy_pow,
     {184, 183, 182, 181, 183, 182, 181, 180, 187, 186, 185, 184, 190, 189, 188, 187, 194, 192, 191, 190},
     {72, 52, 41, 35}, {}, 30},
    {"DummyWHIR convert JBR", goldilocks_cubed, Regime::johnson, 50, ListBound::johnson, 4, 20, 4,
     {55, 31, 22, 17, 14}, dummy_query_pow, dummy_pow,
     {151, 150, 149, 148, 145, 144, 143, 142, 145, 144, 143, 142, 143, 142, 141, 140, 143, 142, 141, 140},
     {131, 130, 129, 129}, {151, 149, 147, 145}, 128},
    {"DummyWHIR combine JBR", goldilocks_cubed, Regime::johnson, 50, ListBound::johnson, 4, 18, 4,
     {55, 31, 22, 17}, {22, 22, 20, 19}, first(dummy_pow, 4),
     {153, 152, 151, 150, 147, 146, 145, 144, 147, 146, 145, 144, 145, 144, 143, 142},
     {131, 130, 129}, {153, 151, 149}, 129},
    {"DummyWHIR embed JBR", goldilocks_cubed, Regime::johnson, 50, ListBound::johnson, 4, 14, 4,
     {55, 31, 22}, {22, 22, 20}, first(dummy_pow, 3),
     {157, 156, 155, 154, 151, 150, 149, 148, 151, 150, 149, 148}, {131, 130}, {157, 155}, 129},
    {"OpenVM2 app UDR", babybear_4, Regime::unique, 0, ListBound::guruswami_sudan, 4, 24, 1,
     {193, 88, 81, 81}, {20, 20, 20, 20}, constant(5, 4),
     {106, 107, 108, 109, 106, 107, 108, 109, 107, 108, 109, 110, 108, 109, 110, 111}, {100, 100, 100}, {}, 100},
    {"OpenVM2 leaf UDR", babybear_4, Regime::unique, 0, ListBound::guruswami_sudan, 4, 21, 2,
     {118, 84, 81}, {20, 20, 20}, constant(4, 3),
     {107, 108, 109, 110, 107, 108, 109, 110, 108, 109, 110, 111}, {100, 100}, {}, 100},
    {"OpenVM2 internal JBR", babybear_4, Regime::johnson, 2, ListBound::guruswami_sudan, 4, 19, 3,
     {68, 30, 20}, {20, 20, 20}, constant(18, 3),
     {110, 111, 112, 113, 106, 107, 108, 109, 103, 104, 105, 106}, {100, 100}, {100, 101}, 103},
    {"OpenVM2 root JBR", babybear_4, Regime::johnson, 1, ListBound::guruswami_sudan, 4, 20, 4,
     {57, 28, 19}, {20, 20, 20}, constant(20, 3),
     {112, 113, 114, 115, 108, 109, 110, 111, 105, 106, 107, 108}, {100, 101}, {100, 101}, 103},
};
// clang-format on

WhirParameters parameters_of(const Published& circuit) {
  WhirParameters out;
  int variables = circuit.log_dimension, log_inverse_rate = circuit.log_inverse_rate;
  for (std::size_t i = 0; i < circuit.queries.size(); ++i) {
    out.rounds.push_back({variables, log_inverse_rate, i == 0 ? 0 : 1, circuit.fold_pow[i],
                          circuit.queries[i], circuit.query_pow[i]});
    variables -= 4;
    log_inverse_rate += 3;
  }
  return out;
}

TEST(Published, EveryWhirRowOfSoundcalcIsReproduced) {
  for (const Published& circuit : published) {
    SCOPED_TRACE(circuit.name);
    const WhirCounting counting = {circuit.log_field, circuit.degree, circuit.list_bound, true};
    const std::vector<Step> steps =
        whir_steps(parameters_of(circuit), counting, circuit.regime, Bits(circuit.queries.size(), circuit.m));
    const auto error = [&](const std::string& name) {
      for (const Step& step : steps) {
        if (step.name == name) return step.error;
      }
      ADD_FAILURE() << "no step " << name;
      return 1.0L;
    };
    for (std::size_t i = 0; i < circuit.queries.size(); ++i) {
      const std::string at = std::to_string(i), before = std::to_string(i - 1);
      for (std::size_t s = 0; s < 4; ++s) {
        EXPECT_EQ(floor_bits(error("whir fold " + at + "." + std::to_string(s + 1))), circuit.fold[4 * i + s])
            << "fold " << at << " " << s + 1;
      }
      if (i == 0) continue;
      EXPECT_EQ(floor_bits(error("whir queries " + before) + error("whir combination " + at)),
                circuit.shift[i - 1])
          << "shift " << at;
      if (circuit.regime == Regime::johnson) {
        EXPECT_EQ(floor_bits(error("whir out of domain " + at)), circuit.out_of_domain[i - 1])
            << "ood " << at;
      }
    }
    EXPECT_EQ(floor_bits(error("whir queries " + std::to_string(circuit.queries.size() - 1))), circuit.fin);
  }
}

// The same report on the tables of DummyWHIR: rows on both sides, width of the tuple, bits.
TEST(Published, EveryLookupOfSoundcalcIsReproduced) {
  struct Row {
    const char* name;
    double rows, width;
    int bits;
  };
  for (const Row& row : {Row{"riscv keccak", 41943040.0 + 16777216.0, 20, 164},
                         {"riscv poseidon2", 8388608.0 * 2, 33, 165},
                         {"riscv range_check_16", 58720256.0 + 65536.0, 1, 166},
                         {"riscv bus", 4194304.0, 8, 168},
                         {"convert memory", 17825808.0 + 11534336.0, 6, 165},
                         {"combine memory", 7733264.0 + 3407872.0, 6, 167},
                         {"embed memory", 1048592.0 + 491520.0, 6, 170}}) {
    const long double degree = std::max(std::log2(row.width), 1.0);
    EXPECT_EQ(floor_bits(logup_error(row.rows, degree, goldilocks_cubed) +
                         gkr_error(std::log2(row.rows), goldilocks_cubed)),
              row.bits)
        << row.name;
  }
}

// A power batch of B functions costs B - 1 lines; report columns "batching", with the proof of work of that
// step.
TEST(Published, BatchingOfSoundcalcIsReproduced) {
  struct Row {
    const char* name;
    long double log_field;
    Decoding decoding;
    ReedSolomon code;
    int functions, pow, bits;
  };
  for (const Row& row :
       {Row{"DummyWHIR riscv",
            goldilocks_cubed,
            {Regime::johnson, 50, ListBound::johnson},
            {22, 4},
            200,
            21,
            145},
        {"DummyWHIR riscv UDR",
         goldilocks_cubed,
         {Regime::unique, 0, ListBound::johnson},
         {22, 4},
         200,
         21,
         180},
        {"OpenVM2 app", babybear_4, {Regime::unique, 0, ListBound::johnson}, {24, 1}, 2048, 15, 104},
        {"OpenVM2 internal", babybear_4, {Regime::johnson, 2, ListBound::johnson}, {19, 3}, 512, 20, 102},
        {"OpenVM2 root", babybear_4, {Regime::johnson, 1, ListBound::johnson}, {20, 4}, 18, 20, 107}}) {
    EXPECT_EQ(floor_bits(proximity_error(row.decoding, row.code, row.log_field) * (row.functions - 1) /
                         std::exp2(row.pow)),
              row.bits)
        << row.name;
  }
}

// leanMultisig: folding 7 then 5, first domain reduction 5, at most 8 variables in the clear, proof of work
// 16, 124 bits, Johnson bound. Rows are what its crates/whir/src/config.rs derives; "≈ 124 bits of provable
// security" is its claim. It takes the smallest term where we add, and the length of the first code for all
// folds of a phase.
struct Lean {
  int log_inverse_rate, variables;
  Bits queries, fold_pow, query_pow, out_of_domain, m;
};
const Lean lean_rows[] = {
    {1, 20, {227, 73}, {16, 15}, {16, 16}, {1, 1}, {30, 35}},
    {1, 25, {239, 74, 32}, {16, 16, 13}, {16, 16, 16}, {2, 2, 2}, {15, 18, 6}},
    {1, 26, {243, 75, 32, 21}, {16, 14, 14, 15}, {16, 16, 16, 14}, {2, 2, 2, 2}, {13, 12, 6, 3}},
    {2, 22, {114, 55, 28}, {15, 16, 11}, {16, 16, 16}, {2, 1, 1}, {14, 20, 5}},
    {2, 25, {117, 56, 28}, {16, 14, 14}, {16, 16, 16}, {2, 2, 2}, {10, 10, 5}},
};

TEST(Published, LeanMultisigHasThe124BitsItClaims) {
  for (const Lean& row : lean_rows) {
    SCOPED_TRACE("rate 2^-" + std::to_string(row.log_inverse_rate) +
                 ", n = " + std::to_string(row.variables));
    WhirParameters whir;
    int variables = row.variables, log_inverse_rate = row.log_inverse_rate;
    for (std::size_t i = 0; i < row.queries.size(); ++i) {
      const std::size_t fold = i == 0 ? 7 : 5;
      whir.rounds.push_back({variables, log_inverse_rate, row.out_of_domain[i], Bits(fold, row.fold_pow[i]),
                             row.queries[i], row.query_pow[i]});
      variables -= static_cast<int>(fold);
      log_inverse_rate += static_cast<int>(fold) - (i == 0 ? 5 : 1);
    }
    const WhirCounting counting = {log_quintic, 2, ListBound::johnson, true};
    const std::vector<Step> steps = whir_steps(whir, counting, Regime::johnson, row.m);
    // Its field counts as 155 bits, ours as 154.94.
    EXPECT_GE(bits(weakest(steps).error), 123.94) << weakest(steps).name;
    EXPECT_LT(bits(weakest(steps).error), 124.7) << weakest(steps).name;
    // Our choice of m is at least as good as the published one, by the sum of errors.
    const std::vector<int> ours = best_multiplicities(whir, counting);
    EXPECT_LE(sum(whir_steps(whir, counting, Regime::johnson, ours)), sum(steps));
    // Added up, and with the sumcheck factor of the theorem.
    const WhirCounting strict = {.log_field = log_quintic};
    EXPECT_GE(bits(sum(whir_steps(whir, strict, Regime::johnson, ours))), 121.0);
  }
}

}  // namespace
}  // namespace cairn::engine::soundness
