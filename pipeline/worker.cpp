#include "pipeline/worker.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "common/log.h"

namespace cairn::pipeline {
namespace {

constexpr std::size_t kReportBytesMax = limits::frame_bytes_max - 4 * 1024 * 1024;
constexpr std::int64_t kRetryMs = 20;
constexpr std::int64_t kNever = INT64_MAX;
constexpr std::int64_t kDrainLookMs = 50;

std::size_t result_bytes(const TaskResult& result) {
  const auto* done = std::get_if<Completion>(&result);
  if (done == nullptr) return limits::reason_bytes_max;
  std::size_t bytes = done->outcome.output.size() + 1024;
  if (done->outcome.again && done->outcome.again->payload) bytes += done->outcome.again->payload->size();
  for (const TaskSpec& spec : done->outcome.emits) bytes += spec.payload.size() + 512;
  return bytes;
}

/// An outcome that no dispatcher would accept is the stage's fault, found here where it can be named.
Status check(const Completion& done) {
  CAIRN_TRY(check_outcome(done.outcome));
  if (result_bytes(done) > kReportBytesMax) {
    return Error{Code::invalid_input, "outcome: larger than one frame"};
  }
  return {};
}

}  // namespace

/// One task in hand: queued, running or finished but not yet collected.
struct Worker::Job final : public Watch {
  explicit Job(Task t) : task(std::move(t)) {}
  bool cancelled() const override { return cancel; }
  void progress(double share) override { done_share = std::clamp(share, 0.0, 1.0); }

  Task task;
  std::atomic<bool> cancel = false;
  std::atomic<double> done_share = 0;
  bool running = false;
};

struct Worker::Shared {
  std::mutex mutex;
  std::condition_variable work_or_stop;
  std::map<std::pair<TaskId, Fence>, std::shared_ptr<Job>> jobs;  // all in hand
  std::deque<std::shared_ptr<Job>> queue;                         // not yet running
  std::vector<TaskResult> finished;
  bool stop = false;
  std::vector<std::thread> threads;
};

Worker::Worker(WorkerOptions options, Stage stage, Transport& transport, Inbox& inbox, Metrics& metrics)
    : options_(std::move(options)),
      stage_(std::move(stage)),
      transport_(transport),
      inbox_(inbox),
      metrics_(metrics),
      shared_(std::make_unique<Shared>()) {
  CAIRN_ASSERT(!options_.dispatchers.empty() && options_.slots > 0);
  metrics_.add(Metric::results_resent, {stage_.name}, 0);
  metrics_.add(Metric::frames_refused, {stage_.name}, 0);
  for (std::uint32_t i = 0; options_.own_threads && i < options_.slots; ++i) {
    shared_->threads.emplace_back([this] { compute(); });
  }
}

Worker::~Worker() {
  {
    std::lock_guard lock(shared_->mutex);
    shared_->stop = true;
    for (auto& [key, job] : shared_->jobs) job->cancel = true;
  }
  shared_->work_or_stop.notify_all();
  for (std::thread& thread : shared_->threads) thread.join();
}

/// The computing thread: takes jobs, runs the stage, leaves results and wakes the talking thread.
void Worker::compute() {
  const auto wake = inbox_.outbox_here();
  const Bytes nudge = encode(Hint{stage_.name});
  while (true) {
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(shared_->mutex);
      shared_->work_or_stop.wait(lock, [&] { return shared_->stop || !shared_->queue.empty(); });
      if (shared_->stop) return;
      job = std::move(shared_->queue.front());
      shared_->queue.pop_front();
      job->running = true;
    }
    // Results that lie there have woken it already.
    if (compute(*job)) wake->send(nudge);
  }
}

bool Worker::compute_one() {
  std::shared_ptr<Job> job;
  {
    std::lock_guard lock(shared_->mutex);
    if (shared_->queue.empty()) return false;
    job = std::move(shared_->queue.front());
    shared_->queue.pop_front();
    job->running = true;
  }
  compute(*job);
  return true;
}

