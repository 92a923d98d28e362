#include "pipeline/producer.h"

#include "common/clock.h"

namespace cairn::pipeline {
namespace {

/// Of a frame, for all but the submissions themselves: MessagePack writes 5 bytes before each.
constexpr std::size_t kFrameOverhead = 64 * 1024;
constexpr std::size_t kBatchBytesMax = limits::frame_bytes_max - kFrameOverhead;
static_assert(limits::json_line_bytes_max <= kBatchBytesMax && kTasksMax * 5 < kFrameOverhead / 2);

/// Where the batch ends that begins with submission open[first]: as many as one frame may carry.
std::size_t batch_end(const std::vector<Bytes>& submissions, const std::vector<std::size_t>& open,
                      std::size_t first) {
  std::size_t end = first, bytes = 0;
  while (end < open.size() && end - first < kTasksMax) {
    bytes += submissions[open[end]].size();
    if (bytes > kBatchBytesMax) break;
    ++end;
  }
  return end;
}

}  // namespace

Producer::Producer(ProducerOptions options, Transport& transport, Inbox& inbox)
    : options_(std::move(options)), transport_(transport), inbox_(inbox) {
  CAIRN_ASSERT(!options_.dispatchers.empty());
}

/// Sends one batch until its answers arrive.
Result<Answers> Producer::exchange(const std::vector<Bytes>& submissions, const std::atomic<bool>& stop,
                                   const std::function<Status(Wait)>& waiting) {
  const std::uint64_t batch = ++batch_;
  const Bytes frame = encode(Submit{inbox_.endpoint(), batch, submissions});
  bool sent = false;
  std::int64_t resend_at = steady_ms() + options_.resend_ms;
  while (!stop) {
    if (!outbox_) {
      CAIRN_ASSIGN(outbox_, transport_.connect(options_.dispatchers[dispatcher_]));
    }
    if (!sent) sent = outbox_->send(frame);
    if (const auto reply = inbox_.receive(sent ? 100 : 10)) {
      const Result<Message> message = decode(*reply);
      if (message.ok()) {
        const auto* answers = std::get_if<Answers>(&*message);
        if (answers && answers->batch == batch && answers->answers.size() == submissions.size()) {
          return *answers;
        }
      }
    }
    if (steady_ms() < resend_at) continue;
    CAIRN_TRY(waiting(Wait::unanswered));
    dispatcher_ = (dispatcher_ + 1) % options_.dispatchers.size();
    outbox_.reset();
    sent = false;
    resend_at = steady_ms() + options_.resend_ms;
  }
  return Error{Code::cancelled, "stopped before the pool answered"};
}

Result<std::vector<Answer>> Producer::submit(const std::vector<Bytes>& submissions,
                                             const std::atomic<bool>& stop,
                                             const std::function<Status(Wait)>& waiting) {
  std::vector<Answer> out(submissions.size(), {Answer::Kind::backpressure, "", ""});
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < submissions.size(); ++i) {
    if (submissions[i].size() <= limits::json_line_bytes_max) {
      open.push_back(i);
    } else {  // a dispatcher would refuse the whole frame
      out[i] = {Answer::Kind::rejected, "",
                "more than " + std::to_string(limits::json_line_bytes_max) + " bytes"};
    }
  }
  while (!open.empty()) {
    std::vector<std::size_t> still_open;
    for (std::size_t first = 0, end = 0; first < open.size(); first = end) {
      end = batch_end(submissions, open, first);
      std::vector<Bytes> batch;
      for (std::size_t k = first; k < end; ++k) batch.push_back(submissions[open[k]]);
      CAIRN_ASSIGN(const Answers answers, exchange(batch, stop, waiting));
      for (std::size_t k = first; k < end; ++k) {
        const Answer& answer = answers.answers[k - first];
        out[open[k]] = answer;
        if (answer.kind == Answer::Kind::backpressure) still_open.push_back(open[k]);
      }
    }
    open = std::move(still_open);
    if (open.empty()) break;
    CAIRN_TRY(waiting(Wait::backpressure));
    const std::int64_t until = steady_ms() + options_.backpressure_ms;
    while (!stop && steady_ms() < until) inbox_.receive(50);
    if (stop) return Error{Code::cancelled, "stopped while the pool was full"};
  }
  return out;
}

}  // namespace cairn::pipeline
