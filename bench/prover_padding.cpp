// What rows of padding cost: a table of 2^k rows that are all real, beside one of 2^k + 1 real rows, which
// has 2^(k+1), and one of 2^(k+1) real rows. All three are proved in turn, so that the ratios hold whatever
// else the machine does.
#include <algorithm>

#include "bench/prover_lines.h"
#include "prover/chips/poseidon2_fill.h"
#include "prover/chips/poseidon2_machine.h"
#include "prover/field/isa.h"
#include "prover/prove/gkr.h"
#include "prover/prove/prover.h"

namespace cairn::bench {
namespace {

using namespace engine;

constexpr int kCalls = 5;

/// The fastest of several. A phase is wall time, whatever the clock.
struct Fastest {
  double prove = 1e300, zerocheck = 1e300, relation = 1e300;  ///< relation: buses and zerocheck
};

/// How much of a real row's time a row of padding takes: 0 when it is free.
double share(double half, double padded, double full) { return (padded - half) / (full - half); }

/// Rows from `real` on are padding.
void prove_permutations(const Options& options, std::size_t real, unsigned log_rows, Fastest& fastest) {
  auto witness = Witness::allocate(Poseidon2Machine::shape(), {static_cast<std::uint8_t>(log_rows)});
  CAIRN_ASSERT(witness.ok());
  const TableView table = witness->table(0);
  std::vector<KoalaBear> inputs(poseidon2::width * real), counts(real, KoalaBear::zero());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    inputs[i] = KoalaBear::from(static_cast<std::uint32_t>(i / poseidon2::width + i % poseidon2::width));
  }
  counts[0] = KoalaBear::one();
  fill_permutations(table, inputs, counts);
  using Row = Poseidon2Chip<Poseidon2Spec::permutation>::Columns<KoalaBear>;
  const Row first = table.get<Row>(0);
  std::vector<KoalaBear> publics(first.input, first.input + poseidon2::width);
  publics.insert(publics.end(), std::begin(first.final[poseidon2::half_full_rounds - 1]),
                 std::end(first.final[poseidon2::half_full_rounds - 1]));
  PhaseTimes times;
  const double begun = seconds_now(options);
  CAIRN_ASSERT(prove<Poseidon2Machine>(std::move(witness).value(), publics, {1, &times}).ok());
  fastest.prove = std::min(fastest.prove, seconds_now(options) - begun);
  fastest.zerocheck = std::min(fastest.zerocheck, times.zerocheck);
  fastest.relation = std::min(fastest.relation, times.gkr + times.zerocheck);
}

/// The sum over `interactions` interactions of a table with 2^log_rows rows, `real` of them real: behind
/// those all fractions of an interaction are the same.
double sum_fractions(const Options& options, std::size_t real, unsigned log_rows) {
  constexpr std::size_t interactions = 16;
  const std::size_t height = std::size_t{1} << log_rows, size = interactions * height,
                    used = (real + 15) / 16 * 16;
  Fractions fractions{BaseVector(size), staggered(size)};
  for (std::size_t begin = 0; begin < size; begin += height) {
    for (std::size_t i = begin; i < begin + used; ++i) {
      fractions.numerators[i] = KoalaBear::from(i % 3);
      for (std::size_t k = 0; k < Quintic::degree; ++k) {
        fractions.denominators.plane(k)[i] = KoalaBear::from(7919 * i + k + 1);
      }
    }
    fractions.constant.push_back(
        {begin + used, begin + height, {Quintic::zero(), Quintic::from(KoalaBear::from(begin + 2))}});
  }
  Writer<Poseidon2Sponge> writer({"bench", 1, {}});
  const double begun = seconds_now(options);
  prove_gkr(writer, std::move(fractions));
  return seconds_now(options) - begun;
}

}  // namespace

void measure_padding(const Options& options, Lines& lines) {
  const unsigned log_rows = options.quick ? 11 : 14;
  const std::size_t rows = std::size_t{1} << log_rows;
  const auto parameters = [&](const char* table) {  // what has the rows
    return Json{{"table", table}, {"rows", rows}, {"threads", options.threads}, {"isa", isa_name(isa())}};
  };
  Fastest half, padded, full;
  for (int call = 0; call < kCalls; ++call) {
    prove_permutations(options, rows, log_rows, half);
    prove_permutations(options, rows + 1, log_rows + 1, padded);
    prove_permutations(options, 2 * rows, log_rows + 1, full);
  }
  lines.add("padding_prove_ratio", padded.prove / half.prove, "times as long", parameters("poseidon2"));
  lines.add("padding_relation_ratio", padded.relation / half.relation, "times as long",
            parameters("poseidon2"));
  lines.add("padding_prove", share(half.prove, padded.prove, full.prove), "of a real row",
            parameters("poseidon2"));
  lines.add("padding_zerocheck", share(half.zerocheck, padded.zerocheck, full.zerocheck), "of a real row",
            parameters("poseidon2"));

  double sums[] = {1e300, 1e300, 1e300};
  for (int call = 0; call < kCalls; ++call) {
    sums[0] = std::min(sums[0], sum_fractions(options, rows, log_rows));
    sums[1] = std::min(sums[1], sum_fractions(options, rows + 1, log_rows + 1));
    sums[2] = std::min(sums[2], sum_fractions(options, 2 * rows, log_rows + 1));
  }
  lines.add("padding_gkr_ratio", sums[1] / sums[0], "times as long", parameters("16 interactions"));
  lines.add("padding_gkr", share(sums[0], sums[1], sums[2]), "of a real row", parameters("16 interactions"));
}

}  // namespace cairn::bench
