#include "cli/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace cairn::cli {
namespace {

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return access(name.c_str(), X_OK) == 0 ? name : "";
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0 && !std::filesystem::is_directory(candidate)) {
      return candidate;
    }
  }
  return "";
}

}  // namespace

bool executable_exists(const std::string& path) { return !find_program(path).empty(); }

Result<pid_t> start_child(const ChildSpec& spec) {
  const std::string program = find_program(spec.argv.at(0));
  if (program.empty()) return Error{Code::not_found, "no program " + spec.argv[0]};
  // Everything that allocates happens before fork.
  std::vector<std::string> environment;
  for (char** e = environ; *e; ++e) {
    const std::string entry = *e;
    if (!spec.environment.contains(entry.substr(0, entry.find('=')))) environment.push_back(entry);
  }
  for (const auto& [key, value] : spec.environment) environment.push_back(key + "=" + value);
  std::vector<char*> argv, envp;
  for (const std::string& a : spec.argv) argv.push_back(const_cast<char*>(a.c_str()));
  for (const std::string& e : environment) envp.push_back(const_cast<char*>(e.c_str()));
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  const int log = open(spec.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return Error{Code::unavailable, "cannot write " + spec.log_path};
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const pid_t parent = getpid();
  // Blocked across the fork: our handlers, which only note a signal, would swallow what the child is told
  // before it has become the program.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(127);  // we died before the line above
    dup2(null, 0);
    dup2(log, 1);
    dup2(log, 2);
    close_range(3, ~0u, 0);  // connections that a library opens, such as ours to Redis, are not for it
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execve(program.c_str(), argv.data(), envp.data());
    _exit(127);
  }
  const int failure = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  close(log);
  close(null);
  if (pid < 0) return Error{Code::unavailable, std::string("fork: ") + std::strerror(failure)};
  setpgid(pid, pid);
  return pid;
}

ProcessId identify(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(stat, line)) return {pid, 0};
  // The name is in parentheses and may hold anything; fields are counted behind it.
  const auto close_paren = line.rfind(')');
  if (close_paren == std::string::npos) return {pid, 0};
  std::istringstream fields(line.substr(close_paren + 1));
  std::string field;
  for (int i = 3; i <= 22 && fields >> field; ++i) {
    if (i == 3 && (field == "Z" || field == "X")) return {pid, 0};
  }
  return {pid, std::strtoull(field.c_str(), nullptr, 10)};
}

bool alive(const ProcessId& process) {
  return process.started != 0 && identify(process.pid).started == process.started;
}

}  // namespace cairn::cli
