// The parts of the proof engine, one by one, and what the machine can do: memory and hashing.
#include <cstring>

#include "bench/prover_inputs.h"
#include "bench/prover_lines.h"
#include "prover/field/isa.h"
#include "prover/hash/merkle_tree.h"
#include "prover/hash/poseidon2.h"
#include "prover/hash/poseidon2_kernels.h"
#include "prover/parallel.h"
#include "prover/poly/dense.h"
#include "prover/poly/dense_kernels.h"
#include "prover/poly/ntt.h"

namespace cairn::bench {
namespace {

double poseidon2_per_s(const Options& options) {
  const std::size_t chunk = 256, n = (options.quick ? 64 : 512) * chunk;
  BaseVector states = some_elements(16 * n);
  const double seconds = fastest_s(options, [&] {
    parallel_for(n, chunk, [&](std::size_t begin, std::size_t end) {
      hash_kernels().permute(states.data() + 16 * begin, end - begin);
    });
  });
  return static_cast<double>(n) / seconds;
}

/// GB/s read and written by a[i] = b[i], of arrays that no cache holds.
double copy_gb_per_s(const Options& options) {
  const std::size_t n = std::size_t{1} << (options.quick ? 25 : 26);
  const BaseVector from = some_elements(n);
  BaseVector to = BaseVector::zeros(n);
  const double seconds = fastest_s(options, [&] {
    parallel_for(n, 1 << 18, [&](std::size_t begin, std::size_t end) {
      std::memcpy(to.data() + begin, from.data() + begin, (end - begin) * sizeof(KoalaBear));
    });
  });
  return 2 * static_cast<double>(n * sizeof(KoalaBear)) / seconds / 1e9;
}

}  // namespace

void measure_memory(const Options& options, Lines& lines) {
  with_one_and_all_threads(options, [&](unsigned threads) {
    lines.add("memory_copy", copy_gb_per_s(options), "GB/s", {{"threads", threads}});
    // a[i] = b[i] + s c[i], in doubles as STREAM does it.
    const std::size_t n = std::size_t{1} << (options.quick ? 24 : 25);
    std::vector<double> a(n), b(n, 1.0), c(n, 2.0);
    const double seconds = fastest_s(options, [&] {
      parallel_for(n, 1 << 17, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) a[i] = b[i] + 3.0 * c[i];
      });
    });
    lines.add("memory_triad", 3 * static_cast<double>(n * sizeof(double)) / seconds / 1e9, "GB/s",
              {{"threads", threads}});
  });
}

void measure_field(const Options& options, Lines& lines) {
  const std::size_t n = 1024, rounds = 256;  // in the first-level cache
  set_thread_count(1);
  for_each_isa([&](const std::string& isa) {
    ExtVector x = some_ext_elements(n);
    const BaseVector s = some_elements(n);
    const Quintic factor = x.get(1);
    double seconds = fastest_s(options, [&] {
      for (std::size_t i = 0; i < rounds; ++i) {
        dense_kernels().scale(x.plane(0), x.stride(), factor, x.plane(0), x.stride(), n);
      }
    });
    lines.add("ext_by_ext", static_cast<double>(n * rounds) / seconds, "products/s",
              {{"isa", isa}, {"threads", 1}});
    Quintic sum = Quintic::zero();
    seconds = fastest_s(options, [&] {
      for (std::size_t i = 0; i < rounds; ++i)
        sum += dense_kernels().dot_base(s.data(), x.plane(0), x.stride(), n);
      x.set(0, sum);
    });
    lines.add("base_by_ext_dot", static_cast<double>(n * rounds) / seconds, "products/s",
              {{"isa", isa}, {"threads", 1}});
  });
}

