#include "prover/air/structured.h"

#include <gtest/gtest.h>

#include <random>

#include "prover/poly/multilinear.h"

namespace cairn::engine {
namespace {

const Structured kAll[] = {Structured::row(),
                           Structured::row_bits(0, 5),
                           Structured::row_bits(2, 3),
                           Structured::first_row(),
                           Structured::last_row(),
                           Structured::bits_and(0, 3, 3),
                           Structured::bits_xor(3, 0, 3),
                           Structured::power_of_two(1, 5),
                           Structured::power_of_two(0, 2)};

TEST(Structured, ValuesAreWhatTheNamesSay) {
  const std::uint64_t row = 0b101110;
  EXPECT_EQ(Structured::row().at(row, 6).canonical(), 46u);
  EXPECT_EQ(Structured::row_bits(2, 3).at(row, 6).canonical(), 0b011u);
  EXPECT_EQ(Structured::bits_and(0, 3, 3).at(row, 6).canonical(), 0b110u & 0b101u);
  EXPECT_EQ(Structured::bits_xor(0, 3, 3).at(row, 6).canonical(), 0b110u ^ 0b101u);
  EXPECT_EQ(Structured::power_of_two(1, 5).at(row, 6).canonical(), 1u << 0b10111);
  EXPECT_EQ(Structured::first_row().at(0, 6), KoalaBear::one());
  EXPECT_EQ(Structured::first_row().at(1, 6), KoalaBear::zero());
  EXPECT_EQ(Structured::last_row().at(63, 6), KoalaBear::one());
  EXPECT_EQ(Structured::last_row().at(62, 6), KoalaBear::zero());
}

TEST(Structured, ClosedFormIsTheExtensionOfTheColumn) {
  std::mt19937_64 random(1);
  for (const Structured& column : kAll) {
    for (unsigned log_height = 6; log_height <= 8; ++log_height) {
      std::vector<KoalaBear> values;
      for (std::uint64_t row = 0; row < std::uint64_t{1} << log_height; ++row)
        values.push_back(column.at(row, log_height));
      std::vector<Quintic> point(log_height);
      for (Quintic& x : point) {
        for (KoalaBear& c : x.c) c = KoalaBear::from(random());
      }
      EXPECT_EQ(column.evaluate(point.data(), log_height),
                evaluate(std::span<const KoalaBear>(values), point))
          << static_cast<int>(column.kind) << " " << log_height;
    }
  }
}

}  // namespace
}  // namespace cairn::engine
