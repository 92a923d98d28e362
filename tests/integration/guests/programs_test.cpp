// What the SDK gives to programs, and how programs end that do what they must not.
#include <gtest/gtest.h>

#include "prover/rv32/address_space.h"
#include "prover/rv32/little_endian.h"
#include "tests/integration/guests/guest_run.h"

namespace cairn::test {
namespace {

using rv32::Ending, rv32::Trap;

TEST(Sdk, TheCLibraryIsThere) {
  for (const char* name : {"test_library", "test_library_O0"}) {
    const GuestRun run = run_guest(guest(name), view("input"));
    ASSERT_EQ(run.ending, Ending::exited) << rv32::to_text(run.trap);
    EXPECT_EQ(run.exit_code, 0u);
    EXPECT_EQ(text(run.journal), "-4 7 30|1|42 0 17|input.");
  }
}

TEST(Sdk, CxxWithoutExceptionsWorks) {
  for (const char* name : {"test_cxx", "test_cxx_O0"}) {
    const GuestRun run = run_guest(guest(name), {});
    ASSERT_EQ(run.ending, Ending::exited) << rv32::to_text(run.trap);
    Bytes expected;
    rv32::put_u64(expected, 25 + 6 + 1);
    expected.push_back('!');
    EXPECT_EQ(hex(run.journal), hex(expected));
  }
}

struct Misdeed {
  char what;
  Trap trap;  // none: it exits
  std::uint32_t exit_code;
};

TEST(Sdk, ProgramsThatMisbehaveEndWithAReason) {
  const Misdeed misdeeds[] = {
      {'c', Trap::store_outside, 0}, {'i', Trap::store_outside, 0}, {'k', Trap::store_outside, 0},
      {'j', Trap::fetch_outside, 0}, {'n', Trap::load_outside, 0},  {'u', Trap::load_misaligned, 0},
      {'s', Trap::store_outside, 0}, {'b', Trap::breakpoint, 0},    {'m', Trap::memory_limit, 0},
      {'a', Trap::none, 134},        {'x', Trap::none, 42},         {'o', Trap::none, 134},
  };
  for (const Misdeed& misdeed : misdeeds) {
    for (const char* name : {"test_misbehave", "test_misbehave_O0"}) {
      SCOPED_TRACE(std::string(name) + " " + misdeed.what);
      const std::string input(misdeed.what == 'o' ? 65536 : 1, misdeed.what);
      const GuestRun run = run_guest(guest(name), view(input), {1u << 28, 4u << 20});
      EXPECT_EQ(run.ending, misdeed.trap == Trap::none ? Ending::exited : Ending::trapped)
          << rv32::to_text(run.trap);
      EXPECT_EQ(run.trap.trap, misdeed.trap) << rv32::to_text(run.trap);
      EXPECT_EQ(run.exit_code, misdeed.exit_code);
    }
  }
}

TEST(Sdk, AStackThatOutgrowsItsRoomMeetsTheGuard) {
  const GuestRun run = run_guest(guest("test_misbehave"), view("s"));
  EXPECT_EQ(run.trap.trap, Trap::store_outside);
  EXPECT_LT(run.trap.value, rv32::kRamBegin);
  EXPECT_GE(run.trap.value, rv32::kProgramEnd);
  EXPECT_NE(rv32::to_text(run.trap).find("below the stack"), std::string::npos);
}

TEST(Sdk, AProgramThatRunsForEverMeetsTheCycleLimit) {
  const GuestRun run = run_guest(guest("test_misbehave"), view("e"), {1'000'003, 4u << 20});
  EXPECT_EQ(run.ending, Ending::cycle_limit);
  EXPECT_EQ(run.cycles, 1'000'003u);
}

}  // namespace
}  // namespace cairn::test
