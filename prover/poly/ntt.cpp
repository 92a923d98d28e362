#include "prover/poly/ntt.h"

#include <algorithm>
#include <vector>

#include "common/result.h"
#include "prover/field/isa.h"
#include "prover/parallel.h"
#include "prover/poly/ntt_kernels.h"

namespace cairn::engine {
namespace {

constexpr unsigned layers_max = 4;  ///< layers that one kernel call joins

unsigned log2_exact(std::size_t n) {
  unsigned log = 0;
  while ((std::size_t{1} << log) < n) ++log;
  CAIRN_ASSERT(n == std::size_t{1} << log);
  return log;
}

/// Calls group(t, layers) for the layers [from, to) in groups of equal size, as far as they go.
template <class Group>
void for_each_group(unsigned from, unsigned to, Group&& group) {
  unsigned groups = (to - from + layers_max - 1) / layers_max;
  for (unsigned t = from; t < to; --groups) {
    const unsigned layers = (to - t + groups - 1) / groups;
    group(t, layers);
    t += layers;
  }
}

}  // namespace

BaseMatrix encode(std::span<const KoalaBear* const> values, std::size_t width, unsigned m, unsigned r) {
  CAIRN_ASSERT(m + r <= KoalaBear::two_adicity && values.size() <= width);
  const unsigned log_height = m + r;
  const std::size_t height = std::size_t{1} << log_height;
  // Whole vectors of columns: some zeros more cost less than columns one by one.
  const std::size_t active = std::min((values.size() + 15) / 16 * 16, width);
  BaseMatrix out(height, width);
  const NttKernels& kernels = ntt_kernels();

  // Rows of half a mebibyte at a time: written, then taken through all layers that stay among them.
  unsigned log_chunk = r;
  while (log_chunk < log_height && (width << (log_chunk + 1)) * sizeof(KoalaBear) <= std::size_t{1} << 19)
    ++log_chunk;
  const std::size_t chunk = std::size_t{1} << log_chunk;
  parallel_for(height, chunk, [&](std::size_t begin, std::size_t) {
    KoalaBear* rows = out.row(begin).data();
    kernels.spread(values.data(), begin >> r, chunk >> r, values.size(), width, r, rows);
    for_each_group(r, log_chunk, [&](unsigned t, unsigned layers) {
      for (std::size_t block = 0; block < chunk; block += std::size_t{1} << (t + layers)) {
        kernels.layers(rows + block * width, width, active, t, layers, 0, std::size_t{1} << t);
      }
    });
  });

  // Then each pass over the matrix takes up to four layers.
  for_each_group(log_chunk, log_height, [&](unsigned t, unsigned layers) {
    const std::size_t per_block = std::size_t{1} << t;
    const std::size_t grain = std::min<std::size_t>(per_block, 256);
    parallel_for(height >> layers, grain, [&](std::size_t begin, std::size_t) {
      const std::size_t block = begin / per_block, i = begin % per_block;
      kernels.layers(out.row(block * (per_block << layers)).data(), width, active, t, layers, i, i + grain);
    });
  });
  return out;
}

BaseMatrix encode_blocks(const BaseVector& values, unsigned k, unsigned r, std::size_t active) {
  const unsigned n = log2_exact(values.size());
  CAIRN_ASSERT(k <= n && active <= std::size_t{1} << k);
  std::vector<const KoalaBear*> columns(active);
  for (std::size_t j = 0; j < active; ++j) columns[j] = values.data() + (j << (n - k));
  return encode(columns, std::min((active + 15) / 16 * 16, std::size_t{1} << k), n - k, r);
}

BaseMatrix encode_blocks(const ExtVector& values, unsigned k, unsigned r) {
  const unsigned n = log2_exact(values.size());
  CAIRN_ASSERT(k <= n);
  std::vector<const KoalaBear*> columns;
  for (std::size_t c = 0; c < Quintic::degree; ++c) {
    for (std::size_t j = 0; j < std::size_t{1} << k; ++j) columns.push_back(values.plane(c) + (j << (n - k)));
  }
  return encode(columns, columns.size(), n - k, r);
}

const NttKernels& ntt_kernels() {
  return kernels_of(ntt_kernels_scalar, ntt_kernels_avx2, ntt_kernels_avx512);
}

}  // namespace cairn::engine
