#include "stages/backends.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/stages/samples.h"

namespace cairn::stages {
namespace {

TEST(WatchControl, PassesOnItsPartOfTheProgress) {
  samples::Watch watch;
  WatchControl first(watch, 0, 0.5), second(watch, 0.5, 1);
  first.progress(0.5);
  first.progress(1);
  second.progress(0.5);
  second.progress(1);
  EXPECT_EQ(watch.shares, (std::vector<double>{0.25, 0.5, 0.75, 1}));
}

TEST(WatchControl, DropsProgressThatIsNoShare) {
  samples::Watch watch;
  WatchControl control(watch);
  for (const double share : {-0.1, 1.1, std::nan(""), std::numeric_limits<double>::infinity()}) {
    control.progress(share);
  }
  EXPECT_TRUE(watch.shares.empty());
}

TEST(WatchControl, PassesOnCancellation) {
  samples::Watch watch;
  WatchControl control(watch);
  EXPECT_FALSE(control.cancelled());
  watch.stop = true;
  EXPECT_TRUE(control.cancelled());
}

}  // namespace
}  // namespace cairn::stages
