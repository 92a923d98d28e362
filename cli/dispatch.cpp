#include <cstdio>

#include "cli/command.h"
#include "cli/process.h"
#include "cli/sequence_watch.h"
#include "cli/services.h"
#include "common/clock.h"
#include "common/log.h"
#include "pipeline/dispatcher.h"

namespace cairn::cli {
namespace {

struct Options {
  std::string state = ".cairn";
  std::string stage;
  std::string listen;
  std::string name;
  std::string http;
};

/// `resend` looks after the whole pool: it recovers the leases of stages whose dispatchers are gone.
constexpr std::string_view kSweeper = "resend";
constexpr std::string_view kEntrance = "ingest";

pipeline::DispatcherOptions dispatcher_options(const Options& options, const Pool& pool,
                                               const PoolConfig& config) {
  pipeline::DispatcherOptions out;
  out.stage = options.stage;
  out.worker_lost_ms = static_cast<std::int64_t>(config.store.lease_ms);
  out.peers = pool.dispatchers;
  out.peers.erase(options.stage);
  if (options.stage == kSweeper) {
    for (const stages::StageRow& row : stages::all_stages()) {
      if (row.name != kSweeper) out.sweeps.emplace_back(row.name);
    }
  }
  if (options.stage == kEntrance) out.admit = stages::make_admit(catalog_of(config));
  return out;
}

Status serve(const Options& options) {
  CAIRN_ASSIGN(const Pool pool, find_pool(options.state));
  CAIRN_ASSIGN(const PoolConfig config, load_config(pool.config, process_environment()));
  const auto endpoints = pool.dispatchers.find(options.stage);
  if (endpoints == pool.dispatchers.end()) {
    return Error{Code::not_found, "no stage \"" + options.stage + "\" in this pool"};
  }
  const std::string listen = options.listen.empty() ? endpoints->second.at(0) : options.listen;
  const std::string name = options.name.empty() ? options.stage + "-dispatch" : options.name;
  log::start("dispatcher", options.stage, name, log::level_from(config.log_level));
  log::keep_within({pool.log(name), config.log_bounds});
  std::atomic<bool>& stop = stop_on_signals();
  allow_all_files();

  Metrics metrics;
  CAIRN_ASSIGN(const auto store, open_store(pool, config));
  CAIRN_ASSIGN(const auto keys, load_link_keys(config.links));
  metrics.add(Metric::links_refused, {options.stage}, 0);
  CAIRN_ASSIGN(const auto transport, pipeline::make_zmq_transport(
                                         keys, [&] { metrics.add(Metric::links_refused, {options.stage}); }));
  CAIRN_ASSIGN(const auto inbox, transport->bind(listen));
  pipeline::Dispatcher dispatcher(dispatcher_options(options, pool, config), *store, *transport, *inbox,
                                  metrics);
  std::atomic<bool> reachable = true;
  CAIRN_ASSIGN(
      const auto vitals,
      Vitals::start(options.http.empty() ? config.http_host + ":0" : options.http, pool.run, name, metrics,
                    [&] {
                      return std::string(stop ? "draining" : reachable ? "" : "the store cannot be reached");
                    }));
  metrics.set(Metric::stored_bytes_max, {}, static_cast<double>(config.store.bytes_max));
  std::optional<SequenceWatch> sequences;
  if (options.stage == kSweeper) sequences.emplace(*store, metrics);
  log::info("serving", {{"endpoint", inbox->endpoint()}});
  while (!stop) {
    dispatcher.turn(dispatcher.wait_ms());
    vitals->tick();
    if (sequences) (void)sequences->tick(steady_ms());
    reachable = dispatcher.store_reachable();
    vitals->tick();
  }
  vitals->tick();
  // Workers that are told to end at the same time use all of their grace before they hand anything back.
  dispatcher.drain(static_cast<std::int64_t>(config.stages.at(options.stage).grace_ms) + settle_ms(config));
  log::info("drained");
  return {};
}

}  // namespace

void add_dispatch(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command =
      app.add("dispatch", "Hands one stage's tasks to its workers. Any number may run per stage.",
              "cairn dispatch --stage prove --state .cairn");
  command.state(options->state);
  command.option("--stage", options->stage, "Stage to serve").required();
  command.option("--listen", options->listen, "Endpoint, ipc://PATH or tcp://HOST:PORT; default: the pool's");
  command.option("--name", options->name, "Name in logs and metrics");
  command.option("--http", options->http,
                 "HOST:PORT for metrics and health; default: a free port of http_host");
  command.run([options, &exit] {
    const Status status = serve(*options);
    if (!status.ok()) exit = fail(status.error());
  });
}

}  // namespace cairn::cli
