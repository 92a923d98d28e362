// How fast the proof engine and its parts are, beside what the machine allows: one line per measurement.
//
//   prover_bench [--json] [--quick] [--threads N] [--cpu-time] [--log-rows N] [--only GROUP …] [--list]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "bench/prover_lines.h"
#include "prover/parallel.h"

namespace cairn::bench {

struct Group {
  const char* name;
  void (*measure)(const Options&, Lines&);
};

// clang-format off
constexpr Group groups[] = {
    {"memory", measure_memory}, {"field", measure_field},   {"poseidon2", measure_poseidon2},
    {"ntt", measure_ntt},       {"merkle", measure_merkle}, {"multilinear", measure_multilinear},
    {"sumcheck", measure_sumcheck}, {"whir", measure_whir}, {"limit", measure_limit},
    {"poseidon2_proof", measure_poseidon2_proof}, {"gkr", measure_gkr}, {"calculator_proof", measure_calculator_proof},
    {"padding", measure_padding},
};
// clang-format on

void Lines::add(std::string_view what, double value, std::string_view unit, Json parameters) {
  if (json_) {
    parameters["what"] = what;
    parameters["value"] = value;
    parameters["unit"] = unit;
    std::printf("%s\n", parameters.dump().c_str());
  } else {
    std::string text;
    for (const auto& [key, parameter] : parameters.items()) text += " " + key + "=" + parameter.dump();
    std::printf("%-28.*s %14.6g %-16.*s%s\n", static_cast<int>(what.size()), what.data(), value,
                static_cast<int>(unit.size()), unit.data(), text.c_str());
  }
  std::fflush(stdout);
}

}  // namespace cairn::bench

int main(int argc, char** argv) {
  using namespace cairn::bench;
  CLI::App app("Measures the proof engine.");
  bool json = false, list = false;
  Options options;
  std::vector<std::string> only;
  app.add_flag("--json", json, "one JSON object per line");
  app.add_flag("--quick", options.quick, "smaller inputs");
  app.add_flag("--list", list, "name the groups of measurements");
  app.add_option("--threads", options.threads, "threads, where all are used (all that there are)");
  app.add_option("--log-rows", options.log_rows, "rows of the tables of whole proofs (several sizes)")
      ->check(CLI::Range(4, 20));
  app.add_flag("--cpu-time", options.cpu_time, "CPU seconds instead of wall seconds, for a busy machine");
  app.add_option("--only", only, "only these groups");
  CLI11_PARSE(app, argc, argv);
  if (options.quick) options.least_seconds = 0.05;
  cairn::engine::set_thread_count(options.threads);
  options.threads = cairn::engine::thread_count();
  for (const std::string& name : only) {
    if (std::none_of(std::begin(groups), std::end(groups), [&](const Group& g) { return g.name == name; })) {
      std::fprintf(stderr, "prover_bench: no group \"%s\"; --list names them\n", name.c_str());
      return 2;
    }
  }
  Lines lines(json);
  for (const Group& group : groups) {
    if (list) {
      std::printf("%s\n", group.name);
    } else if (only.empty() || std::find(only.begin(), only.end(), group.name) != only.end()) {
      cairn::engine::set_thread_count(options.threads);
      group.measure(options, lines);
    }
  }
}
