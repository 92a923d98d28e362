#include "common/metrics.h"

#include <gtest/gtest.h>

#include <regex>

namespace cairn {
namespace {

TEST(Metrics, ShowsWhatWasCounted) {
  Metrics m;
  m.add(Metric::tasks_leased, {"prove"}, 3);
  m.add(Metric::tasks_leased, {"prove"});
  m.set(Metric::queue_tasks, {"prove", "ready"}, 7);
  m.observe(Metric::task_seconds, {"prove", "ok"}, 3.0);
  const std::string text = m.text();
  EXPECT_NE(text.find("cairn_tasks_leased_total{stage=\"prove\"} 4"), std::string::npos) << text;
  EXPECT_NE(text.find("cairn_queue_tasks{stage=\"prove\",state=\"ready\"} 7"), std::string::npos);
  EXPECT_NE(text.find("cairn_task_seconds_bucket{outcome=\"ok\",stage=\"prove\",le=\"2\"} 0"),
            std::string::npos);
  EXPECT_NE(text.find("cairn_task_seconds_bucket{outcome=\"ok\",stage=\"prove\",le=\"10\"} 1"),
            std::string::npos);
}

struct Row {
  std::string kind, name;
};
const Row rows[] = {
#define METRIC(kind, id, name, labels, help) {#kind, name},
#include "common/metrics.inc"
#undef METRIC
};

TEST(Metrics, NamesFollowTheRules) {
  for (const Row& row : rows) {
    EXPECT_TRUE(std::regex_match(row.name, std::regex("(cairn|process)_[a-z_]+"))) << row.name;
    EXPECT_EQ(row.kind == "counter", row.name.ends_with("_total")) << row.name;
    EXPECT_TRUE(row.kind != "histogram" || row.name.ends_with("_seconds")) << row.name;
    EXPECT_FALSE(row.name.ends_with("_ms")) << row.name;
  }
}

}  // namespace
}  // namespace cairn
