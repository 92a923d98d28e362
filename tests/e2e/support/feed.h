// Keeps a pool under load for as long as a scenario lasts.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/support/pool.h"

namespace cairn::test {

/// Submits lines by the real producer, a few at a time, whenever fewer than `running_min` sequences of
/// the pool are on their way.
class Feed {
 public:
  Feed(Pool& pool, std::vector<std::string> lines, std::size_t running_min = 6);
  ~Feed();

  /// Starts feeding; returns when the first sequences are accepted.
  void start();
  /// Feeds no more. The lines that were accepted: what the pool has promised. Fails the test for every
  /// line that got another answer than accepted, or duplicate after a lost answer.
  std::vector<std::string> enough();

 private:
  void feed();
  void submit(std::size_t count);
  bool hungry() const;

  Pool& pool_;
  const std::vector<std::string> lines_;
  const std::size_t running_min_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::size_t> accepted_ = 0;
  std::string trouble_;  // read after the thread has ended
  std::thread thread_;
};

}  // namespace cairn::test
