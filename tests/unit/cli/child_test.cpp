#include "cli/child.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/process.h"
#include "tests/support/process.h"

namespace cairn::cli {
namespace {

/// The program ends by itself after so long, as one that no signal has reached would.
constexpr const char* kSeconds = "5";

/// A child that is told to end before it has become its program.
int told_at_once(const test::TempDir& dir) {
  const auto pid = start_child({"sleeper", {"sleep", kSeconds}, dir / "log", {}});
  EXPECT_TRUE(pid.ok()) << pid.error().what;
  kill(*pid, SIGTERM);
  int status = 0;
  waitpid(*pid, &status, 0);
  return status;
}

TEST(StartChild, SigtermBeforeTheProgramRunsIsNotLost) {
  const test::TempDir dir;
  stop_on_signals();  // the handler that a supervisor has
  for (int i = 0; i < 20; ++i) {
    const int status = told_at_once(dir);
    ASSERT_TRUE(WIFSIGNALED(status)) << "child " << i << " went on, and ended with " << status;
    EXPECT_EQ(WTERMSIG(status), SIGTERM);
  }
}

TEST(StartChild, LeavesOurOwnSignalsAsTheyWere) {
  const test::TempDir dir;
  sigset_t usual, after, before;
  sigemptyset(&usual);
  sigaddset(&usual, SIGUSR1);
  pthread_sigmask(SIG_SETMASK, &usual, &before);
  told_at_once(dir);
  pthread_sigmask(SIG_SETMASK, &before, &after);
  for (const int number : {SIGTERM, SIGINT, SIGCHLD, SIGUSR1})
    EXPECT_EQ(sigismember(&after, number), sigismember(&usual, number)) << number;
}

TEST(StartChild, InheritsNothingButItsStandardStreams) {
  const test::TempDir dir;
  int open_here[2];
  ASSERT_EQ(pipe(open_here), 0);  // not to be closed by exec
  const std::string looks = "test ! -e /proc/self/fd/" + std::to_string(open_here[1]);
  const auto pid = start_child({"looker", {"sh", "-c", looks}, dir / "log", {}});
  ASSERT_TRUE(pid.ok()) << pid.error().what;
  int status = 0;
  waitpid(*pid, &status, 0);
  EXPECT_EQ(status, 0);
  for (const int fd : open_here) close(fd);
}

}  // namespace
}  // namespace cairn::cli
