#include "chain/u256.h"

#include <algorithm>

namespace cairn::chain {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t low(Wide w) { return static_cast<std::uint64_t>(w); }
std::uint64_t high(Wide w) { return static_cast<std::uint64_t>(w >> 64); }

Error out_of_range() { return {Code::exhausted, "number leaves 0 … 2^256-1"}; }
Error not_a_number() { return {Code::invalid_input, "not a whole number of at most 256 bits"}; }

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool U256::multiply_add(std::uint64_t factor, std::uint64_t addend) {
  std::uint64_t carry = addend;
  for (auto& limb : limbs_) {
    const Wide w = static_cast<Wide>(limb) * factor + carry;
    limb = low(w);
    carry = high(w);
  }
  return carry == 0;
}

Result<U256> U256::parse(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  }
  if (text.empty()) return not_a_number();
  U256 out;
  for (char c : text) {
    const int d = digit(c);
    if (d < 0 || d >= base) return not_a_number();
    if (!out.multiply_add(static_cast<std::uint64_t>(base), static_cast<std::uint64_t>(d))) {
      return not_a_number();
    }
  }
  return out;
}

Result<U256> U256::parse_quantity(std::string_view text) {
  const bool canonical =
      text == "0x0" || (text.starts_with("0x") && text.size() > 2 && text.size() <= 66 && text[2] != '0');
  if (!canonical) return Error{Code::invalid_input, "not a hex quantity"};
  return parse(text);
}

U256 U256::from_be(ByteView bytes) {
  CAIRN_ASSERT(bytes.size() <= 32);
  U256 out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t from_end = bytes.size() - 1 - i;
    out.limbs_[from_end / 8] |= static_cast<std::uint64_t>(bytes[i]) << (from_end % 8 * 8);
  }
  return out;
}

std::array<std::uint8_t, 32> U256::be() const {
  std::array<std::uint8_t, 32> out;
  for (std::size_t i = 0; i < 32; ++i) {
    out[31 - i] = static_cast<std::uint8_t>(limbs_[i / 8] >> (i % 8 * 8));
  }
  return out;
}

Bytes U256::be_minimal() const {
  const auto all = be();
  return Bytes(std::find_if(all.begin(), all.end(), [](auto b) { return b != 0; }), all.end());
}

std::string U256::quantity() const {
  std::string digits = cairn::hex(be());
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  return "0x" + digits;
}

std::string U256::decimal() const {
  std::string out;
  U256 rest = *this;
  do {
    std::uint64_t remainder = 0;
    for (std::size_t i = 4; i-- > 0;) {
      const Wide w = (static_cast<Wide>(remainder) << 64) | rest.limbs_[i];
      rest.limbs_[i] = low(w / 10);
      remainder = low(w % 10);
    }
    out.push_back(static_cast<char>('0' + remainder));
  } while (!rest.is_zero());
  std::reverse(out.begin(), out.end());
  return out;
}

Result<std::uint64_t> U256::u64() const {
  if (limbs_[1] != 0 || limbs_[2] != 0 || limbs_[3] != 0) {
    return Error{Code::exhausted, "number needs more than 64 bits"};
  }
  return limbs_[0];
}

Result<U256> U256::plus(const U256& other) const {
  U256 out;
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Wide w = static_cast<Wide>(limbs_[i]) + other.limbs_[i] + carry;
    out.limbs_[i] = low(w);
    carry = high(w);
  }
  if (carry != 0) return out_of_range();
  return out;
}

Result<U256> U256::minus(const U256& other) const {
  if (*this < other) return out_of_range();
  U256 out;
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Wide w = static_cast<Wide>(limbs_[i]) - other.limbs_[i] - borrow;
    out.limbs_[i] = low(w);
    borrow = high(w) == 0 ? 0 : 1;
  }
  return out;
}

Result<U256> U256::times(const U256& other) const {
  std::array<std::uint64_t, 8> product{};
  for (std::size_t i = 0; i < 4; ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const Wide w = static_cast<Wide>(limbs_[i]) * other.limbs_[j] + product[i + j] + carry;
      product[i + j] = low(w);
      carry = high(w);
    }
    product[i + 4] = carry;
  }
  U256 out;
  std::copy_n(product.begin(), 4, out.limbs_.begin());
  if (std::any_of(product.begin() + 4, product.end(), [](auto l) { return l != 0; })) {
    return out_of_range();
  }
  return out;
}

Result<U256> U256::scaled_up(std::uint64_t numerator, std::uint64_t denominator) const {
  CAIRN_ASSERT(denominator > 0);
  std::array<std::uint64_t, 5> product{};
  for (std::size_t i = 0; i < 4; ++i) {
    const Wide w = static_cast<Wide>(limbs_[i]) * numerator + product[i];
    product[i] = low(w);
    product[i + 1] = high(w);
  }
  std::uint64_t remainder = 0;
  for (std::size_t i = 5; i-- > 0;) {
    const Wide w = (static_cast<Wide>(remainder) << 64) | product[i];
    product[i] = low(w / denominator);
    remainder = low(w % denominator);
  }
  if (product[4] != 0) return out_of_range();
  U256 quotient;
  std::copy_n(product.begin(), 4, quotient.limbs_.begin());
  return remainder == 0 ? quotient : quotient.plus(U256(1));
}

}  // namespace cairn::chain