void measure_poseidon2(const Options& options, Lines& lines) {
  set_thread_count(1);
  for_each_isa([&](const std::string& isa) {
    lines.add("poseidon2", poseidon2_per_s(options), "permutations/s", {{"isa", isa}, {"threads", 1}});
  });
  std::array<KoalaBear, 16> state{};
  const double seconds = fastest_s(options, [&] {
    for (int i = 0; i < 10'000; ++i) permute(state);
  });
  lines.add("poseidon2_one_by_one", 10'000 / seconds, "permutations/s", {{"isa", "scalar"}, {"threads", 1}});
  if (options.threads == 1) return;
  set_thread_count(options.threads);
  lines.add("poseidon2", poseidon2_per_s(options), "permutations/s",
            {{"isa", isa_name(best_isa())}, {"threads", options.threads}});
}

void measure_ntt(const Options& options, Lines& lines) {
  const unsigned n = options.quick ? 20 : 24, k = 6;
  const BaseVector values = some_elements(std::size_t{1} << n);
  const auto measure = [&](unsigned r, const std::string& isa, unsigned threads) {
    BaseMatrix out;
    const double seconds = fastest_s(options, [&] {
      out = BaseMatrix();
      out = encode_blocks(values, k, r, std::size_t{1} << k);
    });
    const Json parameters = {
        {"isa", isa}, {"threads", threads}, {"log_cells", n}, {"columns", 1 << k}, {"log_rate", r}};
    const double elements = static_cast<double>(out.height() * out.width());
    lines.add("ntt", elements / seconds, "elements/s", parameters);
    lines.add("ntt_bytes", elements * sizeof(KoalaBear) / seconds / 1e9, "GB/s", parameters);
  };
  set_thread_count(1);
  for_each_isa([&](const std::string& isa) { measure(1, isa, 1); });
  set_thread_count(options.threads);
  const std::string best(isa_name(best_isa()));
  if (options.threads > 1) measure(1, best, options.threads);
  measure(2, best, options.threads);
}

void measure_merkle(const Options& options, Lines& lines) {
  const std::size_t height = std::size_t{1} << (options.quick ? 14 : 18), width = 64;
  BaseMatrix matrix(height, width);
  const BaseVector x = some_elements(height * width);
  std::copy(x.begin(), x.end(), matrix.data());
  const double permutations = static_cast<double>(height * (width / 8 - 1) + height - 1);
  const auto measure = [&](const std::string& isa, unsigned threads) {
    const double seconds = fastest_s(options, [&] { MerkleTree<Poseidon2Hash> tree(matrix); });
    const Json parameters = {{"isa", isa}, {"threads", threads}, {"leaves", height}, {"leaf_words", width}};
    lines.add("merkle", static_cast<double>(height * width) / seconds, "elements/s", parameters);
    lines.add("merkle_bytes", static_cast<double>(height * width * sizeof(KoalaBear)) / seconds / 1e9, "GB/s",
              parameters);
    lines.add("merkle_permutations", permutations / seconds, "permutations/s", parameters);
  };
  set_thread_count(1);
  for_each_isa([&](const std::string& isa) { measure(isa, 1); });
  if (options.threads == 1) return;
  set_thread_count(options.threads);
  measure(std::string(isa_name(best_isa())), options.threads);
}

void measure_multilinear(const Options& options, Lines& lines) {
  const unsigned n = options.quick ? 18 : 22;
  const double size = static_cast<double>(std::size_t{1} << n);
  const BaseVector base = some_elements(std::size_t{1} << n);
  const std::vector<Quintic> point = some_point(n);
  with_one_and_all_threads(options, [&](unsigned threads) {
    const Json parameters = {{"isa", isa_name(isa())}, {"threads", threads}, {"log_size", n}};
    ExtVector table;
    double seconds = fastest_s(options, [&] {
      table = ExtVector();
      table = dense_eq_table(point);
    });
    lines.add("eq_table", size / seconds, "elements/s", parameters);
    Quintic value;
    seconds = fastest_s(options, [&] { value = dense_evaluate(base, point); });
    lines.add("evaluate_base", size / seconds, "elements/s", parameters);
    seconds = fastest_s(options, [&] { value = dense_evaluate(table, point); });
    lines.add("evaluate_ext", size / seconds, "elements/s", parameters);
    ExtVector folded;
    seconds = fastest_s(options, [&] {
      folded = ExtVector();
      folded = fold(base, point[0]);
    });
    lines.add("fold_base", size / seconds, "elements/s", parameters);
    seconds = fastest_s(options, [&] {
      ExtVector again = std::move(table);
      const std::size_t half = again.size() / 2, stride = again.stride();
      parallel_for(half, 4096, [&](std::size_t begin, std::size_t end) {
        dense_kernels().fold_ext(again.plane(0) + begin, stride, half, point[0], end - begin);
      });
      table = std::move(again);
    });
    lines.add("fold_ext", size / seconds, "elements/s", parameters);
  });
}

void measure_limit(const Options& options, Lines& lines) {
  // Committing a cell at rate 2^-r with 2^6 columns writes 2^r elements and hashes them: 7 permutations per
  // leaf of 64 elements and one per node above it.
  set_thread_count(options.threads);
  const double permutations_per_s = poseidon2_per_s(options), copied_gb_per_s = copy_gb_per_s(options);
  for (const unsigned r : {1u, 2u}) {
    const double per_cell = (1u << r) * 8.0 / 64, bytes_per_cell = 4 + 4.0 * (1u << r);
    const Json parameters = {{"threads", options.threads}, {"log_rate", r}};
    lines.add("limit_of_hashing", permutations_per_s / per_cell, "committed cells/s", parameters);
    lines.add("limit_of_memory", copied_gb_per_s * 1e9 / bytes_per_cell, "committed cells/s", parameters);
  }
}

}  // namespace cairn::bench
