// Hands one stage's tasks to its workers, lowest height first, and takes their results to the store.
// It remembers nothing that matters: any number may run per stage, and any may be killed. What it knows
// of workers it learns from their reports; a result that it has not settled is reported again.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/clock.h"
#include "common/metrics.h"
#include "pipeline/messages.h"
#include "pipeline/stage.h"
#include "pipeline/store.h"
#include "pipeline/transport.h"

namespace cairn::pipeline {

struct DispatcherOptions {
  std::string stage;
  std::int64_t poll_ms = 250;            ///< longest wait before the store is asked again
  std::int64_t worker_lost_ms = 10'000;  ///< a worker not heard for this long gets no more tasks
  std::int64_t housekeeping_ms = 1'000;  ///< period of sweep and of the queue metrics
  std::vector<std::string> sweeps;       ///< stages that it sweeps beside its own
  /// Dispatchers of other stages, told when this one made work for them.
  std::map<std::string, std::vector<std::string>> peers;
  std::function<std::int64_t()> now_ms = steady_ms;  ///< another clock in simulations
  Admit admit;  ///< set where submissions enter; otherwise they are refused
};

class Dispatcher {
 public:
  /// Everything is borrowed and must outlive the dispatcher. Used by one thread.
  Dispatcher(DispatcherOptions options, Store& store, Transport& transport, Inbox& inbox, Metrics& metrics);
  ~Dispatcher();

  /// One turn: waits up to `wait_ms` for frames, then moves results, leases and orders.
  void turn(std::int64_t wait_ms);
  /// How long the next turn may wait.
  std::int64_t wait_ms() const;
  /// Takes results for as long as workers still hold tasks, at most `grace_ms`, but leases no more.
  void drain(std::int64_t grace_ms);

  /// False while the last call of the store failed.
  bool store_reachable() const { return store_reachable_; }

 private:
  struct Peer;
  struct Turn;
  /// A producer, and the answers that wait until the connection to it is made.
  struct Correspondent {
    std::unique_ptr<Outbox> outbox;
    std::deque<Bytes> unsent;
    std::int64_t heard_ms = 0;
  };

  void take(Message& message, Turn& turn);
  void take(const Report& report, Turn& turn);
  void take(Peer& peer, const Exchange& exchange, const Result<ExchangeReply>& reply, Turn& turn);
  void note_end(const Completion& last);
  void exchange(Turn& turn);
  void take_back(Turn& turn);
  std::uint32_t lease_room(const Peer& peer) const;
  void settle(Turn& turn);
  void renew(Turn& turn);
  void answer(Turn& turn);
  void give_up(Peer& peer, const std::vector<Task>& tasks, Turn& turn);
  void admit(Turn& turn);
  void admit(const Submit& submit, Turn& turn);
  void answer_producers();
  void hint(const std::string& stage);
  void housekeeping(Turn& turn);
  std::uint64_t unserved(const StageCounts& counts);
  template <class T>
  bool reached_store(const Result<T>& reply, Turn& turn);
  Peer* peer_for(const Report& report, Turn& turn);
  void forget_lost_peers(const Turn& turn);

  DispatcherOptions options_;
  Store& store_;
  Transport& transport_;
  Inbox& inbox_;
  Metrics& metrics_;
  std::unordered_map<std::string, std::unique_ptr<Peer>> peers_;  // by worker name
  std::unordered_map<std::string, std::unique_ptr<Outbox>> hint_outboxes_;
  std::unordered_map<std::string, Correspondent> producers_;  // by endpoint
  std::set<Capability> unserved_;  // needs of ready tasks that none of the workers has
  std::int64_t next_housekeeping_ms_ = 0;
  std::int64_t next_poll_ms_ = 0;
  bool draining_ = false;
  bool store_reachable_ = true;
  bool reply_lost_ = false;  // of the last exchange
};

}  // namespace cairn::pipeline
