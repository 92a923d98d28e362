// Unsigned 256-bit whole numbers: wei, stakes, fees. Every operation that can leave the range says
// so in its Result; nothing wraps.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/bytes.h"

namespace cairn::chain {

class U256 {
 public:
  constexpr U256() = default;
  constexpr explicit U256(std::uint64_t value) : limbs_{value, 0, 0, 0} {}

  static constexpr U256 max() {
    U256 out;
    out.limbs_ = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    return out;
  }

  /// Decimal digits, or hex digits after "0x"; leading zeros are allowed, signs, spaces and an
  /// empty number are not. Errors: invalid_input.
  static Result<U256> parse(std::string_view text);
  /// A JSON-RPC quantity: "0x" and lower or upper case hex without leading zeros; zero is "0x0".
  /// Errors: invalid_input.
  static Result<U256> parse_quantity(std::string_view text);
  /// Big-endian, 0 … 32 bytes. Requires bytes.size() <= 32 (asserted).
  static U256 from_be(ByteView bytes);

  std::array<std::uint8_t, 32> be() const;  ///< Big-endian, padded with zeros.
  Bytes be_minimal() const;                 ///< Big-endian without leading zeros; zero is empty.
  std::string quantity() const;             ///< "0x1f", "0x0".
  std::string decimal() const;

  bool is_zero() const { return *this == U256(); }
  /// Errors: exhausted when it needs more than 64 bits.
  Result<std::uint64_t> u64() const;

  /// Errors: exhausted when the result leaves 0 … 2^256-1.
  Result<U256> plus(const U256& other) const;
  Result<U256> minus(const U256& other) const;
  Result<U256> times(const U256& other) const;
  /// ceil(this · numerator / denominator), exact in between. Requires denominator > 0 (asserted).
  Result<U256> scaled_up(std::uint64_t numerator, std::uint64_t denominator) const;

  friend constexpr bool operator==(const U256&, const U256&) = default;
  friend constexpr std::strong_ordering operator<=>(const U256& a, const U256& b) {
    for (std::size_t i = 4; i-- > 0;) {
      if (a.limbs_[i] != b.limbs_[i]) return a.limbs_[i] <=> b.limbs_[i];
    }
    return std::strong_ordering::equal;
  }

 private:
  /// this = this · factor + addend; false when that leaves the range.
  bool multiply_add(std::uint64_t factor, std::uint64_t addend);

  std::array<std::uint64_t, 4> limbs_{};  ///< Least significant first.
};

}  // namespace cairn::chain
