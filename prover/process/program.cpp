#include "prover/process/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "common/clock.h"
#include "prover/process/guard.h"
#include "prover/process/tree.h"
#include "prover/process/work_dir.h"

namespace cairn::prover {
namespace {

constexpr int tick_ms = 50;
constexpr std::size_t tail_bytes_max = 2048;
constexpr int exit_bad_input = 65;
constexpr int exit_unavailable = 75;

/// The last bytes of a stream that may be endless.
class Tail {
 public:
  void add(std::string_view more) {
    if (more.size() > tail_bytes_max) more.remove_prefix(more.size() - tail_bytes_max);
    bytes_ += more;
    if (bytes_.size() > 2 * tail_bytes_max) bytes_.erase(0, bytes_.size() - tail_bytes_max);
  }
  /// One line of printable ASCII: the program's bytes end up in logs and on terminals.
  std::string line() const {
    std::string_view rest = bytes_;
    if (rest.size() > tail_bytes_max) rest.remove_prefix(rest.size() - tail_bytes_max);
    std::string out;
    for (const char c : rest) {
      if (c == '\n' || c == '\r' || c == '\t') {
        if (!out.empty() && out.back() != ' ') out += ' ';
      } else {
        out += c >= ' ' && c <= '~' ? c : '?';
      }
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
  }

 private:
  std::string bytes_;
};

struct Stream {
  Descriptor fd;
  Tail tail;

  /// Reads what is there, at most one pipe full; closes at the end.
  void drain() {
    char buffer[64 * 1024];
    const ssize_t n = fd.ok() ? ::read(fd.get(), buffer, sizeof buffer) : -1;
    if (n > 0) tail.add({buffer, static_cast<std::size_t>(n)});
    if (n == 0) fd.reset();
  }
};

/// Descriptors that the guard can move to 0 … 3 without stepping on another of them.
Descriptor above_guards(int fd) {
  const Descriptor low(fd);
  return Descriptor(fd < 0 ? -1 : ::fcntl(fd, F_DUPFD_CLOEXEC, 4));
}

Result<std::pair<Descriptor, Descriptor>> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0)
    return Error{Code::unavailable, std::string("pipe: ") + std::strerror(errno)};
  std::pair<Descriptor, Descriptor> ends{Descriptor(fds[0]), above_guards(fds[1])};
  ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
  return ends;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const auto& s : strings) out.push_back(const_cast<char*>(s.c_str()));
  out.push_back(nullptr);
  return out;
}

class Run {
 public:
  Run(const ProgramCall& call, Control& control) : call_(call), control_(control) {}

  Status start() {
    CAIRN_ASSIGN(auto out, make_pipe());
    CAIRN_ASSIGN(auto err, make_pipe());
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return os_error("socketpair");
    orders_ = Descriptor(pair[0]);
    const Descriptor guards_end = above_guards(pair[1]);
    const Descriptor in = above_guards(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!in.ok() || !guards_end.ok() || !out.second.ok() || !err.second.ok()) return os_error("descriptors");

    const auto argv = pointers(call_.argv);
    const auto envp = pointers(call_.environment);
    guard_ = start_guard({.executable = call_.executable.c_str(),
                          .argv = argv.data(),
                          .envp = envp.data(),
                          .directory = call_.directory.c_str(),
                          .file_bytes_max = call_.limits.file_bytes_max,
                          .in = in.get(),
                          .out = out.second.get(),
                          .err = err.second.get(),
                          .control = guards_end.get()});
    if (guard_ < 0) return os_error("fork");
    out_.fd = std::move(out.first);
    err_.fd = std::move(err.first);
    return {};
  }

  Status finish() {
    started_ms_ = steady_ms();
    while (!ended_) {
      step();
      if (!ended_ && !stopped_) stopped_ = reason_to_stop();
      if (stopped_ && !ended_) stop();
    }
    out_.drain();
    err_.drain();
    while (::waitpid(guard_, nullptr, 0) < 0 && errno == EINTR) {
    }
    return outcome();
  }

 private:
  static Error os_error(const char* what) {
    return {Code::unavailable, std::string(what) + ": " + std::strerror(errno)};
  }