/// True when its result is the first to be collected.
bool Worker::compute(Job& job) {
  const std::int64_t begun = options_.now_ms();
  Result<Outcome> outcome = Error{Code::exhausted, "out of memory"};
  try {
    outcome = stage_.process(job.task, job);
  } catch (const std::bad_alloc&) {
    // The machine is too small for this task now; another attempt may land on a larger one.
  } catch (const std::exception& e) {
    outcome = Error{Code::failed, std::string("unexpected exception: ") + e.what()};
  }
  Completion done{job.task.id, job.task.fence, {}};
  if (outcome.ok()) {
    done.outcome = std::move(*outcome);
    if (const Status fit = check(done); !fit.ok()) outcome = fit.error();
  }
  const std::string_view label = outcome.ok() ? "ok" : code_name(outcome.error().code);
  metrics_.observe(Metric::task_seconds, {stage_.name, label},
                   static_cast<double>(options_.now_ms() - begun) / 1000.0);
  std::lock_guard lock(shared_->mutex);
  const bool first = shared_->finished.empty();
  const Task& task = job.task;
  if (outcome.ok()) {
    shared_->finished.push_back(std::move(done));
  } else if (outcome.error().code == Code::cancelled) {
    shared_->finished.push_back(HandBack{task.id, task.fence});
  } else {
    shared_->finished.push_back(Failure{task.id, task.fence, fail_kind(outcome.error().code),
                                        outcome.error().what.substr(0, limits::reason_bytes_max)});
  }
  return first;
}

void Worker::run(const std::atomic<bool>& stop, const std::function<void()>& tick) {
  while (turn(stop, kNever)) tick();
  log::info("drained", {{"unsettled", unsettled_.size()}});
}

bool Worker::turn(bool stop, std::int64_t wait_max_ms) {
  if (!begun_) {
    begun_ = true;
    choose_dispatcher();
  }
  if (drained(stop)) return false;
  std::optional<Bytes> frame = inbox_.receive(std::min(wait_ms(), wait_max_ms));
  while (frame) {
    Result<Message> message = decode(*frame);
    if (!message.ok()) {
      metrics_.add(Metric::frames_refused, {stage_.name});
      log::warn("frame_refused", {{"why", message.error().what}});
    } else if (const auto* orders = std::get_if<Orders>(&*message)) {
      take(*orders);
    }
    frame = inbox_.receive(0);
  }
  collect();
  beat();
  return true;
}

std::int64_t Worker::wait_ms() const {
  const std::int64_t next = std::min(next_beat_ms_, next_report_ms_);
  const std::int64_t wait = std::clamp<std::int64_t>(next - options_.now_ms(), 0, options_.beat_ms);
  return draining_ ? std::min<std::int64_t>(wait, kDrainLookMs) : wait;
}

/// Begins to drain once `stop`; true when nothing is left to wait for.
bool Worker::drained(bool stop) {
  if (stop && !draining_) {
    draining_ = true;
    drain_until_ms_ = options_.now_ms() + options_.grace_ms;
    settle_until_ms_ = drain_until_ms_ + options_.settle_ms;
    log::info("draining");
    hand_back_queued();
    next_beat_ms_ = 0;  // says that it is draining
  }
  if (!draining_) return false;
  const std::int64_t now = options_.now_ms();
  if ((idle() && (released_ || alone_)) || now > settle_until_ms_) return true;
  if (now > drain_until_ms_) {
    std::lock_guard lock(shared_->mutex);
    for (auto& [key, job] : shared_->jobs) job->cancel = true;
  }
  return false;
}

std::size_t Worker::queued() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->queue.size();
}

bool Worker::idle() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->jobs.empty() && shared_->finished.empty() && unsettled_.empty();
}

void Worker::choose_dispatcher() {
  auto outbox = transport_.connect(options_.dispatchers[dispatcher_]);
  if (outbox.ok()) {
    outbox_ = std::move(*outbox);
  } else {
    log::error("dispatcher_unreachable", {{"why", outbox.error().what}});
  }
  heard_ms_ = options_.now_ms();
}

void Worker::take(const Orders& orders) {
  heard_ms_ = options_.now_ms();
  connected_ = true;
  alone_ = false;
  released_ = released_ || orders.last;
  for (const Settled& settled : orders.settled) {
    std::erase_if(unsettled_, [&](const Unsettled& u) {
      return result_fence(u.result) == settled.fence && result_id(u.result) == settled.id;
    });
    if (settled.verdict == Verdict::stale) {
      log::warn("result_refused", {{"task", settled.id}, {"fence", settled.fence}});
    }
  }
  for (const HandBack& stop : orders.stops) {
    std::lock_guard lock(shared_->mutex);
    const auto it = shared_->jobs.find({stop.id, stop.fence});
    if (it != shared_->jobs.end()) it->second->cancel = true;
  }
  for (const Task& task : orders.tasks) accept(task);
}

