#include "prover/soundness/protocol.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace cairn::engine::soundness {
namespace {

int log2_ceil(std::uint64_t n) {
  int log = 0;
  while ((std::uint64_t{1} << log) < n) ++log;
  return log;
}

std::uint64_t interaction_rows(const Statement& statement) {
  std::uint64_t rows = 0;
  for (const Table& table : statement.tables) {
    rows += (std::uint64_t{1} << table.log_height) * static_cast<std::uint64_t>(table.interactions);
  }
  return rows;
}

int highest(const Statement& statement) {
  int log_height = 0;
  for (const Table& table : statement.tables) log_height = std::max(log_height, table.log_height);
  return log_height;
}

Status check(const Statement& statement, const WhirParameters& whir) {
  const auto wrong = [](const std::string& what) { return Error{Code::invalid_input, what}; };
  for (const Table& table : statement.tables) {
    if (table.log_height < 0 || table.log_height > 32 || table.columns < 0 || table.columns > 1 << 20 ||
        table.interactions < 0 || table.interactions > 1 << 24 ||
        table.committed_rows > std::uint64_t{1} << table.log_height) {
      return wrong("table " + table.name + " has no such height or width");
    }
  }
  if (static_cast<long double>(interaction_rows(statement)) >= modulus) {
    return wrong("multiplicities may overflow: height x interactions add up to the modulus or more");
  }
  if (whir.rounds.empty()) return wrong("no WHIR round");
  if (log_cells(statement) > whir.rounds.front().variables)
    return wrong("the columns do not fit into the polynomial");
  if (highest(statement) > whir.rounds.front().variables)
    return wrong("a table is higher than the polynomial");
  int left = whir.rounds.front().variables;
  for (const WhirRound& round : whir.rounds) {
    const bool ground =
        round.query_pow_bits >= 0 &&
        std::all_of(round.fold_pow_bits.begin(), round.fold_pow_bits.end(), [](int pow) { return pow >= 0; });
    if (round.variables != left || round.fold() < 1 || round.fold() > left || round.log_inverse_rate < 1 ||
        round.queries < 1 || round.out_of_domain < 0 || !ground) {
      return wrong("the WHIR rounds do not fit together");
    }
    left -= round.fold();
  }
  return {};
}

std::string text_of(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

}  // namespace

int log_cells(const Statement& statement) {
  std::uint64_t cells = 0;
  for (const Table& table : statement.tables) {
    const std::uint64_t rows =
        table.committed_rows != 0 ? table.committed_rows : std::uint64_t{1} << table.log_height;
    cells += rows * static_cast<std::uint64_t>(table.columns);
  }
  return cells == 0 ? 0 : log2_ceil(cells);
}

long double logup_error(long double rows, long double degree, long double log_field) {
  return rows * degree * std::exp2(-log_field);
}

long double gkr_error(long double layers, long double log_field) {
  return layers * (3 * layers + 1) / 2 * std::exp2(-log_field);
}

std::vector<Step> relation_steps(const Statement& statement) {
  const long double field = std::exp2(log_quintic);
  const std::uint64_t rows = interaction_rows(statement);
  const int height = highest(statement);
  std::vector<Step> steps;
  if (rows > 0) {
    // A denominator is linear in the shift and multilinear in the coordinates of the fingerprint.
    const int degree = std::max(1, log2_ceil(static_cast<std::uint64_t>(statement.tuple_width)));
    steps.push_back({"logup", logup_error(static_cast<long double>(rows), degree, log_quintic)});
    steps.push_back({"gkr", gkr_error(log2_ceil(rows), log_quintic)});
  }
  steps.push_back({"zerocheck point", height / field});
  steps.push_back({"constraint batching", statement.constraints / field});
  steps.push_back(
      {"zerocheck sumcheck", static_cast<long double>(height) * (statement.constraint_degree + 1) / field});
  return steps;
}

Result<Analysis> analyse(const Statement& statement, const WhirParameters& whir, Regime regime) {
  CAIRN_TRY(check(statement, whir));
  const WhirCounting counting = {.log_field = log_quintic};
  Analysis out = {};
  out.regime = regime;
  if (regime == Regime::johnson) out.multiplicities = best_multiplicities(whir, counting);
  out.steps = relation_steps(statement);
  for (Step& step : whir_steps(whir, counting, regime, out.multiplicities))
    out.steps.push_back(std::move(step));
  out.steps.push_back({"hash collision", error_of_bits(hash_bits)});
  out.steps.push_back({"sponge capacity", error_of_bits(hash_bits)});
  out.total_bits = bits(sum(out.steps));
  out.weakest_bits = bits(weakest(out.steps).error);
  out.weakest = weakest(out.steps).name;
  return out;
}

Result<Analysis> provable(const Statement& statement, const WhirParameters& whir, double target) {
  CAIRN_ASSIGN(Analysis johnson, analyse(statement, whir, Regime::johnson));
  CAIRN_ASSIGN(Analysis unique, analyse(statement, whir, Regime::unique));
  Analysis& best = johnson.total_bits >= unique.total_bits ? johnson : unique;
  if (best.total_bits < target) {
    return Error{Code::invalid_input, text_of(best.total_bits) + " provable bits, fewer than " +
                                          text_of(target) + "; the weakest step is " + best.weakest +
                                          " with " + text_of(best.weakest_bits)};
  }
  return std::move(best);
}

}  // namespace cairn::engine::soundness
