#include "common/compression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace cairn {
namespace {

using testing::HasSubstr;

Bytes random_bytes(std::mt19937_64& random, std::size_t size, unsigned letters) {
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() % letters);
  return bytes;
}

std::string refusal(ByteView frame, std::size_t bytes_max = 1000) {
  const auto bytes = decompress(frame, bytes_max);
  if (bytes.ok()) return "accepted";
  EXPECT_EQ(bytes.error().code, Code::invalid_input);
  return bytes.error().what;
}

TEST(Compression, GivesBackWhatWentIn) {
  std::mt19937_64 random(20261126);
  for (const std::size_t size : {0, 1, 2, 100, 65'535, 262'144}) {
    for (const unsigned letters : {1, 16, 256}) {
      const Bytes bytes = random_bytes(random, size, letters);
      const Bytes frame = compress(bytes);
      EXPECT_TRUE(is_compressed(frame));
      const auto back = decompress(frame, size);
      ASSERT_TRUE(back.ok()) << back.error().what;
      EXPECT_EQ(*back, bytes);
    }
  }
}

TEST(Compression, HalvesHexDigits) {
  std::mt19937_64 random(1);
  const std::string digits = hex(random_bytes(random, 10'000, 256));
  EXPECT_LT(compress(view(digits)).size(), digits.size() * 6 / 10);
}

TEST(Compression, LargerThanAllowedIsRefusedByItsStatedSize) {
  const Bytes frame = compress(Bytes(1001, 7));
  EXPECT_LT(frame.size(), 40u);
  EXPECT_EQ(refusal(frame), "compressed bytes: 1001 bytes, more than 1000");
  EXPECT_EQ(refusal(frame, 1001), "accepted");
}

// RFC 8878, 3.1.1: magic, descriptor (a size of 8 bytes, a window), window, size; then one block of
// run-length, the last: 3 bytes of header, and the byte.
TEST(Compression, AStatedSizeThatIsNotTheRealOneIsRefused) {
  const auto frame = [](std::uint64_t stated) {
    Bytes bytes = {0x28, 0xb5, 0x2f, 0xfd, 0xc0, 0x50};
    for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<std::uint8_t>(stated >> (8 * i)));
    const std::uint32_t block = 1 | 1 << 1 | 500 << 3;
    for (int i = 0; i < 3; ++i) bytes.push_back(static_cast<std::uint8_t>(block >> (8 * i)));
    bytes.push_back('a');
    return bytes;
  };
  const auto whole = decompress(frame(500), 1000);
  ASSERT_TRUE(whole.ok()) << whole.error().what;
  EXPECT_EQ(*whole, Bytes(500, 'a'));
  EXPECT_NE(refusal(frame(499)), "accepted");
  EXPECT_NE(refusal(frame(501)), "accepted");
  EXPECT_THAT(refusal(frame(~std::uint64_t{2})), HasSubstr("more than 1000"));
}

TEST(Compression, AFrameThatStatesNoSizeIsRefused) {
  const Bytes frame = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50, 0x0b, 0x00, 0x00, 'a'};
  EXPECT_EQ(refusal(frame), "compressed bytes: no size is stated");
}

TEST(Compression, OneFrameAndNothingElse) {
  const Bytes frame = compress(view("some text, some text, some text"));
  for (std::size_t size = 0; size < frame.size(); ++size) {
    EXPECT_NE(refusal(ByteView(frame).first(size)), "accepted") << size;
  }
  Bytes twice = frame;
  append(twice, frame);
  EXPECT_EQ(refusal(twice), "compressed bytes: something behind the frame");
  EXPECT_EQ(refusal(view("{}")), "compressed bytes: not a Zstandard frame");
  // A frame to be skipped (RFC 8878, 3.1.2) has another magic number.
  EXPECT_FALSE(is_compressed(Bytes{0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0}));
}

TEST(Compression, AnyByteChangedIsReadSafely) {
  std::mt19937_64 random(3);
  const Bytes frame = compress(random_bytes(random, 900, 16));
  for (std::size_t at = 0; at < frame.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes changed = frame;
      changed[at] ^= static_cast<std::uint8_t>(1 << bit);
      const auto bytes = decompress(changed, 1000);
      EXPECT_TRUE(!bytes.ok() || bytes->size() <= 1000);
    }
  }
}

}  // namespace
}  // namespace cairn
