// ops/demo as people use it: Ctrl-C on its terminal, or `kill` of it alone, at random moments. Nothing is
// left of it, neither a process nor a file, and it says so.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/processes.h"
#include "tests/e2e/support/tier.h"
#include "tests/support/process.h"

namespace cairn::test {
namespace {

constexpr std::int64_t end_ms = 120'000;

class Demo : public testing::Test {
 protected:
  /// In a session of its own, as a terminal gives it one. What it starts is known by its environment, its
  /// state by its folder.
  std::vector<std::string> command() const {
    // A program in the background has been given a deaf ear to Ctrl-C, which a shell cannot mend.
    return {"env",
            "--default-signal=INT",
            "TMPDIR=" + temporary.path().string(),
            "setsid",
            source_dir() / "ops/demo",
            "--json",
            "--no-riscv",
            "--sequences",
            "2",
            "--seed",
            std::to_string(dice.seed() % 1'000'000)};
  }
  std::string said() const {
    std::ifstream in(logs / "demo.log");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void expect_nothing_left() const {
    EXPECT_EQ(processes_with("TMPDIR=" + temporary.path().string()), std::vector<std::string>());
    EXPECT_TRUE(std::filesystem::is_empty(temporary.path()));
  }
  /// Signals it after `at_ms`. Whether it was interrupted, and not at its end already.
  bool interrupt(int number, std::int64_t at_ms) {
    std::filesystem::remove(logs / "demo.log");
    Child demo(command(), logs / "demo.log");
    pass_ms(at_ms);
    // It has no group of its own before it is in its session.
    EXPECT_TRUE(eventually(end_ms, [&] { return ::getpgid(demo.pid()) == demo.pid() || !demo.running(); }));
    if (demo.running()) ::kill(number == SIGINT ? -demo.pid() : demo.pid(), number);
    EXPECT_TRUE(eventually(end_ms, [&] { return !demo.running(); }))
        << "signal " << number << " after " << at_ms << " ms";
    const int status = demo.wait();
    expect_nothing_left();
    if (status == 0) return false;
    EXPECT_EQ(status, 128 + number) << "after " << at_ms << " ms\n" << said();
    // Before its first word it has started nothing.
    const bool told = said().find("interrupted: nothing is left running") != std::string::npos;
    EXPECT_TRUE(told || said().empty()) << said();
    return true;
  }

  Dice dice;
  TempDir temporary, logs;
};

TEST_F(Demo, InterruptedAtAnyMomentLeavesNothingAndSaysSo) {
  const bool thorough = kills_wanted() >= kills_survival;
  const std::int64_t latest_ms = thorough ? 60'000 : 12'000;
  for (unsigned interruptions = 0; interruptions < kills_wanted();) {
    if (interrupt(interruptions % 2 == 0 ? SIGINT : SIGTERM, dice.between(0, latest_ms))) ++interruptions;
  }
}

}  // namespace
}  // namespace cairn::test
