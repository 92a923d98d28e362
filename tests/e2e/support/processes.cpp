#include "tests/e2e/support/processes.h"

#include <sys/syscall.h>
#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "common/clock.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;

constexpr int look_ms = 20;

/// Empty too for a process that ends between the opening and the reading: the read then fails (ESRCH), which
/// a stream buffer reports by throwing and `operator<<` by a stream state.
std::string read_proc(pid_t pid, const char* file) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Of all processes those that are `wanted`, each with its command line.
template <class Wanted>
std::vector<std::string> processes(const Wanted& wanted) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    const pid_t pid = std::atoi(name.c_str());
    std::string line = read_proc(pid, "cmdline");
    std::replace(line.begin(), line.end(), '\0', ' ');
    if (wanted(pid, line)) out.push_back(name + " " + line);
  }
  return out;
}

}  // namespace

Process look_up(pid_t pid, std::string name) {
  Process out{pid, 0, std::move(name)};
  const std::string stat = read_proc(pid, "stat");
  // The second field is a name in parentheses that may hold anything.
  const auto at = stat.rfind(')');
  if (at == stat.npos) return out;
  std::istringstream fields(stat.substr(at + 1));
  std::string field;
  for (int number = 3; number <= 22 && fields >> field; ++number) {
    if (number == 3 && (field == "Z" || field == "X")) return out;
  }
  out.started = std::strtoull(field.c_str(), nullptr, 10);
  return out;
}

bool alive(const Process& process) {
  return process.started != 0 && look_up(process.pid).started == process.started;
}

bool signal(const Process& process, int number) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0));
  if (fd < 0) return false;
  const bool sent = alive(process) && ::syscall(SYS_pidfd_send_signal, fd, number, nullptr, 0) == 0;
  ::close(fd);
  return sent;
}

std::vector<std::string> processes_naming(const std::string& text) {
  return processes([&](pid_t, const std::string& line) { return line.find(text) != line.npos; });
}

std::vector<std::string> processes_with(const std::string& variable) {
  return processes([&](pid_t pid, const std::string&) {
    return ('\0' + read_proc(pid, "environ")).find('\0' + variable + '\0') != std::string::npos;
  });
}

std::uint64_t peak_resident_bytes(pid_t pid) {
  std::istringstream lines(read_proc(pid, "status"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
  }
  return 0;
}

bool eventually(std::int64_t timeout_ms, const std::function<bool()>& done) {
  const std::int64_t deadline = steady_ms() + timeout_ms;
  while (!done()) {
    if (steady_ms() > deadline) return false;
    pass_ms(look_ms);
  }
  return true;
}

void pass_ms(std::int64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

}  // namespace cairn::test
