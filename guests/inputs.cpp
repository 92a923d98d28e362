// guest_inputs FOLDER [SEED]: writes what the guests that need more than a line of text take, into FOLDER:
// decision_tree.input, the Iris data set and a model of it; rollup_1.input to rollup_3.input, batches of
// which each begins with the root that the one before ended with.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "guests/decision_tree/reference.h"
#include "guests/rollup/reference.h"

namespace cairn::guests {
namespace {

constexpr unsigned kRollupDepth = 8, kTreeDepth = 4;
constexpr std::size_t kRollupBatches = 3, kTransfers = 1;

Status write(const std::filesystem::path& path, const Bytes& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text(bytes);
  if (out.flush()) return {};
  return Error{Code::unavailable, "cannot write " + path.string()};
}

Result<Bytes> decision_tree() {
  std::ifstream in(CAIRN_IRIS_CSV, std::ios::binary);
  if (!in) return Error{Code::not_found, CAIRN_IRIS_CSV ": no such file"};
  const std::string csv(std::istreambuf_iterator<char>(in), {});
  CAIRN_ASSIGN(const auto samples, read_samples(csv));
  return decision_tree_input(train_tree(samples, kTreeDepth), samples);
}

Status write_all(const std::filesystem::path& folder, std::uint64_t seed) {
  CAIRN_ASSIGN(const Bytes tree, decision_tree());
  CAIRN_TRY(write(folder / "decision_tree.input", tree));
  RollupState state(kRollupDepth, seed, 1'000);
  std::mt19937_64 random(seed);
  for (std::size_t i = 1; i <= kRollupBatches; ++i) {
    std::vector<Transfer> transfers;
    for (std::size_t k = 0; k < kTransfers; ++k) {
      constexpr std::uint32_t accounts = 1u << kRollupDepth;
      const auto from = static_cast<std::uint32_t>(random() % accounts);
      transfers.push_back({from, static_cast<std::uint32_t>(random() % accounts), random() % 20 + 1});
    }
    CAIRN_TRY(write(folder / ("rollup_" + std::to_string(i) + ".input"), state.apply(transfers).input));
  }
  return {};
}

}  // namespace
}  // namespace cairn::guests

int main(int argc, char** argv) {
  std::uint64_t seed = 1;
  const char* const digits = argc == 3 ? argv[2] : "1";
  const auto read = std::from_chars(digits, digits + std::strlen(digits), seed);
  if (argc < 2 || argc > 3 || read.ec != std::errc() || *read.ptr != 0) {
    std::fprintf(stderr, "usage: guest_inputs FOLDER [SEED]\n");
    return 2;
  }
  const cairn::Status status = cairn::guests::write_all(argv[1], seed);
  if (!status.ok()) std::fprintf(stderr, "guest_inputs: %s\n", status.error().what.c_str());
  return status.ok() ? 0 : 1;
}
