// A state directory as `cairn up` leaves it, of a pool that does not run.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "common/json.h"
#include "tests/support/process.h"

namespace cairn::test {

class StoppedPool {
 public:
  /// @param yaml its configuration  @param known what its pool.json says otherwise than usual
  explicit StoppedPool(const std::string& yaml, const Json& known = Json::object()) {
    std::ofstream(config()) << yaml;
    std::filesystem::create_directories(dir_ / "s/run");
    const std::string run = state() + "/run";
    Json json = {{"state", state()},
                 {"run", run},
                 {"config", config()},
                 {"pool", "main"},
                 {"redis", "unix:" + run + "/redis.sock"},
                 {"rpc", {"http://127.0.0.1:1"}},
                 {"chain_id", 1},
                 {"contract", "0x" + std::string(40, '1')},
                 {"verifier", ""},
                 {"token", ""},
                 {"keystore", state() + "/none.json"},
                 {"password_file", state() + "/none.pass"},
                 {"dispatchers", Json::object()}};
    for (const char* stage : {"ingest", "split", "prove", "aggregate", "hash_commit", "reveal", "resend"}) {
      json["dispatchers"][stage] = {"ipc://" + run + "/" + stage + ".sock"};
    }
    json.update(known);
    std::ofstream(dir_ / "s/pool.json") << json.dump();
  }
  std::string config() const { return dir_ / "pool.yaml"; }
  std::string state() const { return dir_ / "s"; }

 private:
  TempDir dir_;
};

}  // namespace cairn::test
