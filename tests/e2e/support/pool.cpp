#include "tests/e2e/support/pool.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/e2e/support/must.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t ready_ms = 240'000;
constexpr std::int64_t stop_ms = 90'000;

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

constexpr const char* chain_step = R"(
        prove: [node, "{program_dir}/prove.mjs", "{input}", "{output}"]
        finalize: [node, "{program_dir}/finalize.mjs", "{input}", "{claim}", "{output}"]
        verify: [node, "{program_dir}/verify.mjs", "{claim}", "{input}"]
)";

}  // namespace

std::string cairn_program() {
  const char* folder = std::getenv("CAIRN_BINARY_DIR");
  if (folder == nullptr) give_up("set CAIRN_BINARY_DIR to the build directory");
  return std::string(folder) + "/bin/cairn";
}

Pool::Pool(const PoolSettings& settings, const std::optional<ChainLink>& link)
    : settings_(settings),
      state_((dir_ / "s").string()),
      link_(link.value_or(ChainLink{})),
      own_chain_(!link) {
  write_config();
}

void Pool::write_config() const {
  const PoolSettings& s = settings_;
  std::ofstream out(dir_ / "pool.yaml");
  out << "pool: e2e\nredis: {max_memory_mib: " << s.redis_mib << "}\n"
      << "store: {lease_ms: " << s.lease_ms << ", deaths_max: " << s.deaths_max
      << ", depth_max: " << s.depth_max << "}\n"
      << "chain:\n  poll_ms: 100\n  follow_confirmations: 1\n"
      << "  rpc_timeout_ms: " << s.rpc_timeout_ms << "\n"
      << "  confirmations_commit: 2\n  confirmations_final: " << s.confirmations_final << "\n"
      << "  follow: " << (s.follow ? "true" : "false") << "\n";
  if (own_chain_) {
    out << "  dev: {anvil: \"" << foundry_tool("anvil").string() << "\", artifacts: \""
        << artifacts().string() << "\", block_ms: " << Scene::block_ms
        << ", commit_blocks: 12, reveal_blocks: 1200, settlement_blocks: 1200, withdrawal_blocks: 3000}\n";
  } else {
    out << "  rpc: [\"" << link_.rpc << "\"]\n  contract: \"" << link_.contract << "\"\n  keystore: \""
        << link_.keystore << "\"\n  password_file: \"" << link_.password_file << "\"\n";
  }
  out << s.more_chain << s.more << "stages:\n";
  for (const char* stage : {"ingest", "split", "prove", "aggregate", "hash_commit", "reveal", "resend"}) {
    const std::string name = stage;
    const unsigned workers = name == "prove" ? s.provers : name == "split" || name == "aggregate" ? 2 : 1;
    out << "  " << name << ": {workers: " << workers << ", grace_ms: " << s.grace_ms << "}\n";
  }
  out << "backends:\n  groth16:\n    time_limit_ms: 120000\n    programs:\n      chain_step:\n"
      << "        directory: \"" << (source_dir() / "circuits/chain_step").string() << "\"" << chain_step
      << s.more_programs;
}

Pool::~Pool() {
  if (testing::Test::HasFailure()) {
    std::cout << "--- cairn up, last lines\n";
    const std::string log = read_file(dir_ / "up.log");
    std::cout << log.substr(log.size() - std::min<std::size_t>(log.size(), 3000)) << "\n";
    if (const char* keep = std::getenv("CAIRN_E2E_KEEP")) {
      std::error_code ignored;
      const fs::path there = fs::path(keep) / dir_.path().filename();
      fs::create_directories(there, ignored);
      fs::copy(path("log"), there / "log", fs::copy_options::recursive, ignored);
      for (const char* file : {"up.log", "pool.yaml"}) fs::copy(dir_ / file, there / file, ignored);
      std::cout << "kept in " << there.string() << "\n";
    }
  }
  std::vector<Process> left = children();
  if (running()) {
    up_->signal(SIGTERM);
    if (!eventually(stop_ms, [&] { return !running(); })) up_->signal(SIGKILL);
  }
  up_.reset();
  for (const Process& process : left) signal(process, SIGKILL);
}

void Pool::begin_up() {
  up_ = std::make_unique<Child>(
      std::vector<std::string>{cairn_program(), "up", "--config", dir_ / "pool.yaml", "--state", state_},
      dir_ / "up.log");
}

void Pool::up() {
  begin_up();
  const std::string pid = std::to_string(up_->pid()) + "\n";
  // A kill leaves the file of an earlier run behind.
  const bool ready = eventually(ready_ms, [&] { return !running() || read_file(path("ready")) == pid; });
  if (!running()) give_up("cairn up ended: " + read_file(dir_ / "up.log"));
  if (!ready) give_up("cairn up is not ready in time");
  if (own_chain_) read_link();
}

void Pool::read_link() {
  const Json json = Json::parse(read_file(path("pool.json")));
  link_ = {json["rpc"][0], json["contract"], json["keystore"], json["password_file"]};
}

