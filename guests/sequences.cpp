// guest_sequences ELF_FOLDER [FROM_HEIGHT [SEED]]: lines for `cairn produce`, on standard output. The first is the decision
// tree, which learns from the Iris data set and classifies it, as one batch; the second is a rollup of three batches, each of
// which begins with the root that the one before ended with.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "common/json.h"
#include "guests/decision_tree/reference.h"
#include "guests/rollup/reference.h"
#include "prover/rv32/elf.h"
#include "prover/rv32/image_tree.h"
#include "prover/rv32/verify/sequence.h"

namespace cairn::guests {
namespace {

constexpr unsigned kRollupDepth = 8;
constexpr std::size_t kRollupBatches = 3, kTransfers = 1;

struct Batch {
  Bytes input, journal;
};

Result<Bytes> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{Code::not_found, path + ": no such file"};
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

/// The line of a sequence that begins at `height`, a batch at each height.
Result<std::string> line_of(const std::string& folder, const char* backend, const std::string& program, std::uint64_t height,
                            const rv32::Chaining& chaining, const std::vector<Batch>& batches) {
  CAIRN_ASSIGN(const Bytes elf, read_file(folder + "/" + program + ".elf"));
  CAIRN_ASSIGN(const rv32::Image image, rv32::load_elf(elf));
  std::vector<Digest32> journals;
  Json inputs = Json::array();
  for (const Batch& batch : batches) {
    journals.push_back(sha256(batch.journal));
    inputs.push_back({{"input", {{"input", "0x" + hex(batch.input)}}}});
  }
  const Digest32 id = rv32::to_bytes(rv32::image_id(rv32::image_roots(image)));
  return Json{{"start_height", height},
              {"end_height", height + batches.size() - 1},
              {"backend", backend},
              {"program", program},
              {"claim", "0x" + hex(rv32::sequence_claim(id, chaining, journals))},
              {"batches", inputs}}
      .dump();
}

Result<std::vector<Batch>> decision_tree() {
  CAIRN_ASSIGN(const Bytes csv, read_file(CAIRN_IRIS_CSV));
  CAIRN_ASSIGN(const auto samples, read_samples(text(csv)));
  const Bytes model = train_tree(samples, 4);
  return std::vector<Batch>{{decision_tree_input(model, samples), decision_tree_journal(model, samples)}};
}

std::vector<Batch> rollup(std::uint64_t seed) {
  RollupState state(kRollupDepth, seed, 1'000);
  std::mt19937_64 random(seed);
  std::vector<Batch> out;
  for (std::size_t i = 0; i < kRollupBatches; ++i) {
    std::vector<Transfer> transfers;
    for (std::size_t k = 0; k < kTransfers; ++k) {
      constexpr std::uint32_t accounts = 1u << kRollupDepth;
      const auto from = static_cast<std::uint32_t>(random() % accounts);
      transfers.push_back({from, static_cast<std::uint32_t>(random() % accounts), random() % 20 + 1});
    }
    RollupBatch batch = state.apply(transfers);
    out.push_back({std::move(batch.input), std::move(batch.journal)});
  }
  return out;
}

Status print(const std::string& folder, std::uint64_t height, std::uint64_t seed) {
  CAIRN_ASSIGN(const auto tree, decision_tree());
  CAIRN_ASSIGN(const std::string first, line_of(folder, "zkvm_fine", "decision_tree", height, {}, tree));
  CAIRN_ASSIGN(const std::string second, line_of(folder, "zkvm", "rollup", height + tree.size(), {32}, rollup(seed)));
  std::printf("%s\n%s\n", first.c_str(), second.c_str());
  return {};
}

bool read_number(const char* text, std::uint64_t& out) {
  const char* const end = text + std::strlen(text);
  const auto parsed = std::from_chars(text, end, out);
  return parsed.ec == std::errc() && parsed.ptr == end && out <= 1ull << 52;
}

}  // namespace
}  // namespace cairn::guests

int main(int argc, char** argv) {
  std::uint64_t height = 1, seed = 1;
  if (argc < 2 || argc > 4 || (argc > 2 && !cairn::guests::read_number(argv[2], height)) ||
      (argc > 3 && !cairn::guests::read_number(argv[3], seed))) {
    std::fprintf(stderr, "usage: guest_sequences ELF_FOLDER [FROM_HEIGHT [SEED]]\n");
    return 2;
  }
  const cairn::Status status = cairn::guests::print(argv[1], height, seed);
  if (!status.ok()) std::fprintf(stderr, "guest_sequences: %s\n", status.error().what.c_str());
  return status.ok() ? 0 : 1;
}
