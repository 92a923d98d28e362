#include "cli/pool.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "common/digest.h"
#include "common/json.h"
#include "common/limits.h"
#include "stages/stages.h"

namespace cairn::cli {
namespace {

namespace fs = std::filesystem;

/// sun_path holds 108 bytes; the longest socket name is a worker's.
constexpr std::size_t kRunBytesMax = 60;

Status make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return Error{Code::unavailable, "cannot make " + path + ": " + error.message()};
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != geteuid()) {
    return Error{Code::unavailable, path + " is not a directory of this user"};
  }
  chmod(path.c_str(), 0700);
  return {};
}

/// `state` without what leads back, from the root on. Errors: not_found (no name, or no working directory).
Result<std::string> absolute_path(const std::string& state) {
  std::error_code error;
  const fs::path path = fs::absolute(state, error);
  if (error || state.empty())
    return Error{Code::not_found, "no directory \"" + state + "\": " + error.message()};
  return path.lexically_normal().string();
}

}  // namespace

Result<Pool> make_pool(const std::string& state) {
  Pool pool;
  CAIRN_ASSIGN(pool.state, absolute_path(state));
  while (pool.state.size() > 1 && pool.state.back() == '/') pool.state.pop_back();
  pool.run = pool.state + "/run";
  if (pool.run.size() > kRunBytesMax) {
    pool.run = "/tmp/cairn-" + hex(sha256(view(pool.state))).substr(0, 16);
  }
  for (const char* folder : {"", "/redis", "/chain", "/keys", "/log"}) {
    CAIRN_TRY(make_folder(pool.state + folder));
  }
  CAIRN_TRY(make_folder(pool.run));
  return pool;
}

Status save(const Pool& pool) {
  const Json json = {{"state", pool.state},
                     {"run", pool.run},
                     {"config", pool.config},
                     {"pool", pool.name},
                     {"redis", pool.redis},
                     {"rpc", pool.rpc},
                     {"contract", pool.contract},
                     {"verifier", pool.verifier},
                     {"token", pool.token},
                     {"keystore", pool.keystore},
                     {"chain_id", pool.chain_id},
                     {"attested_verifier", pool.attested_verifier},
                     {"verifier_keystores", pool.verifier_keystores},
                     {"verifier_password_file", pool.verifier_password_file},
                     {"password_file", pool.password_file},
                     {"dispatchers", pool.dispatchers}};
  const std::string file = pool.path("pool.json");
  {
    std::ofstream out(file + ".new", std::ios::trunc);
    out << json.dump(2) << '\n';
    if (!out.flush()) return Error{Code::unavailable, "cannot write " + file + ": is the disk full?"};
  }
  if (std::rename((file + ".new").c_str(), file.c_str()) != 0) {
    return Error{Code::unavailable, "cannot replace " + file};
  }
  return {};
}

Result<Pool> find_pool(const std::string& state) {
  CAIRN_ASSIGN(const std::string folder, absolute_path(state));
  const std::string file = folder + "/pool.json";
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return Error{Code::not_found,
                 "no pool at " + state + ": start one with `cairn up --config FILE --state " + state + "`"};
  }
  std::string text(limits::config_bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return Error{Code::failed, file + ": cannot be read"};
  const Result<Json> json = parse_json(text, limits::config_bytes_max);
  if (!json.ok()) return Error{Code::corrupt, file + ": " + json.error().what};
  try {
    Pool pool;
    json->at("state").get_to(pool.state);
    json->at("run").get_to(pool.run);
    json->at("config").get_to(pool.config);
    json->at("pool").get_to(pool.name);
    json->at("redis").get_to(pool.redis);
    json->at("rpc").get_to(pool.rpc);
    pool.chain_id = json->value("chain_id", std::uint64_t{0});
    json->at("contract").get_to(pool.contract);
    json->at("verifier").get_to(pool.verifier);
    json->at("token").get_to(pool.token);
    pool.attested_verifier = json->value("attested_verifier", "");
    pool.verifier_keystores = json->value("verifier_keystores", std::vector<std::string>{});
    pool.verifier_password_file = json->value("verifier_password_file", "");
    json->at("keystore").get_to(pool.keystore);
    json->at("password_file").get_to(pool.password_file);
    json->at("dispatchers").get_to(pool.dispatchers);
    for (const stages::StageRow& row : stages::all_stages()) {
      if (pool.dispatchers[std::string(row.name)].empty())
        return Error{Code::corrupt, file + ": names no dispatcher of " + std::string(row.name)};
    }
    return pool;
  } catch (const Json::exception& e) {
    return Error{Code::corrupt, file + ": " + e.what()};
  }
}

bool is_held(const Pool& pool) {
  const int fd = open(pool.path("lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool held = flock(fd, LOCK_SH | LOCK_NB) != 0;
  close(fd);
  return held;
}

}  // namespace cairn::cli