  void step() {
    pollfd fds[] = {{orders_.get(), POLLIN, 0}, {out_.fd.get(), POLLIN, 0}, {err_.fd.get(), POLLIN, 0}};
    ::poll(fds, 3, tick_ms);
    if (fds[1].revents != 0) out_.drain();
    if (fds[2].revents != 0) err_.drain();
    if (fds[0].revents != 0) receive();
  }

  void receive() {
    GuardReport report{};
    const ssize_t n = ::recv(orders_.get(), &report, sizeof report, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n != sizeof report) {
      ended_ = true;
      if (program_ > 0) ::kill(-program_, SIGKILL);
    } else if (report.kind == GuardReport::started) {
      program_ = report.value;
    } else if (report.kind == GuardReport::exec_failed) {
      exec_error_ = report.value;
    } else {
      ended_ = true;
      status_ = report.value;
    }
  }

  std::optional<Error> reason_to_stop() {
    const auto now = steady_ms();
    if (control_.cancelled()) return Error{Code::cancelled, "cancelled"};
    if (now - started_ms_ > call_.limits.time.count()) {
      return Error{Code::timeout, "still running after " + std::to_string(call_.limits.time.count()) + " ms"};
    }
    if (now - measured_ms_ < tick_ms) return std::nullopt;
    measured_ms_ = now;
    const auto bytes = resident_bytes(guard_);
    if (bytes <= call_.limits.memory_bytes_max) return std::nullopt;
    return Error{Code::exhausted, "memory of " + std::to_string(bytes) + " bytes, at most " +
                                      std::to_string(call_.limits.memory_bytes_max)};
  }

  /// SIGTERM first and SIGKILL after the grace; at once SIGKILL where waiting would cost more
  /// memory.
  void stop() {
    const auto now = steady_ms();
    if (!terminated_) {
      terminated_ = true;
      kill_at_ms_ = now + (stopped_->code == Code::exhausted ? 0 : call_.limits.grace.count());
      if (kill_at_ms_ > now) order(GuardOrder::terminate);
    }
    if (now >= kill_at_ms_ && !killed_) {
      killed_ = true;
      order(GuardOrder::kill_all);
    }
  }

  void order(GuardOrder what) { ::send(orders_.get(), &what, 1, MSG_NOSIGNAL | MSG_DONTWAIT); }

  Status outcome() const {
    if (stopped_) return with_tail(*stopped_);
    if (exec_error_ != 0) {
      return Error{Code::unavailable,
                   call_.executable + ": cannot be started: " + std::strerror(exec_error_)};
    }
    if (!status_) return with_tail({Code::failed, "its guard process was killed"});
    if (WIFSIGNALED(*status_)) {
      const int signal = WTERMSIG(*status_);
      if (signal == SIGXFSZ)
        return with_tail({Code::exhausted, "wrote a file of more than " +
                                               std::to_string(call_.limits.file_bytes_max) + " bytes"});
      return with_tail(
          {Code::failed, "killed by signal " + std::to_string(signal) + " (SIG" + sigabbrev(signal) + ")"});
    }
    const int code = WEXITSTATUS(*status_);
    if (code == 0) return {};
    return with_tail({code == exit_bad_input     ? Code::invalid_input
                      : code == exit_unavailable ? Code::unavailable
                                                 : Code::failed,
                      "exit code " + std::to_string(code)});
  }

  static std::string sigabbrev(int signal) {
    const char* name = ::sigabbrev_np(signal);
    return name != nullptr ? name : "?";
  }

  Error with_tail(Error error) const {
    std::string tail = err_.tail.line();
    if (tail.empty()) tail = out_.tail.line();
    if (!tail.empty()) error.what += ": " + tail;
    return error;
  }

  const ProgramCall& call_;
  Control& control_;
  Descriptor orders_;
  Stream out_;
  Stream err_;
  pid_t guard_ = -1;
  pid_t program_ = -1;
  int exec_error_ = 0;
  bool ended_ = false;
  std::optional<int> status_;
  std::optional<Error> stopped_;
  bool terminated_ = false;
  bool killed_ = false;
  std::int64_t started_ms_ = 0;
  std::int64_t measured_ms_ = 0;
  std::int64_t kill_at_ms_ = 0;
};

}  // namespace

Status run_program(const ProgramCall& call, Control& control) {
  Run run(call, control);
  CAIRN_TRY(run.start());
  return run.finish();
}

}  // namespace cairn::prover
