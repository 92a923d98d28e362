#include "pipeline/worker.h"

#include <unistd.h>

#include <algorithm>
#include <thread>

#include "cli/child.h"
#include "cli/command.h"
#include "cli/gpu_sample.h"
#include "cli/process.h"
#include "cli/services.h"
#include "common/limits.h"
#include "common/log.h"

namespace cairn::cli {
namespace {

struct Options {
  std::string state = ".cairn";
  std::string stage;
  std::string name;
  std::string listen;
  std::string http;
  std::vector<std::string> dispatchers;
  std::vector<std::string> backends;
};

Status work(const Options& options) {
  CAIRN_ASSIGN(const Pool pool, find_pool(options.state));
  CAIRN_ASSIGN(const PoolConfig config, load_config(pool.config, process_environment()));
  const auto& rows = stages::all_stages();
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.name == options.stage; });
  if (row == rows.end()) return Error{Code::not_found, "no stage \"" + options.stage + "\""};
  const std::string name = options.name.empty() ? options.stage + "-work" : options.name;
  const std::string unique = worker_id(name);
  if (unique.size() > limits::worker_name_bytes_max) {  // dispatchers would refuse whatever it says
    wrong_usage("--name", "is too long: " + unique + " may have " +
                              std::to_string(limits::worker_name_bytes_max) + " characters");
  }
  log::start("worker", options.stage, unique, log::level_from(config.log_level));
  log::keep_within({pool.log(name), config.log_bounds});
  std::atomic<bool>& stop = stop_on_signals();

  Metrics metrics;
  CAIRN_ASSIGN(const auto services, StageServices::make(*row, pool, config, metrics, options.backends));
  CAIRN_ASSIGN(pipeline::Stage stage, stages::make_stage(options.stage, services->services()));
  CAIRN_ASSIGN(const auto keys, load_link_keys(config.links));
  metrics.add(Metric::links_refused, {options.stage}, 0);
  CAIRN_ASSIGN(const auto transport, pipeline::make_zmq_transport(
                                         keys, [&] { metrics.add(Metric::links_refused, {options.stage}); }));
  remove_dead_sockets(pool.run);
  const std::string listen = options.listen.empty()
                                 ? "ipc://" + pool.run + "/" + name + "." + std::to_string(getpid()) + ".sock"
                                 : options.listen;
  CAIRN_ASSIGN(const auto inbox, transport->bind(listen));

  const StageConfig& sizes = config.stages.at(options.stage);
  pipeline::WorkerOptions worker_options;
  worker_options.name = unique;
  worker_options.dispatchers =
      options.dispatchers.empty() ? pool.dispatchers.at(options.stage) : options.dispatchers;
  worker_options.capabilities = stages::capabilities(*row, services->services());
  worker_options.slots = sizes.slots;
  worker_options.prefetch = sizes.prefetch;
  worker_options.grace_ms = static_cast<std::int64_t>(sizes.grace_ms);
  worker_options.settle_ms = settle_ms(config);
  // Five beats fit into a lease, so that one lost frame or a slow turn costs nothing.
  worker_options.beat_ms =
      std::min<std::int64_t>(2'000, static_cast<std::int64_t>(config.store.lease_ms / 5));
  worker_options.resend_ms = worker_options.beat_ms * 3 / 2;
  worker_options.silent_ms = worker_options.beat_ms * 3;

  GpuSample gpus(needs(*row, stages::Service::backends) ? Nvml::open() : nullptr, metrics);
  pipeline::Worker worker(worker_options, std::move(stage), *transport, *inbox, metrics);
  CAIRN_ASSIGN(
      const auto vitals,
      Vitals::start(
          options.http.empty() ? config.http_host + ":0" : options.http, pool.run, name, metrics,
          [&] {
            return std::string(stop ? "draining" : worker.connected() ? "" : "no answer from a dispatcher");
          },
          {}, [&] { gpus.take(); }));
  worker.run(stop, [&] { vitals->tick(); });
  return {};
}

}  // namespace

void add_worker(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command = app.add("worker", "Computes tasks of one stage. Start more to scale the stage.",
                            "cairn worker --stage prove --state .cairn --name prove-7");
  command.state(options->state);
  command.option("--stage", options->stage, "Stage to work for").required();
  command.option("--name", options->name, "Name in logs and metrics");
  command.option("--http", options->http,
                 "HOST:PORT for metrics and health; default: a free port of http_host");
  command.option("--dispatcher", options->dispatchers, "Endpoint of a dispatcher; default: the pool's");
  command.option("--backend", options->backends,
                 "Prover backend that it offers, once for each; default: all of the configuration");
  command.option("--listen", options->listen,
                 "Endpoint where tasks arrive; default: in the pool's directory");
  command.run([options, &exit] {
    const Status status = work(*options);
    if (!status.ok()) exit = fail(status.error());
  });
}

}  // namespace cairn::cli
