#include "prover/memory.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace cairn::engine {
namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

class Memory : public testing::Test {
 protected:
  void SetUp() override { release_kept_blocks(); }
  void TearDown() override { release_kept_blocks(); }
};

TEST_F(Memory, BlocksAreAligned) {
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{65}, mib, 2 * mib - 1, 3 * mib}) {
    const Buffer<std::uint8_t> buffer = allocate_buffer<std::uint8_t>(n);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.get()) % 64, 0u) << n;
  }
}

TEST_F(Memory, ALargeBlockIsUsedAgainForOneThatFits) {
  Buffer<std::uint8_t> first = allocate_buffer<std::uint8_t>(8 * mib);
  const void* at = first.get();
  first = nullptr;
  EXPECT_EQ(kept_bytes(), 8 * mib);
  const Buffer<std::uint8_t> second = allocate_buffer<std::uint8_t>(5 * mib);
  EXPECT_EQ(second.get(), at);
  EXPECT_EQ(kept_bytes(), 0u);
}

TEST_F(Memory, ABlockMoreThanTwiceAsLargeIsNot) {
  const Buffer<std::uint8_t> in_use = allocate_buffer<std::uint8_t>(64 * mib);  // room for what is kept
  allocate_buffer<std::uint8_t>(16 * mib) = nullptr;
  const Buffer<std::uint8_t> small = allocate_buffer<std::uint8_t>(5 * mib);
  EXPECT_EQ(small.get_deleter().bytes, 6 * mib);
}

TEST_F(Memory, KeepingDoesNotRaiseThePeak) {
  allocate_buffer<std::uint8_t>(16 * mib) = nullptr;  // the most in use: 16
  EXPECT_EQ(kept_bytes(), 16 * mib);
  const Buffer<std::uint8_t> other = allocate_buffer<std::uint8_t>(4 * mib);  // fits no kept block
  EXPECT_EQ(kept_bytes(), 0u) << "4 used and 16 kept would be more than 16";
}

TEST_F(Memory, SmallBlocksAreNotKept) {
  allocate_buffer<std::uint8_t>(mib) = nullptr;
  EXPECT_EQ(kept_bytes(), 0u);
}

}  // namespace
}  // namespace cairn::engine
