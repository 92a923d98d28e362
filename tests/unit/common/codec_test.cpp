#include "common/codec.h"

#include <gtest/gtest.h>

#include "common/limits.h"

namespace cairn::codec {
namespace {

Code code_of(ByteView bytes) {
  const auto document = Document::parse(bytes);
  return document.ok() ? Code::not_found : document.error().code;
}

TEST(Codec, RoundTripsEveryKind) {
  Writer w;
  w.array(6).u64(UINT64_MAX).f64(0.5).boolean(true).str("héight").bin(Bytes{0, 255}).nil();
  const auto document = Document::parse(w.take());
  ASSERT_TRUE(document.ok());
  Fields f(document->root(), 6, "test");
  EXPECT_EQ(f.u64(), UINT64_MAX);
  EXPECT_EQ(f.f64(), 0.5);
  EXPECT_TRUE(f.boolean());
  EXPECT_EQ(f.str(10), "héight");
  EXPECT_EQ(f.bin(2), (Bytes{0, 255}));
  EXPECT_TRUE(f.node().is_nil());
  EXPECT_TRUE(f.status().ok());
}

TEST(Codec, FloatsThatAreWholeNumbersStayFloats) {
  for (const double value : {0.0, 1.0, -3.0, 0.25}) {
    Writer w;
    w.f64(value);
    const auto document = Document::parse(w.take());
    EXPECT_EQ(*document->root().f64(), value);
  }
}

// Five bytes that ask for 2^32 items: the decoder must not reserve them.
TEST(Codec, RefusesAnArrayLargerThanItsBytes) {
  EXPECT_EQ(code_of(Bytes{0xdd, 0xff, 0xff, 0xff, 0xff}), Code::invalid_input);
}

TEST(Codec, RefusesMapsAndExtensions) {
  EXPECT_EQ(code_of(Bytes{0x81, 0x01, 0x01}), Code::invalid_input);
  EXPECT_EQ(code_of(Bytes{0xd4, 0x01, 0x01}), Code::invalid_input);
}

TEST(Codec, RefusesDeepNesting) {
  Bytes deep(100'000, 0x91);
  deep.push_back(0xc0);
  EXPECT_EQ(code_of(deep), Code::invalid_input);
  Bytes shallow(limits::codec_depth_max - 1, 0x91);
  shallow.push_back(0xc0);
  EXPECT_EQ(code_of(shallow), Code::not_found);
}

// A byte on the wire may be a value in memory, which takes 24 times as much.
TEST(Codec, RefusesMoreValuesThanItHasRoomFor) {
  const auto nested = [](std::size_t rows, std::size_t columns) {
    const auto head = [](std::size_t n) {
      return Bytes{0xdc, static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)};
    };
    Bytes out = head(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      append(out, head(columns));
      out.resize(out.size() + columns, 0xc0);
    }
    return out;
  };
  EXPECT_EQ(code_of(nested(limits::codec_values_max / 4096 - 2, 4096)), Code::not_found);
  EXPECT_EQ(code_of(nested(limits::codec_values_max / 4096 + 1, 4096)), Code::invalid_input);
  const auto largest = Document::parse(nested(8192, 5000));
  ASSERT_FALSE(largest.ok());
  EXPECT_NE(largest.error().what.find("values"), std::string::npos) << largest.error().what;
}

TEST(Codec, RefusesTrailingAndMissingBytes) {
  EXPECT_EQ(code_of(Bytes{0x01, 0x01}), Code::invalid_input);
  EXPECT_EQ(code_of(Bytes{0x92, 0x01}), Code::invalid_input);
  EXPECT_EQ(code_of(Bytes{}), Code::invalid_input);
}

TEST(Codec, TheFirstWrongFieldSticksAndNamesItsMessage) {
  Writer w;
  w.array(3).str("x").u64(1).u64(2);
  const auto document = Document::parse(w.take());
  Fields f(document->root(), 3, "report");
  EXPECT_EQ(f.u64(), 0u);
  EXPECT_EQ(f.u64(), 0u) << "reads after an error give nothing";
  ASSERT_FALSE(f.status().ok());
  EXPECT_NE(f.status().error().what.find("report"), std::string::npos);
}

TEST(Codec, ChecksCountsLengthsAndRanges) {
  Writer w;
  w.array(2).u64(7).str("four");
  const auto document = Document::parse(w.take());
  EXPECT_FALSE(Fields(document->root(), 1, "few").status().ok());
  EXPECT_FALSE(Fields(document->root(), 3, "many").status().ok());
  Fields f(document->root(), 2, "range");
  f.u64(6);
  EXPECT_FALSE(f.status().ok());
  Fields g(document->root(), 2, "length");
  g.u64(7);
  EXPECT_TRUE(g.status().ok());
  g.str(3);
  EXPECT_FALSE(g.status().ok());
}

}  // namespace
}  // namespace cairn::codec
