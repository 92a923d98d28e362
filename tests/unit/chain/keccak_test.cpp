#include "chain/keccak.h"

#include <gtest/gtest.h>

namespace cairn::chain {
namespace {

// https://keccak.team/archives.html (Keccak-256, ShortMsgKAT), and the EVM's own constants.
TEST(Keccak256, PublishedVectors) {
  EXPECT_EQ(hex(keccak256("")), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  EXPECT_EQ(hex(keccak256("abc")), "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
  EXPECT_EQ(hex(keccak256(from_hex("cc").value())),
            "eead6dbfc7340a56caedc044696a168870549a6a7f6f56961e84a54bd9970b8a");
  EXPECT_EQ(hex(keccak256("transfer(address,uint256)")).substr(0, 8), "a9059cbb");
}

TEST(Keccak256, IsNotSha3) {
  EXPECT_NE(hex(keccak256("")), "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
}

TEST(Keccak256, CrossesTheBlockSize) {
  // The rate is 136 bytes: one below, at and above it.
  EXPECT_EQ(hex(keccak256(std::string(135, 'a'))),
            "34367dc248bbd832f4e3e69dfaac2f92638bd0bbd18f2912ba4ef454919cf446");
  EXPECT_EQ(hex(keccak256(std::string(136, 'a'))),
            "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e");
  EXPECT_EQ(hex(keccak256(std::string(137, 'a'))),
            "d869f639c7046b4929fc92a4d988a8b22c55fbadb802c0c66ebcd484f1915f39");
}

}  // namespace
}  // namespace cairn::chain
