#include "prover/process/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace cairn::prover {
namespace {

constexpr int control_fd = 3;

void report(GuardReport::Kind kind, int value) {
  const GuardReport packet{kind, value};
  while (::send(control_fd, &packet, sizeof packet, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

void take_descriptors(const GuardCall& call) {
  ::dup2(call.in, 0);
  ::dup2(call.out, 1);
  ::dup2(call.err, 2);
  ::dup3(call.control, control_fd, O_CLOEXEC);
  if (::close_range(control_fd + 1, ~0u, 0) == 0) return;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  for (rlim_t fd = control_fd + 1; fd < limit.rlim_cur; ++fd) ::close(static_cast<int>(fd));
}

/// When memory runs out, the kernel shall end the program and not a worker.
void volunteer_for_oom() {
  const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  [[maybe_unused]] const auto written = ::write(fd, "1000", 4);
  ::close(fd);
}

void reset_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become_program(const GuardCall& call, pid_t guard) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != guard) ::_exit(127);
  const rlimit file{call.file_bytes_max, call.file_bytes_max};
  const rlimit core{0, 0};
  ::umask(077);
  volunteer_for_oom();
  if (::setrlimit(RLIMIT_FSIZE, &file) == 0 && ::setrlimit(RLIMIT_CORE, &core) == 0 &&
      ::chdir(call.directory) == 0) {
    reset_signals();
    ::execve(call.executable, call.argv, call.envp);
  }
  report(GuardReport::exec_failed, errno);
  ::_exit(127);
}

/// Sends SIGKILL to each child of this process. False when the kernel does not list them.
bool kill_children(std::size_t& found) {
  found = 0;
  const int fd = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[4096];
  pid_t pid = 0;
  for (ssize_t n; (n = ::read(fd, text, sizeof text)) > 0;) {
    for (ssize_t i = 0; i < n; ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
      } else if (pid > 0) {
        ::kill(pid, SIGKILL);
        ++found;
        pid = 0;
      }
    }
  }
  ::close(fd);
  return true;
}

/// Ends every descendant: the children of a killed child become ours, until there is none.
void end_descendants() {
  for (;;) {
    std::size_t found = 0;
    const bool listed = kill_children(found);
    const pid_t reaped = ::waitpid(-1, nullptr, found > 0 ? 0 : WNOHANG);
    if (reaped < 0 && errno == ECHILD) return;
    if (reaped == 0 && !listed) return;
    if (reaped == 0) ::sched_yield();
  }
}

/// Waits for `program`, ends its group while the dead leader still holds the group's number, then
/// the rest.
[[noreturn]] void finish(pid_t program) {
  siginfo_t seen{};
  while (::waitid(P_PID, static_cast<id_t>(program), &seen, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  ::kill(-program, SIGKILL);
  int status = 0;
  ::waitpid(program, &status, 0);
  end_descendants();
  report(GuardReport::ended, status);
  ::_exit(0);
}

/// Reaps what the program left behind. True when the program itself has ended; it stays unreaped.
bool program_ended(pid_t program) {
  for (;;) {
    siginfo_t seen{};
    if (::waitid(P_ALL, 0, &seen, WEXITED | WNOHANG | WNOWAIT) < 0 || seen.si_pid == 0) return false;
    if (seen.si_pid == program) return true;
    ::waitpid(seen.si_pid, nullptr, 0);
  }
}

[[noreturn]] void watch(pid_t program, int signals) {
  for (;;) {
    pollfd fds[] = {{control_fd, POLLIN, 0}, {signals, POLLIN, 0}};
    if (::poll(fds, 2, -1) < 0) continue;
    bool kill_now = false;
    if (fds[0].revents != 0) {
      char order = 0;
      const ssize_t n = ::recv(control_fd, &order, 1, MSG_DONTWAIT);
      if (n == 1 && order == static_cast<char>(GuardOrder::terminate)) {
        ::kill(-program, SIGTERM);
      } else {
        kill_now = n >= 0 || (errno != EAGAIN && errno != EINTR);
      }
    }
    if (fds[1].revents != 0) {
      signalfd_siginfo signal{};
      if (::read(signals, &signal, sizeof signal) == sizeof signal && signal.ssi_signo != SIGCHLD) {
        kill_now = true;
      }
    }
    if (kill_now) {
      ::kill(-program, SIGKILL);
      ::kill(program, SIGKILL);  // in case it changed its group
      finish(program);
    }
    if (program_ended(program)) finish(program);
  }
}

[[noreturn]] void run_guard(const GuardCall& call, pid_t parent) {
  ::setsid();
  ::prctl(PR_SET_NAME, "cairn-guard");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  take_descriptors(call);
  if (::getppid() != parent) ::_exit(0);

  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &action, nullptr);  // ignored, it would hide how the program ended
  sigset_t watched;
  ::sigemptyset(&watched);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT}) ::sigaddset(&watched, signal);
  const int signals = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);

  const pid_t guard = ::getpid();
  const pid_t program = signals < 0 ? -1 : ::_Fork();
  if (program == 0) become_program(call, guard);
  if (program < 0) {
    report(GuardReport::exec_failed, errno);
    ::_exit(127);
  }
  ::setpgid(program, program);
  report(GuardReport::started, program);
  for (const int fd : {0, 1, 2}) ::close(fd);
  watch(program, signals);
}

}  // namespace

pid_t start_guard(const GuardCall& call) {
  const pid_t parent = ::getpid();
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  // Blocked across the fork: the handlers of this process must not run in the guard.
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t guard = ::_Fork();
  if (guard == 0) run_guard(call, parent);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return guard;
}

}  // namespace cairn::prover
