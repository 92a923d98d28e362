// The metrics of one process, as rows of metrics.inc. The only door to prometheus-cpp.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace cairn {

enum class Metric {
#define METRIC(kind, id, name, labels, help) id,
#include "common/metrics.inc"
#undef METRIC
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// `labels` are the values of the row's labels, in its order (count asserted). Thread-safe.
  using Labels = std::initializer_list<std::string_view>;
  void add(Metric counter, Labels labels = {}, double amount = 1);
  void set(Metric gauge, Labels labels, double value);
  void observe(Metric histogram, Labels labels, double seconds);
  /// The series of these labels is no longer shown. Nobody may set it meanwhile; one that is not there is
  /// left so.
  void remove(Metric gauge, Labels labels);

  /// The exposition text format of Prometheus, version 0.0.4.
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cairn
