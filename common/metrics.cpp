#include "common/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <sstream>
#include <vector>

#include "common/result.h"

namespace cairn {
namespace {

enum class Kind { counter, gauge, histogram };
struct Row {
  Kind kind;
  const char* name;
  const char* labels;
  const char* help;
};
constexpr Row rows[] = {
#define METRIC(kind, id, name, labels, help) {Kind::kind, name, labels, help},
#include "common/metrics.inc"
#undef METRIC
};

/// From a store call of 50 µs to a proof of two hours; 5 ms (dispatch) and 10 s (lease) are boundaries.
const prometheus::Histogram::BucketBoundaries kSeconds = {0.00005, 0.0002, 0.001, 0.005, 0.02, 0.1,  0.5,
                                                          2,       10,     30,    120,   600,  1800, 7200};

/// Names of the labels of each row.
const std::vector<std::vector<std::string>>& label_names() {
  static const auto all = [] {
    std::vector<std::vector<std::string>> out;
    for (const Row& row : rows) {
      std::istringstream words(row.labels);
      auto& names = out.emplace_back();
      for (std::string name; words >> name;) names.push_back(name);
    }
    return out;
  }();
  return all;
}

prometheus::Labels label_map(Metric metric, Metrics::Labels values) {
  const auto& names = label_names()[static_cast<std::size_t>(metric)];
  CAIRN_ASSERT(names.size() == values.size());
  prometheus::Labels out;
  auto value = values.begin();
  for (const std::string& name : names) out.emplace(name, *value++);
  return out;
}

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  std::map<Metric, prometheus::Family<prometheus::Counter>*> counters;
  std::map<Metric, prometheus::Family<prometheus::Gauge>*> gauges;
  std::map<Metric, prometheus::Family<prometheus::Histogram>*> histograms;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {
  int index = 0;
  for (const Row& row : rows) {
    const auto metric = static_cast<Metric>(index++);
    auto& registry = state_->registry;
    switch (row.kind) {
      case Kind::counter:
        state_->counters[metric] =
            &prometheus::BuildCounter().Name(row.name).Help(row.help).Register(registry);
        break;
      case Kind::gauge:
        state_->gauges[metric] = &prometheus::BuildGauge().Name(row.name).Help(row.help).Register(registry);
        break;
      case Kind::histogram:
        state_->histograms[metric] =
            &prometheus::BuildHistogram().Name(row.name).Help(row.help).Register(registry);
        break;
    }
  }
  set(Metric::build, {CAIRN_VERSION}, 1);
}
Metrics::~Metrics() = default;

void Metrics::add(Metric counter, Labels labels, double amount) {
  CAIRN_ASSERT(rows[static_cast<int>(counter)].kind == Kind::counter);
  state_->counters[counter]->Add(label_map(counter, labels)).Increment(amount);
}
void Metrics::set(Metric gauge, Labels labels, double value) {
  CAIRN_ASSERT(rows[static_cast<int>(gauge)].kind == Kind::gauge);
  state_->gauges[gauge]->Add(label_map(gauge, labels)).Set(value);
}
void Metrics::observe(Metric histogram, Labels labels, double seconds) {
  CAIRN_ASSERT(rows[static_cast<int>(histogram)].kind == Kind::histogram);
  state_->histograms[histogram]->Add(label_map(histogram, labels), kSeconds).Observe(seconds);
}
void Metrics::remove(Metric gauge, Labels labels) {
  CAIRN_ASSERT(rows[static_cast<int>(gauge)].kind == Kind::gauge);
  auto* family = state_->gauges[gauge];
  const prometheus::Labels named = label_map(gauge, labels);
  if (family->Has(named)) family->Remove(&family->Add(named));
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace cairn
