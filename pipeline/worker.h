// Computes the tasks of one stage. It never talks to the store and keeps nothing: killing it costs at
// most the work in hand. One thread talks to the dispatcher and never computes; the others compute.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/metrics.h"
#include "pipeline/messages.h"
#include "pipeline/stage.h"
#include "pipeline/transport.h"

namespace cairn::pipeline {

struct WorkerOptions {
  std::string name;                      ///< unique in the pool, also across restarts
  std::vector<std::string> dispatchers;  ///< endpoints; one is used, the next when it falls silent
  std::vector<Capability> capabilities;  ///< it is given tasks that need one of these, or nothing
  std::uint32_t slots = 1;               ///< tasks computed at the same time
  std::uint32_t prefetch = 0;            ///< tasks held beyond that, for stages of very short tasks
  std::int64_t beat_ms = 2'000;
  std::int64_t resend_ms = 3'000;   ///< an unsettled result is reported again after this
  std::int64_t silent_ms = 6'000;   ///< a dispatcher that has not answered for this long is left
  std::int64_t grace_ms = 10'000;   ///< how long a drain lets running tasks go on
  std::int64_t settle_ms = 10'000;  ///< how long a drain waits beyond that for results to be settled
  std::function<std::int64_t()> now_ms = steady_ms;  ///< another clock in simulations
  bool own_threads = true;                           ///< false: nothing is computed but by compute_one()
};

class Worker {
 public:
  /// `inbox` is where the dispatcher sends to. Everything is borrowed and must outlive the worker.
  Worker(WorkerOptions options, Stage stage, Transport& transport, Inbox& inbox, Metrics& metrics);
  ~Worker();

  /// Works until `stop` becomes true, then drains: running tasks finish within the grace or are
  /// handed back, and results are delivered. A signal that sets `stop` also ends the wait for frames.
  /// `tick` is called at every turn of the loop, at least once per beat.
  void run(
      const std::atomic<bool>& stop, const std::function<void()>& tick = [] {});

  /// What run() does between two ticks: waits up to `wait_ms` for frames, then takes orders and reports.
  /// False when it is `stop`ped and drained.
  bool turn(bool stop, std::int64_t wait_ms);
  /// How long the next turn may wait.
  std::int64_t wait_ms() const;
  /// Tasks in hand that nobody computes yet.
  std::size_t queued() const;
  /// Computes the first of them on this thread; false when there is none.
  bool compute_one();

  /// True when the dispatcher has answered lately.
  bool connected() const { return connected_; }

 private:
  struct Job;
  struct Shared;

  void compute();
  bool compute(Job& job);
  bool drained(bool stop);
  void beat();
  void take(const Orders& orders);
  void accept(const Task& task);
  void collect();
  void send_report(bool beat);
  void hand_back_queued();
  void choose_dispatcher();
  bool idle() const;

  WorkerOptions options_;
  Stage stage_;
  Transport& transport_;
  Inbox& inbox_;
  Metrics& metrics_;
  std::unique_ptr<Shared> shared_;  // between the talking thread and the computing ones
  std::unique_ptr<Outbox> outbox_;
  std::size_t dispatcher_ = 0;
  struct Unsettled {
    TaskResult result;
    std::int64_t sent_ms = 0;  // 0: not yet
  };
  std::vector<Unsettled> unsettled_;
  std::int64_t next_beat_ms_ = 0;
  std::int64_t next_report_ms_ = 0;  // for results; 0 is at once
  std::int64_t heard_ms_ = 0;
  bool begun_ = false;
  bool draining_ = false;
  std::int64_t drain_until_ms_ = 0, settle_until_ms_ = 0;
  bool alone_ = false;     // no dispatcher answers: nobody to wait for
  bool released_ = false;  // the dispatcher knows that we drain, and all that it sent has arrived
  std::atomic<bool> connected_ = false;
};

}  // namespace cairn::pipeline
