#include "cli/supervisor.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <set>
#include <thread>

#include "common/clock.h"
#include "common/log.h"

namespace cairn::cli {
namespace {

constexpr std::int64_t kPauseMs = 100;      // before the first restart; doubles
constexpr std::int64_t kStableMs = 10'000;  // after this a child counts as healthy again
constexpr std::int64_t kLogsMs = 1'000;     // between looks at their sizes
constexpr auto kTick = std::chrono::milliseconds(10);

}  // namespace

struct Supervisor::Running {
  Spec spec;
  ProcessId process;
  std::int64_t started_ms = 0;
  std::int64_t pause_ms = kPauseMs;
  std::int64_t restart_at_ms = 0;  // not 0: dead, waiting
};

Supervisor::Supervisor(std::string pids_path, const log::Bounds& logs)
    : pids_path_(std::move(pids_path)), logs_(logs) {}
Supervisor::~Supervisor() {
  stop_all([] { return true; });
}

void Supervisor::write_pids() const {
  const std::string fresh = pids_path_ + ".new";
  {
    std::ofstream out(fresh, std::ios::trunc);
    for (const auto& [name, child] : children_) {
      if (child.process.started)
        out << child.process.pid << ' ' << child.process.started << ' ' << name << '\n';
    }
    if (!out.flush()) return log::error("pids_not_written", {{"why", "cannot write " + fresh}});
  }
  std::rename(fresh.c_str(), pids_path_.c_str());
}

void Supervisor::end_leftovers(std::int64_t grace_ms) {
  std::ifstream in(pids_path_);
  std::map<std::string, ProcessId> left;
  ProcessId process;
  for (std::string name; in >> process.pid >> process.started >> name;) {
    if (process.pid > 1 && alive(process)) left[name] = process;
  }
  for (const auto& [name, p] : left) {
    log::warn("leftover", {{"child", name}, {"pid", std::int64_t{p.pid}}});
    kill(p.pid, SIGTERM);
  }
  const std::int64_t until = steady_ms() + grace_ms;
  while (!left.empty()) {
    std::erase_if(left, [](const auto& entry) { return !alive(entry.second); });
    if (steady_ms() > until) {
      for (const auto& [name, p] : left) kill(p.pid, SIGKILL);
    }
    std::this_thread::sleep_for(kTick);
  }
}

Result<pid_t> Supervisor::start_with_log(const ChildSpec& child) const {
  log::begin_anew({child.log_path, logs_});
  return start_child(child);
}

Status Supervisor::start(Spec spec) {
  CAIRN_ASSIGN(const pid_t pid, start_with_log(spec.child));
  const std::string name = spec.child.name;
  Running& child = children_[name];
  child.spec = std::move(spec);
  child.process = identify(pid);
  child.started_ms = steady_ms();
  child.restart_at_ms = 0;
  write_pids();
  return {};
}

/// Notes which children have died.
void Supervisor::reap() {
  for (int status = 0;;) {
    const pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return;
    for (auto& [name, child] : children_) {
      if (child.process.pid != pid || child.restart_at_ms) continue;
      const std::int64_t now = steady_ms();
      if (now - child.started_ms > kStableMs) child.pause_ms = kPauseMs;
      child.restart_at_ms = now + child.pause_ms;
      child.pause_ms = std::min(child.pause_ms * 2, child.spec.pause_max_ms);
      const std::int64_t exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      if (stopping_ && exit == 0) {
        log::info("child_ended", {{"child", name}, {"pid", std::int64_t{pid}}});
        continue;
      }
      log::warn("child_died",
                {{"child", name},
                 {"pid", std::int64_t{pid}},
                 {"exit", exit},
                 {"signal", WIFSIGNALED(status) ? std::int64_t{WTERMSIG(status)} : std::int64_t{0}}});
    }
  }
}

void Supervisor::tend() {
  reap();
  const std::int64_t now = steady_ms();
  if (now - logs_seen_ms_ >= kLogsMs) {
    logs_seen_ms_ = now;
    for (const auto& [name, child] : children_) {
      if (child.spec.child.opens_log) log::begin_anew({child.spec.child.log_path, logs_});
    }
  }
  bool changed = false;
  for (auto& [name, child] : children_) {
    if (child.restart_at_ms == 0 || now < child.restart_at_ms) continue;
    const Result<pid_t> pid = start_with_log(child.spec.child);
    if (!pid.ok()) {
      log::error("child_not_started", {{"child", name}, {"why", pid.error().what}});
      child.restart_at_ms = now + child.spec.pause_max_ms;
      continue;
    }
    child.process = identify(*pid);
    child.started_ms = now;
    child.restart_at_ms = 0;
    ++restarts_;
    changed = true;
    log::info("child_restarted", {{"child", name}, {"pid", std::int64_t{*pid}}});
  }
  if (changed) write_pids();
}

void Supervisor::stop_all(const std::function<bool()>& hurry) {
  stopping_ = true;
  std::set<int, std::greater<>> tiers;
  for (const auto& [name, child] : children_) tiers.insert(child.spec.tier);
  for (const int tier : tiers) {
    const auto left = [&] {
      reap();
      std::vector<Running*> out;
      for (auto& [name, child] : children_) {
        if (child.spec.tier == tier && child.restart_at_ms == 0) out.push_back(&child);
      }
      return out;
    };
    for (Running* child : left()) kill(child->process.pid, SIGTERM);
    const std::int64_t begun = steady_ms();
    for (auto waiting = left(); !waiting.empty(); waiting = left()) {
      for (Running* child : waiting) {
        if (hurry() || steady_ms() - begun > child->spec.grace_ms) {
          kill(-child->process.pid, SIGKILL);
        }
      }
      std::this_thread::sleep_for(kTick);
    }
  }
  children_.clear();
  write_pids();
  stopping_ = false;
}

}  // namespace cairn::cli
