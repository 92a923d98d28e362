#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "bench/peer/side.h"
#include "bench/pool.h"
#include "common/json.h"

namespace cairn::peer {
namespace {

constexpr std::size_t kPackageBytesMax = 1 << 20;

std::filesystem::path here() { return test::source_dir() / "bench" / "peer"; }

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string steps_of(const Case& c, std::uint32_t worker) {
  if (!c.flow) return "single";
  return c.shared ? "0,1,2" : std::to_string(worker % 3);
}

class BullMq final : public Side {
 public:
  BullMq(const test::RedisServer& redis, const Case& c, const std::string& folder)
      : case_(c), socket_(redis.socket_path()), folder_(folder) {
    for (std::uint32_t w = 0; w < c.workers; ++w) {
      const std::string name = "worker-" + std::to_string(w);
      std::vector<std::string> argv = {"node",          here() / "bullmq_worker.mjs",
                                       "--redis",       socket_,
                                       "--concurrency", std::to_string(c.concurrency),
                                       "--work-ms",     std::to_string(c.work_ms),
                                       "--steps",       steps_of(c, w),
                                       "--done",        folder + "/" + name + ".done"};
      workers_.push_back(std::make_unique<test::Child>(argv, log()));
    }
  }

  Status enqueue(std::uint64_t first, std::uint64_t count) override {
    const auto begun = offer(first, count, 0);
    return begun.ok() ? Status{} : Status(begun.error());
  }
  Result<std::int64_t> offer(std::uint64_t first, std::uint64_t count, double rate) override {
    const test::Output out = test::run({"node", here() / "bullmq_producer.mjs", "--redis", socket_, "--shape",
                                        case_.flow ? "flow" : "single", "--first", std::to_string(first),
                                        "--count", std::to_string(count), "--rate", std::to_string(rate)});
    if (out.status != 0) return Error{Code::failed, "the producer: " + out.err};
    return std::strtoll(out.out.c_str(), nullptr, 10);
  }
  void pause() override {
    for (const auto& worker : workers_) worker->pause();
  }
  void resume() override {
    for (const auto& worker : workers_) worker->signal(SIGCONT);
  }
  double cpu() override {
    double sum = 0;
    for (const auto& worker : workers_) sum += pipeline::cpu_seconds(worker->pid());
    return sum;
  }
  Status running() override {
    for (const auto& worker : workers_) {
      if (!worker->running()) return Error{Code::failed, "a worker has ended: " + text_of(log())};
    }
    return {};
  }

 private:
  std::string log() const { return folder_ + "/log"; }

  Case case_;
  std::string socket_;
  std::string folder_;
  std::vector<std::unique_ptr<test::Child>> workers_;
};

}  // namespace

std::string bullmq_version() {
  const auto package =
      parse_json(text_of(here() / "node_modules" / "bullmq" / "package.json"), kPackageBytesMax);
  return package.ok() ? package->value("version", "") : "";
}

Result<std::unique_ptr<Side>> start_bullmq(const test::RedisServer& redis, const Case& c,
                                           const std::string& folder) {
  if (bullmq_version().empty()) return Error{Code::not_found, "BullMQ is not installed: ops/install --peer"};
  return std::unique_ptr<Side>(std::make_unique<BullMq>(redis, c, folder));
}

}  // namespace cairn::peer
