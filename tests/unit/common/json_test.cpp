#include "common/json.h"

#include <gtest/gtest.h>

#include "common/limits.h"

namespace cairn {
namespace {

TEST(JsonText, RefusesDepthSizeAndRepeatedKeys) {
  EXPECT_FALSE(parse_json(std::string(100'000, '['), 1 << 20).ok());
  EXPECT_FALSE(
      parse_json(std::string(limits::json_depth_max + 1, '[') + std::string(limits::json_depth_max + 1, ']'),
                 1 << 20)
          .ok());
  EXPECT_TRUE(
      parse_json(std::string(limits::json_depth_max, '[') + std::string(limits::json_depth_max, ']'), 1 << 20)
          .ok());
  EXPECT_FALSE(parse_json("\"four\"", 5).ok());
  EXPECT_FALSE(parse_json(R"({"a":1,"a":2})", 100).ok());
  EXPECT_TRUE(parse_json(R"({"a":{"a":1},"b":{"a":2}})", 100).ok());
}

TEST(JsonText, RefusesWhatIsNotJson) {
  for (const char* text : {"", "{", "nul", "1 2", "{'a':1}", "\"\xff\"", "[1,]"}) {
    EXPECT_FALSE(parse_json(text, 100).ok()) << text;
  }
}

TEST(JsonField, NumbersAreWholeUnsignedAndBounded) {
  const auto object =
      *parse_json(R"({"a":9007199254740993,"b":-1,"c":1.0,"d":"1","e":18446744073709551616})", 200);
  EXPECT_EQ(*json_u64(object, "a", UINT64_MAX), 9007199254740993u);
  EXPECT_FALSE(json_u64(object, "a", limits::height_max).ok());
  for (const char* key : {"b", "c", "d", "e", "missing"}) {
    const auto r = json_u64(object, key, UINT64_MAX);
    ASSERT_FALSE(r.ok()) << key;
    EXPECT_NE(r.error().what.find(key), std::string::npos) << "the message names the field";
  }
}

TEST(JsonField, StringsAreBounded) {
  const auto object = *parse_json(R"({"a":"abc","b":1})", 100);
  EXPECT_EQ(*json_string(object, "a", 3), "abc");
  EXPECT_FALSE(json_string(object, "a", 2).ok());
  EXPECT_FALSE(json_string(object, "b", 10).ok());
  EXPECT_FALSE(json_string(Json(5), "a", 10).ok());
}

TEST(JsonField, UnknownKeysAreNamed) {
  const auto object = *parse_json(R"({"a":1,"typo":2})", 100);
  EXPECT_TRUE(json_only_keys(object, {"a", "typo"}).ok());
  const Status s = json_only_keys(object, {"a"});
  ASSERT_FALSE(s.ok());
  EXPECT_NE(s.error().what.find("typo"), std::string::npos);
}

}  // namespace
}  // namespace cairn