int Pool::stop() {
  up_->signal(SIGTERM);
  if (!eventually(stop_ms, [&] { return !running(); })) give_up("cairn up does not end after SIGTERM");
  return up_->wait();
}

int Pool::stop_all() {
  const std::vector<Process> all = children();
  up_->signal(SIGTERM);  // first, or it would start again whoever ends
  for (const Process& process : all) {
    if (process.name != "redis" && process.name != "chain") signal(process, SIGTERM);
  }
  return stop();
}

void Pool::kill_up() {
  up_->signal(SIGKILL);
  up_->wait();
}

std::vector<Process> Pool::children(const std::string& part) const {
  std::ifstream in(path("pids"));
  std::vector<Process> out;
  for (Process p; in >> p.pid >> p.started >> p.name;) {
    if (p.name.find(part) != p.name.npos && alive(p)) out.push_back(p);
  }
  return out;
}

Process Pool::child(const std::string& name) const {
  Process found;
  const bool there = eventually(ready_ms, [&] {
    for (const Process& process : children(name)) {
      if (process.name == name) found = process;
    }
    return found.started != 0;
  });
  if (!there) give_up(name + " does not run");
  return found;
}

Output Pool::cairn(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), cairn_program());
  arguments.insert(arguments.end(), {"--state", state_});
  return run(arguments);
}

Json Pool::ask(std::vector<std::string> arguments) const {
  std::string words;
  for (const std::string& argument : arguments) words += " " + argument;
  arguments.push_back("--json");
  const Output out = cairn(std::move(arguments));
  if (out.status != 0) give_up("cairn" + words + ": exit " + std::to_string(out.status) + ": " + out.err);
  return Json::parse(out.out);
}

std::optional<Json> Pool::status() const {
  const Output out = cairn({"status", "--max", "1000", "--json"});
  if (out.status != 0) return std::nullopt;
  return Json::parse(out.out);
}

Json Pool::must_status() const { return ask({"status", "--max", "1000"}); }

Output Pool::produce(const std::vector<std::string>& lines, std::vector<std::string> arguments) const {
  const TempDir dir;
  {
    std::ofstream file(dir / "lines");
    for (const std::string& line : lines) file << line << '\n';
  }
  arguments.insert(arguments.begin(),
                   {"sh", "-c", "file=$1; shift; exec \"$@\" < \"$file\"", "sh", dir / "lines",
                    cairn_program(), "produce", "--state", state_, "--json"});
  return run(arguments);
}

std::pair<int, std::string> Pool::page(const std::string& process, const std::string& page) const {
  std::string address = read_file(path("run/" + process + ".http"));
  address.erase(address.find_last_not_of('\n') + 1);
  const Output out = run({"node", "-e",
                          "fetch(process.argv[1]).then(async r => process.stdout.write(Buffer.concat("
                          "[Buffer.from(r.status + '\\n'), Buffer.from(await r.arrayBuffer())])))",
                          "http://" + address + page});
  if (out.status != 0) return {0, process + " does not answer at " + page + ": " + out.err};
  return {std::stoi(out.out), out.out.substr(out.out.find('\n') + 1)};
}

std::vector<Json> Pool::events(const std::string& process, const std::string& event) const {
  std::ifstream in(path("log/" + process + ".log"));
  std::vector<Json> out;
  for (std::string line; std::getline(in, line);) {
    // The last line may still be on its way; a child's own words are not JSON.
    const Json json = Json::parse(line, nullptr, false);
    if (json.is_object() && (event.empty() || json.value("event", "") == event)) out.push_back(json);
  }
  return out;
}

std::uint64_t Pool::total(const std::string& counter) const {
  std::uint64_t sum = 0;
  for (const auto& [stage, counts] : must_status()["stages"].items()) {
    sum += counts[counter].get<std::uint64_t>();
  }
  return sum;
}

std::size_t Pool::sockets() const {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(path("run"))) {
    if (entry.path().extension() == ".sock") ++count;
  }
  return count;
}

Process worker_process(const std::string& worker) {
  std::istringstream parts(worker.substr(0, worker.find('@')));
  Process out;
  char dot = 0;
  std::getline(parts, out.name, '.');
  parts >> out.pid >> dot >> out.started;
  return out;
}

std::int64_t event_ms(const Json& event) {
  const std::string text = event["ts"];  // 2026-11-21T05:04:39.482415Z
  std::tm calendar{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &calendar);
  if (rest == nullptr) give_up("not a time: " + text);
  return ::timegm(&calendar) * 1000 + static_cast<std::int64_t>(std::strtod(rest, nullptr) * 1000);
}

std::uint64_t start_height(const std::string& line) { return Json::parse(line)["start_height"]; }
std::size_t batch_count(const std::string& line) { return Json::parse(line)["batches"].size(); }

}  // namespace cairn::test
