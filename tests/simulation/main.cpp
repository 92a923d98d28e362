// cairn-sim: whole pools on virtual time, from seeds.
//
//   cairn-sim --seed N [--broken no-fence|split-ack]    one world, step by step
//   cairn-sim [--from N] [--seeds N] [--broken …]       many; stops at the first that breaks a promise
//
// Exit codes: 0 all promises kept, 1 one was broken, 2 wrong usage.
#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>

#include "common/log.h"
#include "tests/simulation/run.h"

namespace {

using namespace cairn::sim;

constexpr const char* kUsage =
    "cairn-sim --seed N [--broken no-fence|split-ack]    one world, step by step\n"
    "cairn-sim [--from N] [--seeds N] [--broken ...]     many worlds; stops at the first broken promise\n";

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    return std::nullopt;
  return out;
}

int wrong_usage() {
  std::fputs(kUsage, stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<std::uint64_t> seed;
  std::uint64_t from = 1, seeds = 10'000;
  Broken broken = Broken::nothing;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--help") {
      std::fputs(kUsage, stdout);
      return 0;
    }
    if (i + 1 == argc) return wrong_usage();
    const std::string_view value = argv[i + 1];
    const auto n = number(value);
    if (option == "--broken" && value == "no-fence") {
      broken = Broken::no_fence;
    } else if (option == "--broken" && value == "split-ack") {
      broken = Broken::split_ack;
    } else if (option == "--seed" && n) {
      seed = n;
    } else if (option == "--from" && n) {
      from = *n;
    } else if (option == "--seeds" && n) {
      seeds = *n;
    } else {
      return wrong_usage();
    }
  }
  cairn::log::start("sim", "", "", cairn::log::Level::none);
  if (seed) {
    const std::string violation =
        replay(*seed, broken, [](const std::string& line) { std::puts(line.c_str()); });
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(*seed),
                violation.empty() ? "all promises kept" : violation.c_str());
    return violation.empty() ? 0 : 1;
  }
  const RunResult result = run_worlds(from, seeds, broken);
  std::printf("%s\n", describe(result.tally).c_str());
  if (result.violation.empty()) return 0;
  std::printf("seed %llu: %s\n", static_cast<unsigned long long>(result.seed), result.violation.c_str());
  return 1;
}
