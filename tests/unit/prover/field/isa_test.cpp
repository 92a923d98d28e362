#include "prover/field/isa.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace cairn::engine {
namespace {

TEST(Isa, IsTheBestUntilSet) {
  if (std::getenv("CAIRN_ISA") == nullptr) {
    EXPECT_EQ(isa(), best_isa());
  }
  const Isa before = isa();
  set_isa(Isa::scalar);
  EXPECT_EQ(isa(), Isa::scalar);
  set_isa(before);
  EXPECT_EQ(isa(), before);
}

TEST(IsaDeathTest, EnvironmentChooses) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const Isa choice : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    if (choice > best_isa()) continue;
    EXPECT_EXIT(
        {
          setenv("CAIRN_ISA", isa_name(choice).data(), 1);
          std::_Exit(isa() == choice ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
  }
  EXPECT_DEATH(
      {
        setenv("CAIRN_ISA", "sse", 1);
        isa();
      },
      "CAIRN_ISA=sse: want scalar, avx2 or avx512");
}

}  // namespace
}  // namespace cairn::engine
