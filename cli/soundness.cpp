#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "cli/command.h"
#include "common/json.h"
#include "prover/chips/calculator.h"
#include "prover/chips/poseidon2_machine.h"
#include "prover/rv32/verify/segment_verifier.h"
#include "prover/soundness/machine.h"

namespace cairn::cli {
namespace {

using namespace engine::soundness;
using engine::WhirParams;

/// Machines by name; a new one is a new row.
struct NamedMachine {
  const char* name;
  const engine::MachineShape& (*shape)();
};
constexpr NamedMachine kMachines[] = {
    {"poseidon2", engine::Poseidon2Machine::shape},
    {"calculator", engine::Calculator::shape},
    {"rv32", rv32::machine_shape},
};

struct Options {
  std::string machine;
  std::vector<int> log_heights, rows;
  int log_cells = 0, log_inverse_rate = 0;  // 0: all
  std::vector<int> queries;
  double target = target_bits;
  bool json = false;
};

/// One set of parameters with what it proves.
struct Row {
  WhirParams params;
  Analysis johnson, unique;

  const Analysis& best() const { return johnson.total_bits >= unique.total_bits ? johnson : unique; }
};

Result<Row> row_of(const Options& options, WhirParams params, const Statement& statement) {
  if (!options.queries.empty()) {
    if (options.queries.size() != params.phase_count) {
      return Error{Code::invalid_input,
                   "these parameters have " + std::to_string(params.phase_count) + " rounds of queries"};
    }
    for (std::size_t i = 0; i < options.queries.size(); ++i) {
      params.phase[i].queries = static_cast<std::uint8_t>(options.queries[i]);
    }
  }
  const WhirParameters whir = whir_parameters(params, claims_of(statement));
  CAIRN_ASSIGN(Analysis johnson, analyse(statement, whir, Regime::johnson));
  CAIRN_ASSIGN(Analysis unique, analyse(statement, whir, Regime::unique));
  return Row{params, std::move(johnson), std::move(unique)};
}

/// The statement that was asked for; without a machine, the largest for each number of cells.
Result<std::optional<Statement>> statement_asked(const Options& options) {
  if (options.machine.empty()) return std::optional<Statement>();
  for (const NamedMachine& machine : kMachines) {
    if (options.machine != machine.name) continue;
    if (options.rows.empty()) {
      CAIRN_ASSIGN(Statement statement, statement_of(machine.shape(), options.log_heights));
      return std::optional(std::move(statement));
    }
    const engine::CommittedRows rows(options.rows.begin(), options.rows.end());
    CAIRN_ASSIGN(Statement statement, statement_of(machine.shape(), rows));
    return std::optional(std::move(statement));
  }
  return Error{Code::not_found, "no machine is called " + options.machine};
}

Result<std::vector<Row>> rows_asked(const Options& options) {
  CAIRN_ASSIGN(const std::optional<Statement> asked, statement_asked(options));
  const int cells =
      asked ? std::max(log_cells(*asked), static_cast<int>(engine::whir_variables_min)) : options.log_cells;
  std::vector<Row> rows;
  for (const WhirParams& params : engine::whir_param_table()) {
    if (cells != 0 && params.variables != cells) continue;
    if (options.log_inverse_rate != 0 && params.log_inverse_rate != options.log_inverse_rate) continue;
    CAIRN_ASSIGN(Row row, row_of(options, params, asked ? *asked : largest_statement(params.variables)));
    rows.push_back(std::move(row));
  }
  if (rows.empty())
    return Error{Code::not_found, "there are no parameters for 2^" + std::to_string(cells) + " cells"};
  return rows;
}

std::vector<int> queries_of(const WhirParams& params) {
  std::vector<int> out;
  for (const engine::WhirPhase& phase : params.phases()) out.push_back(phase.queries);
  return out;
}

double rounded(double bits) { return std::floor(bits * 100) / 100; }

Json json_of(const Row& row, bool with_steps) {
  Json out = {{"log_inverse_rate", row.params.log_inverse_rate},
              {"log_cells", row.params.variables},
              {"queries", queries_of(row.params)},
              {"provable_bits", rounded(row.best().total_bits)},
              {"johnson_bits", rounded(row.johnson.total_bits)},
              {"unique_bits", rounded(row.unique.total_bits)},
              {"weakest", row.best().weakest},
              {"weakest_bits", rounded(row.best().weakest_bits)}};
  if (!with_steps) return out;
  out["multiplicities"] = row.johnson.multiplicities;
  const auto steps = [](const Analysis& analysis) {
    Json list = Json::array();
    for (const Step& step : analysis.steps)
      list.push_back({{"name", step.name}, {"bits", rounded(bits(step.error))}});
    return list;
  };
  out["johnson"] = steps(row.johnson);
  out["unique"] = steps(row.unique);
  return out;
}

void print(const std::vector<Row>& rows, const Options& options, bool ok) {
  const bool one = rows.size() == 1;
  if (options.json) {
    Json out = {{"ok", ok}, {"target_bits", options.target}, {"rows", Json::array()}};
    for (const Row& row : rows) out["rows"].push_back(json_of(row, one));
    std::printf("%s\n", out.dump().c_str());
    return;
  }
  std::printf("rate   cells  provable  Johnson  unique  weakest step\n");
  for (const Row& row : rows) {
    const std::string rate = "1/" + std::to_string(1 << row.params.log_inverse_rate);
    std::printf("%-5s  2^%-3d  %8.2f  %7.2f  %6.2f  %s (%.2f)%s\n", rate.c_str(), row.params.variables,
                rounded(row.best().total_bits), rounded(row.johnson.total_bits),
                rounded(row.unique.total_bits), row.best().weakest.c_str(), rounded(row.best().weakest_bits),
                row.best().total_bits < options.target ? "  BELOW" : "");
  }
  if (!one) return;
  std::printf("\nJohnson  unique  step\n");
  const Analysis& unique = rows[0].unique;
  for (const Step& step : rows[0].johnson.steps) {
    const auto same = std::find_if(unique.steps.begin(), unique.steps.end(),
                                   [&](const Step& other) { return other.name == step.name; });
    char other[16] = "-";
    if (same != unique.steps.end()) std::snprintf(other, sizeof other, "%.2f", rounded(bits(same->error)));
    std::printf("%7.2f  %6s  %s\n", rounded(bits(step.error)), other, step.name.c_str());
  }
}

Status report(const Options& options, int& exit) {
  CAIRN_ASSIGN(const std::vector<Row> rows, rows_asked(options));
  std::size_t below = 0;
  for (const Row& row : rows) below += row.best().total_bits < options.target ? 1 : 0;
  print(rows, options, below == 0);
  if (below == 0) return {};
  exit = exit_failure;
  std::fprintf(stderr, "cairn: %zu of %zu parameter sets have fewer than %g provable bits\n", below,
               rows.size(), options.target);
  return {};
}

}  // namespace

void add_soundness(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command =
      app.add("soundness",
              "Computes the provable bits of the proof engine from its parameters, without conjectures, all "
              "errors added.\n"
              "Every parameter set for the largest statement, or one proof of a machine with all its steps.",
              "cairn soundness --machine poseidon2 --log-heights 16 --log-inverse-rate 1");
  Option machine = command.option("--machine", options->machine, "poseidon2, calculator or rv32");
  Option heights =
      command.option("--log-heights", options->log_heights,
                     "log2 of the rows of each of its tables, all committed, -1 where one is absent");
  heights.comma_separated().between_int(-1, 24).needs(machine);
  command
      .option("--rows", options->rows,
              "Or the rows that each commits, as a proof's header says, 0 where one is absent")
      .comma_separated()
      .between_int(0, 1 << 24)
      .needs(machine)
      .excludes(heights);
  command.option("--log-cells", options->log_cells, "log2 of the committed cells; default: all")
      .between_int(engine::whir_variables_min, engine::whir_variables_max)
      .excludes(machine);
  command
      .option("--log-inverse-rate", options->log_inverse_rate, "1 for rate 1/2, 2 for 1/4, …; default: all")
      .between_int(engine::whir_log_inverse_rate_min, engine::whir_log_inverse_rate_max);
  command.option("--queries", options->queries, "Queries per round instead of those of the engine")
      .comma_separated()
      .between_int(1, 255);
  command.option("--target", options->target, "Bits below which a parameter set is refused").show_default();
  command.flag("--json", options->json, "One JSON object");
  command.run([options, &exit] {
    if (!options->machine.empty() && options->rows.empty() && options->log_heights.empty())
      wrong_usage("--machine", "needs --log-heights or --rows");
    const Status status = report(*options, exit);
    if (!status.ok()) exit = fail(status.error(), options->json);
  });
}

}  // namespace cairn::cli
