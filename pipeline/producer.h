// Submits sequences to the pool and waits for the answer to each. Repeating a submission is safe: the
// second is a duplicate.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "pipeline/messages.h"
#include "pipeline/transport.h"

namespace cairn::pipeline {

struct ProducerOptions {
  std::vector<std::string> dispatchers;  ///< endpoints where submissions enter
  std::int64_t resend_ms = 2'000;        ///< an unanswered batch is sent again, to the next endpoint
  std::int64_t backpressure_ms = 1'000;  ///< pause after the pool said to wait
};

class Producer {
 public:
  /// Everything is borrowed. Used by one thread.
  Producer(ProducerOptions options, Transport& transport, Inbox& inbox);

  enum class Wait { unanswered, backpressure };
  /// One final answer (never backpressure) per submission, in order. Waits as long as it takes, unless
  /// `waiting`, which is called before each repetition, has enough. Any number of them; they travel in as
  /// many frames as they need. One above limits::json_line_bytes_max is rejected without asking the pool.
  /// Errors: cancelled when `stop` became true; those of `waiting`.
  Result<std::vector<Answer>> submit(const std::vector<Bytes>& submissions, const std::atomic<bool>& stop,
                                     const std::function<Status(Wait)>& waiting);

 private:
  Result<Answers> exchange(const std::vector<Bytes>& submissions, const std::atomic<bool>& stop,
                           const std::function<Status(Wait)>& waiting);

  ProducerOptions options_;
  Transport& transport_;
  Inbox& inbox_;
  std::unique_ptr<Outbox> outbox_;
  std::size_t dispatcher_ = 0;
  std::uint64_t batch_ = 0;
};

}  // namespace cairn::pipeline
