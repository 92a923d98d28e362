#include "chain/abi.h"

#include <gtest/gtest.h>

#include "chain/dev_keys.h"

namespace cairn::chain {
namespace {

using abi::Decoder;
using abi::Encoder;

Bytes words(std::initializer_list<const char*> digits) {
  Bytes out;
  for (std::string d : digits) append(out, from_hex(std::string(64 - d.size(), '0') + d).value());
  return out;
}

TEST(Abi, Selectors) {
  EXPECT_EQ(hex(abi::selector("transfer(address,uint256)")), "a9059cbb");
  EXPECT_EQ(hex(abi::selector("commit(bytes32,bytes32)")), "e3ce094d");
  EXPECT_EQ(hex(abi::topic("Transfer(address,address,uint256)")),
            "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
}

// The example of https://docs.soliditylang.org/en/latest/abi-spec.html with one dynamic argument.
TEST(Abi, DynamicBytesStandBehindTheWords) {
  const Bytes encoded =
      Encoder().number(std::uint64_t{0x123}).dynamic(view("dave")).number(std::uint64_t{1}).arguments();
  Bytes want = words({"123", "60", "1", "4"});
  append(want, from_hex("6461766500000000000000000000000000000000000000000000000000000000").value());
  EXPECT_EQ(encoded, want);
}

TEST(Abi, DecodesWhatItEncodes) {
  const Address who = dev_key(0).address();
  const Bytes data(100, 0x5a);
  const Bytes encoded = Encoder()
                            .number(U256::max())
                            .address(who)
                            .dynamic(data)
                            .number(std::uint64_t{1})
                            .dynamic({})
                            .arguments();
  Decoder d(encoded, 5, "test");
  EXPECT_EQ(d.number(), U256::max());
  EXPECT_EQ(d.address(), who);
  EXPECT_EQ(d.dynamic(100), data);
  EXPECT_TRUE(d.boolean());
  EXPECT_TRUE(d.dynamic(0).empty());
  EXPECT_TRUE(d.finish().ok());
}

TEST(Abi, ReadsOnlyValuesOfTheType) {
  const auto fails = [](const Bytes& bytes, auto read) {
    Decoder d(bytes, 1, "test");
    read(d);
    return !d.finish().ok() && d.finish().error().code == Code::corrupt;
  };
  const std::string max(64, 'f');
  EXPECT_TRUE(fails(words({"10000000000000000"}), [](auto& d) { d.u64(); }));
  EXPECT_FALSE(fails(words({"ffffffffffffffff"}), [](auto& d) { d.u64(); }));
  EXPECT_TRUE(fails(words({"2"}), [](auto& d) { d.boolean(); }));
  EXPECT_TRUE(fails(words({max.c_str()}), [](auto& d) { d.boolean(); }));
  EXPECT_TRUE(fails(words({"4"}), [](auto& d) { d.enumeration(4); }));
  EXPECT_FALSE(fails(words({"3"}), [](auto& d) { d.enumeration(4); }));
  EXPECT_TRUE(fails(words({"10000000000000000000000000000000000000000"}), [](auto& d) { d.address(); }));
}

TEST(Abi, OffsetsAndLengthsOfAPeerAreNotTrusted) {
  const std::string max(64, 'f');
  const char* huge = "7fffffffffffffff";
  Bytes unaligned = words({"21"});
  unaligned.resize(0x21 + 32);
  Bytes unpadded = words({"20", "1"});
  unpadded.push_back(1);
  const struct {
    Bytes bytes;
    const char* why;
  } cases[] = {
      {{}, "nothing"},
      {Bytes(31, 0), "half a word"},
      {words({"20"}), "an offset and nothing there"},
      {words({"0", "0"}), "an offset into the words"},
      {words({"0"}), "an offset to itself, where a length of 0 stands"},
      {words({"21", "0", "0"}), "an offset inside a word"},
      {unaligned, "an offset inside a word, where a length of 0 stands"},
      {words({"40", "0"}), "an offset behind the end"},
      {words({"60", "0"}), "an offset further behind the end"},
      {words({max.c_str(), "0"}), "an offset of 2^256-1"},
      {words({"ffffffffffffffe0", "0"}), "an offset of almost 2^64"},
      {words({"20", "21", "0"}), "a length behind the end"},
      {words({"20", max.c_str(), "0"}), "a length of 2^256-1"},
      {words({"20", "ffffffffffffffff", "0"}), "a length whose padding overflows"},
      {words({"20", huge, "0"}), "a length of almost 2^63"},
      {words({"20", "1", "1"}), "padding that is not zero"},
      {unpadded, "no padding"},
      {words({"20", "0", "0"}), "a word behind the end"},
  };
  for (const auto& c : cases) {
    Decoder d(c.bytes, 1, "test");
    const Bytes got = d.dynamic(1 << 20);
    EXPECT_FALSE(d.finish().ok()) << c.why;
    EXPECT_TRUE(got.size() <= 1) << c.why;
  }
  Decoder d(words({"20", "2", "0"}), 1, "test");
  d.dynamic(1);
  EXPECT_FALSE(d.finish().ok()) << "longer than the caller takes";
}

TEST(Abi, TheFirstErrorSticks) {
  Decoder d(words({"2", "3"}), 2, "test");
  EXPECT_FALSE(d.boolean());
  const std::string first = d.finish().error().what;
  EXPECT_EQ(d.u64(), 0u);
  EXPECT_EQ(d.finish().error().what, first);
}

TEST(Abi, BytesBehindTheEndAreAnError) {
  Decoder d(words({"1", "1"}), 1, "test");
  d.u64();
  EXPECT_FALSE(d.finish().ok());
}

}  // namespace
}  // namespace cairn::chain
