#include "chain/u256.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cairn::chain {
namespace {

struct Vector {
  std::string a, b, decimal, sum, difference, product;
  std::uint64_t numerator, denominator;
  std::string scaled;
};

const Vector vectors[] = {
#include "tests/unit/chain/u256_vectors.inc"
};

U256 number(const std::string& digits) { return U256::parse("0x" + digits).value(); }

void expect(const Result<U256>& got, const std::string& want) {
  ASSERT_EQ(got.ok(), !want.empty());
  if (got.ok()) {
    EXPECT_EQ(*got, number(want));
  } else {
    EXPECT_EQ(got.error().code, Code::exhausted);
  }
}

TEST(U256, ArithmeticAgreesWithPython) {
  for (const Vector& v : vectors) {
    SCOPED_TRACE(v.a + " " + v.b);
    const U256 a = number(v.a);
    const U256 b = number(v.b);
    expect(a.plus(b), v.sum);
    expect(a.minus(b), v.difference);
    expect(a.times(b), v.product);
    expect(a.scaled_up(v.numerator, v.denominator), v.scaled);
    EXPECT_EQ(a.minus(b).ok(), a >= b);
  }
}

TEST(U256, TextAndBytesAgreeWithPython) {
  for (const Vector& v : vectors) {
    const U256 a = number(v.a);
    EXPECT_EQ(a.decimal(), v.decimal);
    EXPECT_EQ(U256::parse(v.decimal).value(), a);
    EXPECT_EQ(a.quantity(), "0x" + v.a);
    EXPECT_EQ(U256::parse_quantity(a.quantity()).value(), a);
    EXPECT_EQ(U256::from_be(a.be()), a);
    EXPECT_EQ(U256::from_be(a.be_minimal()), a);
    EXPECT_TRUE(a.be_minimal().empty() || a.be_minimal()[0] != 0);
  }
}

TEST(U256, ComparesByValue) {
  std::vector<U256> numbers;
  for (const Vector& v : vectors) numbers.push_back(number(v.a));
  std::sort(numbers.begin(), numbers.end());
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    const std::string before = numbers[i - 1].decimal();
    const std::string after = numbers[i].decimal();
    EXPECT_TRUE(before.size() < after.size() || (before.size() == after.size() && before <= after));
  }
}

TEST(U256, NarrowsOnlyWhatFits) {
  EXPECT_EQ(U256(UINT64_MAX).u64().value(), UINT64_MAX);
  EXPECT_FALSE(number("10000000000000000").u64().ok());
  EXPECT_FALSE(U256::max().u64().ok());
}

TEST(U256, RefusesWhatIsNotANumber) {
  const std::string digits_78(78, '9');  // above 2^256
  const std::string hex_65(65, 'f');
  for (const std::string& text :
       {std::string(), std::string("0x"), std::string("-1"), std::string("+1"), std::string(" 1"),
        std::string("1 "), std::string("1e3"), std::string("1.0"), std::string("0xg"), std::string("ff"),
        digits_78, "0x" + hex_65, std::string("1\0", 2)}) {
    EXPECT_FALSE(U256::parse(text).ok()) << text;
  }
  EXPECT_TRUE(U256::parse("0x" + std::string(64, 'f')).ok());
}

TEST(U256, QuantitiesAreCanonical) {
  for (const char* text : {"0x", "0x00", "0x01", "1", "0", "0X1", "0x0 ", "",
                           "0x10000000000000000000000000000000000000000000000000000000000000000"}) {
    EXPECT_FALSE(U256::parse_quantity(text).ok()) << text;
  }
  EXPECT_EQ(U256::parse_quantity("0x0").value(), U256());
  EXPECT_EQ(U256::parse_quantity("0xAb").value(), U256(0xab));
}

}  // namespace
}  // namespace cairn::chain
