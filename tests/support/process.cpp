#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "common/clock.h"
#include "common/result.h"

namespace cairn::test {

namespace fs = std::filesystem;

fs::path source_dir() {
  if (const char* dir = std::getenv("CAIRN_SOURCE_DIR")) return dir;
  for (fs::path at = fs::read_symlink("/proc/self/exe"); at != at.root_path();) {
    at = at.parent_path();
    if (fs::exists(at / "package-lock.json")) return at;
  }
  assert_failed("set CAIRN_SOURCE_DIR to the repository", __FILE__, __LINE__);
}

fs::path foundry_tool(const std::string& name) {
  const fs::path packages = source_dir() / "node_modules" / "@foundry-rs";
  CAIRN_ASSERT(fs::exists(packages) && "run npm ci first");
  for (const auto& package : fs::directory_iterator(packages)) {
    if (!package.path().filename().string().starts_with(name + "-")) continue;
    const fs::path program = package.path() / "bin" / name;
    if (fs::exists(program)) return program;
  }
  assert_failed(("no program in node_modules: " + name).c_str(), __FILE__, __LINE__);
}

namespace {

/// Starts argv with the given standard descriptors; they stay open here.
pid_t start(const std::vector<std::string>& argv, int out, int err) {
  std::vector<char*> arguments;
  for (const auto& a : argv) arguments.push_back(const_cast<char*>(a.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  CAIRN_ASSERT(pid >= 0);
  if (pid > 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  const int in = ::open("/dev/null", O_RDONLY);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  ::close_range(3, ~0u, 0);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

int readable_status(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

int collect(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) CAIRN_ASSERT(errno == EINTR);
  return readable_status(status);
}

std::string take_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

Output run(const std::vector<std::string>& argv) {
  const TempDir dir;
  const auto open_file = [&](const char* name) {
    return ::open((dir / name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  };
  const int out = open_file("out");
  const int err = open_file("err");
  const int status = collect(start(argv, out, err));
  ::close(out);
  ::close(err);
  return {status, take_file(dir / "out"), take_file(dir / "err")};
}

std::string cast(std::vector<std::string> arguments) {
  static const std::string program = foundry_tool("cast").string();
  arguments.insert(arguments.begin(), program);
  Output done = run(arguments);
  if (done.status != 0) assert_failed(("cast: " + done.err).c_str(), __FILE__, __LINE__);
  while (!done.out.empty() && done.out.back() == '\n') done.out.pop_back();
  return done.out;
}

TempDir::TempDir() {
  std::string pattern = (fs::temp_directory_path() / "cairn-test-XXXXXX").string();
  CAIRN_ASSERT(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Child::Child(const std::vector<std::string>& argv, const fs::path& log) : log_(log) {
  const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  CAIRN_ASSERT(fd >= 0);
  pid_ = start(argv, fd, fd);
  ::close(fd);
}

Child::~Child() {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  collect(pid_);
}

void Child::signal(int number) {
  if (pid_ > 0) ::kill(pid_, number);
}

void Child::pause() {
  signal(SIGSTOP);
  siginfo_t stopped = {};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &stopped, WSTOPPED | WEXITED | WNOWAIT) != 0) {
    CAIRN_ASSERT(errno == EINTR);
  }
}

bool Child::running() {
  if (pid_ < 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return true;
  status_ = readable_status(status);
  pid_ = -1;
  return false;
}

std::size_t Child::says(const std::string& text, std::size_t from, std::int64_t timeout_ms) {
  const int changes = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  const int end = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  CAIRN_ASSERT(changes >= 0 && ::inotify_add_watch(changes, log_.c_str(), IN_MODIFY) >= 0);
  const std::int64_t deadline = steady_ms() + timeout_ms;
  std::size_t found = 0;
  for (bool ended = end < 0;;) {
    const std::string log = take_file(log_);
    if (const std::size_t at = log.find(text, from); at != log.npos) found = at + text.size();
    const std::int64_t left = deadline - steady_ms();
    if (found != 0 || ended || left <= 0) break;
    std::array<pollfd, 2> either = {{{changes, POLLIN, 0}, {end, POLLIN, 0}}};
    ::poll(either.data(), either.size(), static_cast<int>(left));
    ended = either[1].revents != 0;
    std::array<char, 4096> events;
    while (::read(changes, events.data(), events.size()) > 0) {
    }
  }
  ::close(changes);
  if (end >= 0) ::close(end);
  return found;
}

int Child::wait() {
  if (pid_ > 0) status_ = collect(std::exchange(pid_, -1));
  return status_;
}

}  // namespace cairn::test
