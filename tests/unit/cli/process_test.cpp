#include "cli/process.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <vector>

#include "chain/http.h"
#include "common/clock.h"
#include "tests/support/process.h"
#include "tests/unit/cli/metric_text.h"

namespace cairn::cli {
namespace {

TEST(ProcessSample, ShowsMemoryAndTimeOfThisProcess) {
  Metrics metrics;
  ProcessSample sample(metrics);
  sample.take();
  const double before_bytes = value_of(metrics, "process_resident_memory_bytes");
  const double before_seconds = value_of(metrics, "process_cpu_seconds_total");
  EXPECT_GT(before_bytes, 1 << 20);
  const std::vector<char> held(64 << 20, 1);  // touched, so resident
  while (value_of(metrics, "process_cpu_seconds_total") < before_seconds + 0.02) sample.take();
  EXPECT_GE(value_of(metrics, "process_resident_memory_bytes"), before_bytes + (60 << 20));
  EXPECT_EQ(held[1], 1);
  const double began = value_of(metrics, "process_start_time_seconds");
  EXPECT_NEAR(began, static_cast<double>(unix_ms()) / 1000, 60);
  EXPECT_EQ(value_of(metrics, "cairn_programs_resident_bytes"), 0);
}

TEST(ShortHost, TellsThePodsOfOneDeploymentApart) {
  const std::string pods = "cairn-worker-prove-zkvm-7d9f8b6c5d-";
  EXPECT_NE(short_host(pods + "x2x4z"), short_host(pods + "q8w7t"));
  EXPECT_EQ(short_host(pods + "x2x4z").size(), 24u);
  EXPECT_EQ(short_host("host"), "host");
}

TEST(AllowAllFiles, RaisesTheLimitOfALoginShell) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = std::min<rlim_t>(1024, before.rlim_max / 2);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  allow_all_files();
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST(ClearRunFolder, LeavesTheSocketsOfThoseWhoLive) {
  const test::TempDir run;
  const pid_t gone = fork();
  if (gone == 0) _exit(0);
  waitpid(gone, nullptr, 0);
  const std::string living = "produce." + std::to_string(getpid()) + ".sock";
  for (const std::string& name :
       {living, "prove-w0." + std::to_string(gone) + ".sock", std::string("ingest.sock"),
        std::string("redis.sock"), std::string("up.http"), std::string("notes")}) {
    std::ofstream(run / name) << "";
  }
  clear_run_folder(run.path());
  std::set<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(run.path()))
    left.insert(entry.path().filename());
  EXPECT_EQ(left, (std::set<std::string>{living, "notes"}));
}

TEST(Vitals, AProcessWhoseLoopDoesNotTurnIsHungUntilItTurnsAgain) {
  const test::TempDir run;
  Metrics metrics;
  std::atomic<std::int64_t> now_ms = 1'000'000;
  const auto vitals = Vitals::start(
      "127.0.0.1:0", run.path(), "it", metrics, [] { return std::string(); }, {}, {},
      [&] { return now_ms.load(); });
  ASSERT_TRUE(vitals.ok()) << vitals.error().what;
  chain::HttpClient client({2'000, 10'000, 4096});
  const auto livez = [&] {
    const auto reply = client.get("http://" + (*vitals)->address() + "/livez");
    return reply.ok() ? std::to_string(reply->status) + " " + reply->body : reply.error().what;
  };
  EXPECT_EQ(livez(), "200 ok\n");
  now_ms += Vitals::kHungMs - 1;
  EXPECT_EQ(livez(), "200 ok\n");
  now_ms += 1;
  EXPECT_EQ(livez(), "503 hung\n");
  (*vitals)->tick();
  EXPECT_EQ(livez(), "200 ok\n");
  now_ms += Vitals::kHungMs;
  EXPECT_EQ(livez(), "503 hung\n");
}

constexpr int kWentOn = 7;

/// What a process does that gets these signals, one after the other.
[[noreturn]] void get(std::initializer_list<int> signals) {
  const std::atomic<bool>& stop = stop_on_signals();
  for (const int number : signals) std::raise(number);
  _exit(stop ? kWentOn : 1);
}

TEST(StopOnSignals, ASecondSigtermSaysNothingNew) {
  EXPECT_EXIT(get({SIGTERM}), testing::ExitedWithCode(kWentOn), "");
  EXPECT_EXIT(get({SIGINT, SIGTERM, SIGTERM}), testing::ExitedWithCode(kWentOn), "");
}

// A terminal that goes, with a lost connection, is no reason to drop what runs; nohup(1) says to go on
// without it.
TEST(StopOnSignals, AHangupDrainsUnlessItIsIgnored) {
  EXPECT_EXIT(get({SIGHUP}), testing::ExitedWithCode(kWentOn), "");
  EXPECT_EXIT(get({SIGTERM, SIGHUP}), testing::ExitedWithCode(kWentOn), "");
  const auto ignoring = [] {
    std::signal(SIGHUP, SIG_IGN);
    get({SIGHUP});
  };
  EXPECT_EXIT(ignoring(), testing::ExitedWithCode(1), "");
}

TEST(StopOnSignals, ASecondInterruptEndsAtOnce) {
  EXPECT_EXIT(get({SIGINT, SIGINT}), testing::ExitedWithCode(130), "");
  EXPECT_EXIT(get({SIGTERM, SIGINT}), testing::ExitedWithCode(130), "");
}

/// Ends as a process ends that loses its parent and then gets SIGTERM twice.
[[noreturn]] void end_as_an_orphan() {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  int listening[2];
  if (pipe(listening) != 0) _exit(1);
  const pid_t parent = fork();
  if (parent == 0) {
    const pid_t self = getpid();
    if (fork() == 0) {
      stop_on_signals();
      if (write(listening[1], "", 1) != 1) _exit(1);
      while (getppid() == self) sched_yield();
      std::raise(SIGTERM);
      std::raise(SIGTERM);
      _exit(kWentOn);
    }
    char said = 0;
    _exit(read(listening[0], &said, 1) == 1 ? 0 : 1);
  }
  waitpid(parent, nullptr, 0);
  int status = 0;
  waitpid(-1, &status, 0);
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

TEST(StopOnSignals, AnOrphanDoesNotWait) {
  EXPECT_EXIT(end_as_an_orphan(), testing::ExitedWithCode(130), "");
}

}  // namespace
}  // namespace cairn::cli
