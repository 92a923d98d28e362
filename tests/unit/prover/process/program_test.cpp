#include "prover/process/program.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <thread>

#include "common/clock.h"
#include "tests/unit/prover/support.h"

namespace cairn::prover {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Program : public testing::Test {
 protected:
  ProgramCall sh(std::string script) const {
    ProgramCall call;
    call.executable = "/bin/sh";
    call.argv = {"sh", "-c", std::move(script)};
    call.environment = {"PATH=/usr/local/bin:/usr/bin:/bin", mark};
    call.directory = dir.path();
    return call;
  }

  Status run(const ProgramCall& call) {
    TestControl control;
    return run_program(call, control);
  }

  TempDir dir;
  const std::string mark = "MARK=" + dir.path().string();
};

/// Ends a run once the program has made the file `name`.
std::function<bool()> once_there(const TempDir& dir, const char* name) {
  return [path = dir / name] { return std::filesystem::exists(path); };
}

// What a program sees

TEST_F(Program, RunsInItsDirectoryWithExactlyTheGivenEnvironment) {
  auto call = sh("pwd -P > where; tr '\\0' '\\n' < /proc/$$/environ > environment");
  ASSERT_TRUE(run(call).ok());
  EXPECT_EQ(read_file(dir / "where"), dir.path().string() + "\n");
  EXPECT_EQ(read_file(dir / "environment"), "PATH=/usr/local/bin:/usr/bin:/bin\n" + mark + "\n");
}

TEST_F(Program, ReadsNothingFromStandardInput) {
  ASSERT_TRUE(run(sh("cat > got")).ok());
  EXPECT_EQ(read_file(dir / "got"), "");
}

TEST_F(Program, InheritsNoDescriptorsAndNoSignalState) {
  const int leak = ::open("/dev/null", O_RDONLY);  // not close-on-exec
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  sigset_t block;
  sigset_t old;
  ::sigemptyset(&block);
  ::sigaddset(&block, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &block, &old);
  const Status descriptors = run(sh("test $(ls /proc/self/fd | tr -d '\\n') = 0123"));  // 3: ls reading
  const Status ignored = run(sh("kill -PIPE $$"));
  const Status blocked = run(sh("kill -USR1 $$"));
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  ::signal(SIGPIPE, before);
  ::close(leak);
  EXPECT_TRUE(descriptors.ok());
  EXPECT_THAT(ignored.error().what, HasSubstr("SIGPIPE"));
  EXPECT_THAT(blocked.error().what, HasSubstr("SIGUSR1"));
}

TEST_F(Program, RunsInAGroupOfItsOwnOutsideOurSession) {
  ASSERT_TRUE(run(sh("cut -d' ' -f1,5,6 /proc/$$/stat > ids")).ok());
  std::ifstream ids(dir / "ids");
  pid_t pid = 0;
  pid_t group = 0;
  pid_t session = 0;
  ids >> pid >> group >> session;
  EXPECT_EQ(pid, group);
  EXPECT_NE(session, ::getsid(0));
}

// How it ends

TEST_F(Program, ExitCodeDecidesTheError) {
  const std::pair<int, Code> table[] = {
      {1, Code::failed},       {2, Code::failed},   {64, Code::failed},  {65, Code::invalid_input},
      {75, Code::unavailable}, {127, Code::failed}, {255, Code::failed},
  };
  EXPECT_TRUE(run(sh("exit 0")).ok());
  for (const auto& [exit, code] : table) {
    const Status status = run(sh("exit " + std::to_string(exit)));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(code_name(status.error().code), code_name(code)) << exit;
    EXPECT_EQ(status.error().what, "exit code " + std::to_string(exit));
  }
}

TEST_F(Program, SignalIsNamed) {
  const Status status = run(sh("kill -SEGV $$"));
  EXPECT_EQ(status.error().code, Code::failed);
  EXPECT_EQ(status.error().what, "killed by signal 11 (SIGSEGV)");
}

TEST_F(Program, ErrorCarriesTheTailOfStderr) {
  const Status status = run(sh("echo nothing; seq 100000 >&2; echo 'no such circuit' >&2; exit 3"));
  EXPECT_THAT(status.error().what,
              AllOf(HasSubstr("exit code 3: "), HasSubstr("99999 100000 no such circuit"),
                    Not(HasSubstr("nothing"))));
  EXPECT_LT(status.error().what.size(), 3000u);
}

TEST_F(Program, ErrorCarriesStdoutWhenStderrIsEmpty) {
  EXPECT_EQ(run(sh("echo 'said here'; exit 1")).error().what, "exit code 1: said here");
}

TEST_F(Program, HostileOutputBecomesOnePrintableLine) {
  const Status status = run(sh("printf 'a\\033[2J\\000b\\r\\n\\n\\377\\303\\251c\\t' >&2; exit 1"));
  EXPECT_EQ(status.error().what, "exit code 1: a?[2J?b ???c");
}

TEST_F(Program, WhatCannotBeStartedIsUnavailable) {
  auto call = sh("");
  call.executable = dir / "missing";
  EXPECT_EQ(run(call).error().code, Code::unavailable);
  EXPECT_THAT(run(call).error().what, HasSubstr("missing: cannot be started: No such file"));
  write_file(dir / "text", "not a program");
  std::filesystem::permissions(dir / "text", std::filesystem::perms::owner_all);
  call.executable = dir / "text";
  EXPECT_EQ(run(call).error().code, Code::unavailable);
  call = sh("");
  call.directory = dir / "nowhere";
  EXPECT_EQ(run(call).error().code, Code::unavailable);
}

TEST_F(Program, IgnoredSigchldDoesNotHideTheExitCode) {
  EXPECT_EXIT(
      {
        ::signal(SIGCHLD, SIG_IGN);
        const Status status = run(sh("exit 65"));
        ::_exit(!status.ok() && status.error().code == Code::invalid_input ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

// Limits

TEST_F(Program, TimeLimitEndsEndlessOutput) {
  auto call = sh("exec yes");
  call.limits.time = std::chrono::milliseconds(200);
  const Status status = run(call);
  EXPECT_EQ(status.error().code, Code::timeout);
  EXPECT_THAT(status.error().what, HasSubstr("still running after 200 ms: y y"));
  EXPECT_LT(status.error().what.size(), 3000u);
}

TEST_F(Program, TimeLimitEndsAStoppedProgram) {
  auto call = sh("kill -STOP $$");
  call.limits.time = std::chrono::milliseconds(100);
  call.limits.grace = std::chrono::milliseconds(100);
  EXPECT_EQ(run(call).error().code, Code::timeout);
  EXPECT_THAT(processes_with(mark), IsEmpty());
}

TEST_F(Program, MemoryLimitCountsTheWholeTree) {
  // tail keeps what it reads: two children in sessions of their own, together above the limit.
  auto call = sh("for i in 1 2; do head -c 150M /dev/zero | setsid tail & done; wait; exec sleep 1000");
  call.limits.memory_bytes_max = 200 << 20;
  call.limits.time = std::chrono::minutes(1);
  const Status status = run(call);
  EXPECT_EQ(status.error().code, Code::exhausted);
  EXPECT_THAT(status.error().what, HasSubstr("at most 209715200"));
  EXPECT_THAT(processes_with(mark), IsEmpty());
}

TEST_F(Program, MemoryLimitDoesNotCountReservedAddressSpace) {
  auto call = sh("exec node -e 'new WebAssembly.Memory({initial: 32768})'");  // 2 GiB, untouched
  call.limits.memory_bytes_max = 512 << 20;
  const Status status = run(call);
  EXPECT_TRUE(status.ok()) << status.error().what;
}

TEST_F(Program, FileSizeLimit) {
  auto call = sh("exec head -c 100001 /dev/zero > big");
  call.limits.file_bytes_max = 100000;
  const Status status = run(call);
  EXPECT_EQ(status.error().code, Code::exhausted);
  EXPECT_THAT(status.error().what, HasSubstr("a file of more than 100000 bytes"));
  EXPECT_EQ(std::filesystem::file_size(dir / "big"), 100000u);
  EXPECT_TRUE(run(sh("exec head -c 100001 /dev/zero > big")).ok());
}

// Stopping

TEST_F(Program, CancelSendsSigtermFirst) {
  TestControl control(once_there(dir, "ready"));
  const Status status = run_program(
      sh("trap 'touch asked; exit 0' TERM; touch ready; while :; do sleep 1000 & wait; done"), control);
  EXPECT_EQ(status.error().code, Code::cancelled);
  EXPECT_TRUE(std::filesystem::exists(dir / "asked"));
  EXPECT_THAT(processes_with(mark), IsEmpty());
}

TEST_F(Program, CancelKillsAfterTheGrace) {
  auto call = sh("trap '' TERM; touch ready; while :; do sleep 1000; done");
  call.limits.grace = std::chrono::milliseconds(300);
  std::int64_t cancelled_ms = 0;
  TestControl control([&] {
    if (!std::filesystem::exists(dir / "ready")) return false;
    if (cancelled_ms == 0) cancelled_ms = steady_ms();
    return true;
  });
  EXPECT_EQ(run_program(call, control).error().code, Code::cancelled);
  EXPECT_GE(steady_ms() - cancelled_ms, 300);
  EXPECT_THAT(processes_with(mark), IsEmpty());
}

TEST_F(Program, CancelIsAskedForOften) {
  // The smallest gap is what the code decides, the others have the machine's load in them. The
  // first ones end early, when the program starts.
  std::vector<std::int64_t> gaps;
  std::int64_t last = steady_ms();
  TestControl control([&] {
    gaps.push_back(steady_ms() - std::exchange(last, steady_ms()));
    return gaps.size() == 25;
  });
  EXPECT_EQ(run_program(sh("exec sleep 1000"), control).error().code, Code::cancelled);
  EXPECT_LE(*std::min_element(gaps.begin() + 5, gaps.end()), 100);
}

// Nothing is left

TEST_F(Program, LeavesNoProcessBehind) {
  const char* scripts[] = {
      "sleep 1000 &",                                            // in the group
      "set -m; sleep 1000 &",                                    // a group of its own
      "setsid sleep 1000 &",                                     // a session of its own
      "setsid sh -c 'sleep 1000 & setsid sleep 1000 & wait' &",  // a session with children
      "(setsid sh -c '(sleep 1000 &)' &)",                       // a daemon, forked twice
      "trap '' TERM HUP; setsid sh -c 'trap \"\" TERM; sleep 1000' &",
      "for i in $(seq 50); do setsid sleep 1000 & done",
      "setsid sleep 1000 & exit 3",
      "setsid sleep 1000 & kill -KILL $$",
  };
  for (const char* script : scripts) {
    (void)run(sh(script));
    EXPECT_THAT(processes_with(mark), IsEmpty()) << script;
  }
}

TEST_F(Program, LeavesNoDescriptorAndNoZombieBehind) {
  const auto open_descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  const auto before = open_descriptors();
  auto missing = sh("");
  missing.executable = dir / "missing";
  for (int i = 0; i < 5; ++i) {
    (void)run(sh("exit 1"));
    (void)run(missing);
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

/// Handles on processes that are alive now; each becomes readable when its process has ended.
std::vector<pollfd> watch(const std::vector<pid_t>& pids) {
  std::vector<pollfd> ends;
  for (const pid_t pid : pids) {
    ends.push_back({static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)), POLLIN, 0});
    EXPECT_GE(ends.back().fd, 0) << pid;
  }
  return ends;
}

void expect_ends(std::vector<pollfd> ends) {
  for (auto& end : ends) {
    EXPECT_EQ(::poll(&end, 1, 10000), 1) << "still alive";
    ::close(end.fd);
  }
}

/// Reads `count` process ids that programs write into the pipe `name`.
std::vector<pid_t> read_pids(const TempDir& dir, const char* name, std::size_t count) {
  std::ifstream pipe(dir / name);
  std::vector<pid_t> pids(count);
  for (auto& pid : pids) pipe >> pid;
  return pids;
}

TEST_F(Program, DiesWithTheProcessThatStartedIt) {
  ASSERT_EQ(::mkfifo((dir / "pids").c_str(), 0600), 0);
  const pid_t host = ::fork();
  ASSERT_GE(host, 0);
  if (host == 0) {
    (void)run(
        sh("setsid sh -c 'trap \"\" TERM; echo $$ >&3; while :; do sleep 1000; done' 3> pids &"
           "sh -c 'echo $$ >&3; exec sleep 1000' 3> pids & wait"));
    ::_exit(0);
  }
  const auto pids = read_pids(dir, "pids", 2);
  auto ends = watch(pids);
  ::kill(host, SIGKILL);
  ::waitpid(host, nullptr, 0);
  expect_ends(std::move(ends));
}

TEST_F(Program, AKilledGuardIsReportedAndTakesTheProgramAlong) {
  ASSERT_EQ(::mkfifo((dir / "pids").c_str(), 0600), 0);
  std::vector<pollfd> ends;
  std::thread killer([&] {
    const auto pids = read_pids(dir, "pids", 3);
    ends = watch(pids);
    ::kill(pids[0], SIGKILL);
  });
  const Status status = run(sh("sleep 1000 & echo $PPID $$ $! > pids; wait"));
  killer.join();
  EXPECT_EQ(status.error().code, Code::failed);
  EXPECT_EQ(status.error().what, "its guard process was killed");
  expect_ends(std::move(ends));
}

TEST_F(Program, AGuardThatIsToldToEndTakesEverythingAlong) {
  ASSERT_EQ(::mkfifo((dir / "pids").c_str(), 0600), 0);
  std::thread stopper([&] {
    const auto pids = read_pids(dir, "pids", 1);
    ::kill(pids[0], SIGTERM);
  });
  const Status status = run(sh("setsid sleep 1000 & echo $PPID > pids; wait"));
  stopper.join();
  EXPECT_EQ(status.error().what, "killed by signal 9 (SIGKILL)");
  EXPECT_THAT(processes_with(mark), IsEmpty());
}

TEST_F(Program, ManyAtOnceDoNotMeet) {
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) {
        const std::string name = std::to_string(t) + "-" + std::to_string(i);
        const Status status =
            run(sh("setsid sleep 1000 & echo " + name + " >&2; exit " + std::to_string(t + 1)));
        good += !status.ok() && status.error().what == "exit code " + std::to_string(t + 1) + ": " + name;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 40);
  EXPECT_THAT(processes_with(mark), IsEmpty());
}

}  // namespace
}  // namespace cairn::prover
