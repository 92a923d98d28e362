// Measurements of the proof engine. A group of measurements is one function and one row in the table of
// prover_bench.cpp.
#pragma once

#include <time.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"
#include "prover/parallel.h"

namespace cairn::bench {

struct Options {
  bool quick = false;          ///< smaller inputs, for a look
  unsigned log_rows = 0;       ///< rows of the tables of whole proofs; 0: several
  unsigned threads = 0;        ///< threads of measurements that use all of them
  double least_seconds = 0.3;  ///< how long a measurement is repeated
  bool cpu_time = false;       ///< count CPU seconds per thread, for a machine that does other work as well
};

/// What is printed: one line each, at once. `what` names the measurement in lower_snake_case and is unique
/// together with the parameters; `value` is in `unit`.
class Lines {
 public:
  explicit Lines(bool json) : json_(json) {}
  void add(std::string_view what, double value, std::string_view unit, Json parameters = Json::object());

 private:
  bool json_;
};

/// The clock of all measurements.
inline double seconds_now(const Options& options) {
  timespec t;
  clock_gettime(options.cpu_time ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return (static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9) /
         (options.cpu_time ? engine::thread_count() : 1);
}

/// Seconds of the fastest call of `body`, called at least twice and for at least `least_seconds`: other work
/// on the machine only ever makes it slower.
template <class Body>
double fastest_s(const Options& options, Body&& body) {
  double fastest = 1e300, total = 0;
  for (int calls = 0; calls < 2 || total < options.least_seconds; ++calls) {
    const double begun = seconds_now(options);
    body();
    const double seconds = seconds_now(options) - begun;
    total += seconds;
    if (seconds < fastest) fastest = seconds;
  }
  return fastest;
}

void measure_memory(const Options& options, Lines& lines);
void measure_field(const Options& options, Lines& lines);
void measure_poseidon2(const Options& options, Lines& lines);
void measure_ntt(const Options& options, Lines& lines);
void measure_merkle(const Options& options, Lines& lines);
void measure_multilinear(const Options& options, Lines& lines);
void measure_sumcheck(const Options& options, Lines& lines);
void measure_whir(const Options& options, Lines& lines);
void measure_gkr(const Options& options, Lines& lines);
void measure_calculator_proof(const Options& options, Lines& lines);
void measure_poseidon2_proof(const Options& options, Lines& lines);
void measure_padding(const Options& options, Lines& lines);
void measure_limit(const Options& options, Lines& lines);

}  // namespace cairn::bench
