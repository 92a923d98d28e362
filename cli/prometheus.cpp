#include "cli/prometheus.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "cli/free_port.h"
#include "common/json.h"

namespace cairn::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kPeriodMs = 1'000;
constexpr const char* kServer = "prometheus";  // its own address file names no process of the pool

Error cannot(const std::string& what, const std::error_code& error) {
  return Error{Code::unavailable, "cannot " + what + ": " + error.message()};
}

}  // namespace

Discovery::Discovery(const Pool& pool)
    : run_(pool.run), pool_(pool.name), file_(pool.path("prometheus/targets/cairn.json")) {}

Status Discovery::update(std::int64_t now_ms) {
  if (now_ms < next_ms_) return {};
  next_ms_ = now_ms + kPeriodMs;
  std::map<std::string, std::string> addresses;  // by process
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(run_, ignored)) {
    const std::string process = entry.path().stem().string();
    if (entry.path().extension() != ".http" || process == kServer) continue;
    std::string address;
    std::ifstream(entry.path()) >> address;
    if (!address.empty()) addresses[process] = address;  // empty: it is being written
  }
  Json groups = Json::array();
  for (const auto& [process, address] : addresses) {
    groups.push_back({{"targets", {address}}, {"labels", {{"pool", pool_}, {"process", process}}}});
  }
  const std::string json = groups.dump(2) + "\n";
  if (json == written_) return {};
  CAIRN_TRY(write(json));
  written_ = json;
  return {};
}

Status Discovery::write(const std::string& json) const {
  std::error_code error;
  fs::create_directories(fs::path(file_).parent_path(), error);
  if (error) return cannot("make the folder of " + file_, error);
  const std::string fresh = file_ + ".new";  // Prometheus looks for *.json only
  {
    std::ofstream out(fresh, std::ios::trunc);
    out << json;
    if (!out.flush()) return Error{Code::unavailable, "cannot write " + fresh};
  }
  fs::rename(fresh, file_, error);
  return error ? Status(cannot("replace " + file_, error)) : Status();
}

Result<ChildSpec> prometheus_child(const Pool& pool, const PrometheusConfig& config) {
  const fs::path from = config.directory, to = pool.path("prometheus");
  if (config.directory.empty() || !fs::exists(from / "prometheus.yml")) {
    return Error{Code::invalid_input, "prometheus.directory names no folder with a prometheus.yml"};
  }
  if (!executable_exists(config.server)) {
    return Error{Code::not_found,
                 "prometheus.server: no program " + config.server + " (Debian: apt install prometheus)"};
  }
  std::error_code error;
  fs::create_directories(to / "targets", error);
  if (error) return cannot("make " + to.string(), error);
  fs::remove_all(to / "rules", error);
  fs::copy_file(from / "prometheus.yml", to / "prometheus.yml", fs::copy_options::overwrite_existing, error);
  if (!error) fs::copy(from / "rules", to / "rules", fs::copy_options::recursive, error);
  if (error) return cannot("copy " + from.string(), error);

  std::string listen = config.listen;
  if (listen.empty()) {
    CAIRN_ASSIGN(const int port, choose_port(pool.path("prometheus/port")));
    listen = "127.0.0.1:" + std::to_string(port);
  }
  std::ofstream(pool.run + "/" + kServer + ".http", std::ios::trunc) << listen << '\n';
  return ChildSpec{kServer,
                   {config.server, "--config.file=" + (to / "prometheus.yml").string(),
                    "--storage.tsdb.path=" + (to / "data").string(),
                    "--storage.tsdb.retention.time=" + std::to_string(config.retention_days) + "d",
                    "--web.listen-address=" + listen},
                   pool.log(kServer),
                   {}};
}

}  // namespace cairn::cli
