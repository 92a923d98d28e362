#include "common/bytes.h"

#include <gtest/gtest.h>

#include "common/digest.h"

namespace cairn {
namespace {

TEST(Hex, RoundTripsEveryByte) {
  Bytes all;
  for (int b = 0; b < 256; ++b) all.push_back(static_cast<std::uint8_t>(b));
  EXPECT_EQ(*from_hex(hex(all)), all);
  EXPECT_EQ(*from_hex("0x" + hex(all)), all);
}

TEST(Hex, TakesBothCases) { EXPECT_EQ(*from_hex("aBcD"), (Bytes{0xab, 0xcd})); }

TEST(Hex, RefusesOddCountsAndOtherDigits) {
  EXPECT_EQ(from_hex("abc").error().code, Code::invalid_input);
  EXPECT_EQ(from_hex("zz").error().code, Code::invalid_input);
  EXPECT_EQ(from_hex("0x0").error().code, Code::invalid_input);
}

TEST(Digest, RefusesOtherLengths) {
  EXPECT_TRUE(digest_from_hex(std::string(64, 'a')).ok());
  EXPECT_FALSE(digest_from_hex(std::string(62, 'a')).ok());
  EXPECT_FALSE(digest_from_hex(std::string(66, 'a')).ok());
}

// FIPS 180-4, the message "abc".
TEST(Digest, Sha256KnownAnswer) {
  EXPECT_EQ(hex(sha256(view("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace cairn