void Worker::accept(const Task& task) {
  {
    std::lock_guard lock(shared_->mutex);
    const bool known = shared_->jobs.contains({task.id, task.fence});
    if (known) return;
    if (!draining_ && shared_->jobs.size() < options_.slots + options_.prefetch) {
      auto job = std::make_shared<Job>(task);
      shared_->jobs[{task.id, task.fence}] = job;
      // Lowest height first among what is queued here, too.
      const auto place = std::upper_bound(
          shared_->queue.begin(), shared_->queue.end(), job, [](const auto& a, const auto& b) {
            return std::pair(a->task.height, a->task.id) < std::pair(b->task.height, b->task.id);
          });
      shared_->queue.insert(place, std::move(job));
      shared_->work_or_stop.notify_one();
      return;
    }
  }
  unsettled_.push_back({HandBack{task.id, task.fence}});  // no room: back at once
  next_report_ms_ = 0;
}

void Worker::collect() {
  std::lock_guard lock(shared_->mutex);
  for (TaskResult& result : shared_->finished) {
    shared_->jobs.erase({result_id(result), result_fence(result)});
    unsettled_.push_back({std::move(result)});
    next_report_ms_ = 0;
  }
  shared_->finished.clear();
}

void Worker::hand_back_queued() {
  std::lock_guard lock(shared_->mutex);
  for (const auto& job : shared_->queue) {
    unsettled_.push_back({HandBack{job->task.id, job->task.fence}});
    shared_->jobs.erase({job->task.id, job->task.fence});
  }
  shared_->queue.clear();
}

void Worker::beat() {
  const std::int64_t now = options_.now_ms();
  const bool resend = std::any_of(unsettled_.begin(), unsettled_.end(), [&](const Unsettled& u) {
    return u.sent_ms != 0 && now - u.sent_ms > options_.resend_ms;
  });
  if (now < next_beat_ms_ && now < next_report_ms_ && !resend) return;
  if (now - heard_ms_ > options_.silent_ms) {
    connected_ = false;
    alone_ = true;
    dispatcher_ = (dispatcher_ + 1) % options_.dispatchers.size();
    log::warn("dispatcher_silent", {{"next", options_.dispatchers[dispatcher_]}});
    choose_dispatcher();
    for (Unsettled& u : unsettled_) u.sent_ms = 0;
  }
  send_report(now >= next_beat_ms_);
}

void Worker::send_report(bool beat) {
  const std::int64_t now = options_.now_ms();
  Report report;
  report.worker = options_.name;
  report.stage = stage_.name;
  report.endpoint = inbox_.endpoint();
  report.credit = options_.slots + options_.prefetch;
  report.draining = draining_;
  report.capabilities = options_.capabilities;
  if (beat) {
    std::lock_guard lock(shared_->mutex);
    for (const auto& [key, job] : shared_->jobs) {
      report.running.push_back({key.first, key.second, job->done_share});
    }
    metrics_.set(Metric::running, {stage_.name}, static_cast<double>(shared_->jobs.size()));
  }
  std::size_t bytes = 0;
  bool more = false;
  std::vector<Unsettled*> included;
  for (Unsettled& u : unsettled_) {
    if (u.sent_ms != 0 && now - u.sent_ms <= options_.resend_ms) continue;  // on its way
    const std::size_t size = result_bytes(u.result);
    if (report.results.size() == kTasksMax || (bytes > 0 && bytes + size > kReportBytesMax)) {
      more = true;
      continue;
    }
    bytes += size;
    report.results.push_back(u.result);
    included.push_back(&u);
  }
  const bool sent = outbox_ && outbox_->send(encode(report));
  for (Unsettled* u : included) {
    if (!sent) continue;
    if (u->sent_ms != 0) metrics_.add(Metric::results_resent, {stage_.name});
    u->sent_ms = now;
  }
  // Not connected yet: try again soon, so that a new pool starts at once.
  const std::int64_t retry_ms = std::min(options_.beat_ms, kRetryMs);
  if (beat) next_beat_ms_ = now + (sent ? options_.beat_ms : retry_ms);
  next_report_ms_ = sent ? (more ? now : kNever) : now + retry_ms;
}

}  // namespace cairn::pipeline
