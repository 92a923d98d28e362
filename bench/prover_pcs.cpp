// The sumcheck on a product, and WHIR with its phases, beside what they cost a verifier.
#include "bench/prover_inputs.h"
#include "bench/prover_lines.h"
#include "prover/pcs/product_kernels.h"
#include "prover/pcs/whir_prove.h"
#include "prover/pcs/whir_verify.h"
#include "prover/poly/dense.h"
#include "prover/transcript/poseidon2_sponge.h"
#include "prover/transcript/reader.h"

namespace cairn::bench {
namespace {

constexpr Domain domain{"cairn prover_bench", 1, {}};

/// Two tables with one opening point each that fill the polynomial: 48 columns of 1/64 of it, 64 of
/// 1/256.
std::vector<Statement> some_statements(const BaseVector& values, unsigned n) {
  std::vector<Statement> out;
  const auto add = [&](unsigned selector_bits, std::uint64_t first, std::uint64_t columns) {
    Statement statement{some_point(n - selector_bits), {}};
    const std::size_t size = values.size() >> selector_bits;
    for (std::uint64_t s = first; s < first + columns; ++s) {
      const auto column = std::span<const KoalaBear>(values).subspan(s * size, size);
      statement.claims.push_back({s, dense_evaluate(column, statement.point)});
    }
    out.push_back(std::move(statement));
  };
  add(6, 0, 48);
  add(8, 192, 64);
  return out;
}

void measure_whir_of(const Options& options, Lines& lines, unsigned n, unsigned log_inverse_rate) {
  const WhirParams& params = *whir_params(n, log_inverse_rate);
  const BaseVector values = some_elements(std::size_t{1} << n);
  const std::vector<Statement> statements = some_statements(values, n);
  const double cells = static_cast<double>(values.size());
  std::vector<std::uint8_t> proof;
  WhirTimes times;
  double commit_s = 1e300, open_s = 1e300, best = 1e300;
  for (int run = 0; run < (options.quick ? 1 : 3); ++run) {
    WhirTimes of_run;
    Writer<Poseidon2Sponge> writer(domain);
    BaseVector copy = values.copy();
    const double begun = seconds_now(options);
    auto witness = commit<Poseidon2Hash>(writer, std::move(copy), values.size(), params, &of_run);
    const double committed = seconds_now(options);
    open(writer, std::move(witness), std::span<const Statement>(statements), &of_run);
    const double opened = seconds_now(options);
    if (opened - begun < best) {
      best = opened - begun;
      commit_s = committed - begun;
      open_s = opened - committed;
      times = of_run;
    }
    proof = writer.take();
  }
  std::uint64_t permutations = 0;
  const double verify_s = fastest_s(options, [&] {
    Reader<Poseidon2Sponge> reader(proof, domain);
    permutations = 0;
    verify_opening(reader, read_commitment<Poseidon2Hash>(reader, params, values.size()),
                   std::span<const Statement>(statements), &permutations);
    if (reader.finish() != VerifyError::none) assert_failed("the proof verifies", __FILE__, __LINE__);
    permutations += reader.permutations();
  });

  Json shape{{"log_cells", n}, {"log_inverse_rate", log_inverse_rate}};
  Json prover = shape;
  prover["threads"] = options.threads;
  lines.add("whir_commit", commit_s, "s", prover);
  lines.add("whir_open", open_s, "s", prover);
  lines.add("whir_prove", cells / best, "cells/s", prover);
  const double sum = times.encode + times.hash + times.samples + times.sumcheck + times.grind + times.query;
  for (const auto& [phase, seconds] : {std::pair{"encode", times.encode},
                                       {"hash", times.hash},
                                       {"samples", times.samples},
                                       {"sumcheck", times.sumcheck},
                                       {"grind", times.grind},
                                       {"query", times.query}}) {
    Json at = prover;
    at["phase"] = phase;
    lines.add("whir_phase", 100 * seconds / sum, "%", at);
  }
  lines.add("whir_verify", 1e3 * verify_s, "ms", shape);
  lines.add("whir_proof", static_cast<double>(proof.size()) / 1024, "KiB", shape);
  lines.add("whir_verify_permutations", static_cast<double>(permutations), "permutations", shape);
}

}  // namespace

void measure_sumcheck(const Options& options, Lines& lines) {
  const std::size_t n = std::size_t{1} << (options.quick ? 18 : 22), half = n / 2,
                    piece = std::size_t{1} << 12;
  const BaseVector base = some_elements(n);
  ExtVector p = some_ext_elements(n), w = some_ext_elements(n);
  // Over all threads; `bytes` are those read and written per element of P.
  const auto line = [&](const char* what, const std::string& isa, std::size_t count, double bytes,
                        auto&& kernel) {
    const double seconds = fastest_s(options, [&] {
      parallel_for(count, piece, [&](std::size_t begin, std::size_t end) { kernel(begin, end - begin); });
    });
    const Json at{{"isa", isa}, {"threads", options.threads}};
    lines.add(what, static_cast<double>(n) / seconds, "elements/s", at);
    lines.add(std::string(what) + "_memory", bytes * static_cast<double>(n) / seconds / 1e9, "GB/s", at);
  };
  for_each_isa([&](const std::string& isa) {
    const ProductKernels& kernels = product_kernels();
    line("sumcheck_round_base", isa, half, 4 + 20, [&](std::size_t i, std::size_t count) {
      kernels.round_base(base.data() + i, half, w.plane(0) + i, w.stride(), half, count);
    });
    line("sumcheck_round", isa, half, 20 + 20, [&](std::size_t i, std::size_t count) {
      kernels.round_ext(p.plane(0) + i, p.stride(), w.plane(0) + i, w.stride(), half, count);
    });
    line("sumcheck_fold_round", isa, half / 2, 20 + 20 + 10 + 10, [&](std::size_t i, std::size_t count) {
      kernels.fold_round(p.plane(0) + i, p.stride(), w.plane(0) + i, w.stride(), half / 2, Quintic::one(),
                         count);
    });
  });
}

void measure_whir(const Options& options, Lines& lines) {
  for (unsigned n : options.quick ? std::vector<unsigned>{16, 18} : std::vector<unsigned>{20, 22, 24}) {
    for (unsigned log_inverse_rate : {1U, 2U}) measure_whir_of(options, lines, n, log_inverse_rate);
  }
}

}  // namespace cairn::bench
