#include "chain/rlp.h"

#include <gtest/gtest.h>

#include <random>

namespace cairn::chain {
namespace {

Bytes from(const char* digits) { return from_hex(digits).value(); }
Bytes encode_text(std::string_view s) { return rlp::encode(view(s)); }

// https://ethereum.org/en/developers/docs/data-structures-and-encoding/rlp
TEST(Rlp, PublishedVectors) {
  EXPECT_EQ(encode_text("dog"), from("83646f67"));
  const Bytes cat_dog[] = {encode_text("cat"), encode_text("dog")};
  EXPECT_EQ(rlp::encode_list(cat_dog), from("c88363617483646f67"));
  EXPECT_EQ(encode_text(""), from("80"));
  EXPECT_EQ(rlp::encode_list({}), from("c0"));
  EXPECT_EQ(rlp::encode(U256(0)), from("80"));
  EXPECT_EQ(rlp::encode(from("00")), from("00"));
  EXPECT_EQ(rlp::encode(U256(15)), from("0f"));
  EXPECT_EQ(rlp::encode(U256(1024)), from("820400"));
  const Bytes empty = rlp::encode_list({});
  const Bytes one[] = {empty};
  const Bytes nested = rlp::encode_list(one);
  const Bytes two[] = {empty, nested};
  const Bytes three[] = {empty, nested, rlp::encode_list(two)};
  EXPECT_EQ(rlp::encode_list(three), from("c7c0c1c0c3c0c1c0"));
  EXPECT_EQ(hex(encode_text("Lorem ipsum dolor sit amet, consectetur adipisicing elit")),
            "b8384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e736563746574757220616469"
            "7069736963696e6720656c6974");
}

TEST(Rlp, NumbersHaveNoLeadingZeros) {
  EXPECT_EQ(rlp::decode(from("820400"))->number().value(), U256(1024));
  EXPECT_EQ(rlp::decode(from("80"))->number().value(), U256(0));
  EXPECT_FALSE(rlp::decode(from("00"))->number().ok());
  EXPECT_FALSE(rlp::decode(from("820001"))->number().ok());
  EXPECT_FALSE(rlp::decode(from("c0"))->number().ok());
  EXPECT_FALSE(rlp::decode(rlp::encode(Bytes(33, 1)))->number().ok());
}

TEST(Rlp, RefusesWhatIsNotCanonical) {
  const struct {
    const char* bytes;
    const char* why;
  } cases[] = {
      {"", "nothing"},
      {"83646f", "ends inside a string"},
      {"c88363617483646f", "ends inside a list"},
      {"c183", "an item leaves its list"},
      {"817f", "a single byte with a prefix"},
      {"b800", "a long form for an empty string"},
      {"b801ff", "a long form for a short string"},
      {"f800", "a long form for a short list"},
      {"b9", "ends inside a length"},
      {"b90038", "a length with a leading zero"},
      {"bfffffffffffffffff", "a length of almost 2^64"},
      {"ffffffffffffffffff", "a list of almost 2^64"},
      {"8080", "bytes behind the item"},
      {"c0c0", "bytes behind the list"},
  };
  for (const auto& c : cases) EXPECT_FALSE(rlp::decode(from(c.bytes)).ok()) << c.why;
  Bytes whole = from("b90038");
  whole.resize(3 + 0x38);
  EXPECT_FALSE(rlp::decode(whole).ok()) << "a length with a leading zero, and all that it asks for";
}

TEST(Rlp, DepthAndItemsAreBounded) {
  Bytes deep = rlp::encode_list({});
  for (int i = 1; i < 16; ++i) deep = rlp::encode_list({{deep}});
  EXPECT_TRUE(rlp::decode(deep).ok());
  EXPECT_FALSE(rlp::decode(rlp::encode_list({{deep}})).ok());
  const std::vector<Bytes> many(100, rlp::encode(ByteView()));
  EXPECT_TRUE(rlp::decode(rlp::encode_list(many), {.depth_max = 1, .items_max = 101}).ok());
  EXPECT_FALSE(rlp::decode(rlp::encode_list(many), {.depth_max = 1, .items_max = 100}).ok());
}

Bytes encode_again(const rlp::Item& item) {
  if (!item.is_list) return rlp::encode(item.string);
  std::vector<Bytes> items;
  for (const auto& child : item.list) items.push_back(encode_again(child));
  return rlp::encode_list(items);
}

Bytes random_tree(std::mt19937_64& random, int depth) {
  if (depth == 0 || random() % 3 != 0) {
    Bytes string(random() % (random() % 4 == 0 ? 400 : 60));
    for (auto& b : string) b = static_cast<std::uint8_t>(random());
    return rlp::encode(string);
  }
  std::vector<Bytes> items(random() % 6);
  for (auto& item : items) item = random_tree(random, depth - 1);
  return rlp::encode_list(items);
}

TEST(Rlp, EveryTreeHasOneEncoding) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2000; ++i) {
    const Bytes bytes = random_tree(random, 5);
    const auto item = rlp::decode(bytes);
    ASSERT_TRUE(item.ok()) << item.error().what;
    EXPECT_EQ(encode_again(*item), bytes);
  }
}

TEST(Rlp, DamagedBytesAreRefusedOrStillCanonical) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes = random_tree(random, 3);
    bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    if (random() % 4 == 0) bytes.resize(random() % (bytes.size() + 1));
    const auto item = rlp::decode(bytes);
    if (item.ok()) {
      EXPECT_EQ(encode_again(*item), bytes);
    }
  }
}

}  // namespace
}  // namespace cairn::chain
