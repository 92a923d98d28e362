#include "cli/process.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

#include "cli/child.h"
#include "cli/service_notice.h"
#include "common/clock.h"
#include "prover/process/tree.h"

namespace cairn::cli {
namespace {

std::atomic<bool> stop_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free);
pid_t parent = 0;

constexpr std::size_t host_bytes_max = 24;

std::string at_this_host() {
  char host[64] = "host";
  gethostname(host, sizeof host - 1);
  return "@" + short_host(host);
}

/// Made before any child, so that none inherits its variables.
ServiceNotice& service_notice() {
  static ServiceNotice instance = ServiceNotice::from_environment();
  return instance;
}

/// SIGTERM may come more than once, from a service manager and from `cairn up`, and means the same each time,
/// as SIGHUP does when the terminal goes. The second Ctrl-C is of somebody who will not wait, and so is
/// whatever comes when the parent has gone.
extern "C" void on_signal(int number) {
  const bool again = stop_requested.exchange(true);
  if (again && (number == SIGINT || getppid() != parent)) _exit(130);
}

}  // namespace

std::atomic<bool>& stop_on_signals() {
  (void)service_notice();
  parent = getppid();
  struct sigaction action {};
  action.sa_handler = on_signal;  // no SA_RESTART: a signal ends a wait for frames
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction hangup {};
  sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);  // nohup(1) is obeyed
  signal(SIGPIPE, SIG_IGN);
  return stop_requested;
}

void allow_all_files() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

std::string short_host(const std::string& host) {
  return host.size() > host_bytes_max ? host.substr(host.size() - host_bytes_max) : host;
}

std::string worker_id(const std::string& name) {
  const ProcessId self = identify(getpid());
  return name + "." + std::to_string(self.pid) + "." + std::to_string(self.started) + at_this_host();
}

std::string short_name(const std::string& worker_id) {
  return worker_id.ends_with(at_this_host()) ? worker_id.substr(0, worker_id.find('.')) : worker_id;
}

namespace {

/// The number in RUN/<name>.<pid>.sock; none in the name of any other file.
std::optional<pid_t> owner_of(const std::filesystem::path& path) {
  if (path.extension() != ".sock") return std::nullopt;
  const std::string stem = path.stem();
  const char* const end = stem.data() + stem.size();
  pid_t pid = 0;
  const auto parsed = std::from_chars(stem.data() + stem.rfind('.') + 1, end, pid);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return pid;
}

template <class Condition>
void remove_files(const std::string& folder, Condition&& is_useless) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (is_useless(entry.path())) std::filesystem::remove(entry.path(), error);
  }
}

}  // namespace

void remove_dead_sockets(const std::string& run) {
  remove_files(run, [](const std::filesystem::path& path) {
    const auto owner = owner_of(path);
    return owner && identify(*owner).started == 0;
  });
}

void clear_run_folder(const std::string& run) {
  remove_dead_sockets(run);
  remove_files(run, [](const std::filesystem::path& path) {
    return path.extension() == ".http" || (path.extension() == ".sock" && !owner_of(path));
  });
}

ProcessSample::ProcessSample(Metrics& metrics) : metrics_(metrics) {
  metrics_.set(Metric::start_time, {}, static_cast<double>(unix_ms()) / 1000);
}

void ProcessSample::take() {
  std::uint64_t total_pages = 0, resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  metrics_.set(Metric::resident_bytes, {},
               static_cast<double>(resident_pages) * static_cast<double>(sysconf(_SC_PAGESIZE)));
  metrics_.set(Metric::programs_bytes, {}, static_cast<double>(prover::resident_bytes(getpid())));
  double cpu_seconds = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    struct rusage usage {};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      cpu_seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    }
  }
  const std::lock_guard lock(mutex_);
  if (cpu_seconds > cpu_seconds_) metrics_.add(Metric::cpu_seconds, {}, cpu_seconds - cpu_seconds_);
  cpu_seconds_ = std::max(cpu_seconds, cpu_seconds_);
}

Result<std::unique_ptr<Vitals>> Vitals::start(const std::string& listen, const std::string& run,
                                              const std::string& name, Metrics& metrics,
                                              std::function<std::string()> ready, Pages more,
                                              std::function<void()> before_metrics,
                                              std::function<std::int64_t()> now_ms) {
  std::unique_ptr<Vitals> vitals(new Vitals(std::move(now_ms)));
  vitals->tick();
  const auto live = [v = vitals.get()](const HttpRequest&) -> HttpReply {
    const bool turning = v->now_ms_() - v->ticked_ms_ < kHungMs;
    return turning ? HttpReply{200, "text/plain", "ok\n"} : HttpReply{503, "text/plain", "hung\n"};
  };
  const auto readiness = [ready = std::move(ready)](const HttpRequest&) -> HttpReply {
    const std::string why = ready();
    return why.empty() ? HttpReply{200, "text/plain", "ok\n"} : HttpReply{503, "text/plain", why + "\n"};
  };
  Pages pages = std::move(more);
  vitals->sample_ = std::make_unique<ProcessSample>(metrics);
  pages["/metrics"] = [&metrics, sample = vitals->sample_.get(),
                       more = std::move(before_metrics)](const HttpRequest&) {
    sample->take();
    if (more) more();
    return HttpReply{200, "text/plain; version=0.0.4; charset=utf-8", metrics.text()};
  };
  pages["/livez"] = live;
  pages["/readyz"] = readiness;
  pages["/version"] = [](const HttpRequest&) {
    return HttpReply{200, "text/plain", std::string(CAIRN_VERSION) + "\n"};
  };
  CAIRN_ASSIGN(vitals->server_, HttpServer::start(listen, std::move(pages)));
  vitals->address_file_ = run + "/" + name + ".http";
  vitals->address_ = listen.substr(0, listen.rfind(':')) + ":" + std::to_string(vitals->server_->port());
  std::ofstream(vitals->address_file_) << vitals->address_ << '\n';
  service_notice().ready();
  return vitals;
}

Vitals::~Vitals() {
  server_.reset();
  std::remove(address_file_.c_str());
}

void Vitals::tick() {
  const std::int64_t now_ms = now_ms_();
  ticked_ms_ = now_ms;
  if (stop_requested) {
    service_notice().stopping();
  } else {
    service_notice().beat(now_ms);
  }
}

}  // namespace cairn::cli
