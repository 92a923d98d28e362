#include "chain/address.h"

#include <algorithm>

#include "chain/keccak.h"
#include "chain/rlp.h"

namespace cairn::chain {

std::string address_text(const Address& address) {
  std::string digits = cairn::hex(address);
  const std::string checksum = cairn::hex(keccak256(digits));
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const bool upper = checksum[i] >= '8';
    if (upper && digits[i] >= 'a') digits[i] = static_cast<char>(digits[i] - 'a' + 'A');
  }
  return "0x" + digits;
}

Result<Address> parse_address(std::string_view text) {
  if (text.size() != 42 || !text.starts_with("0x")) {
    return Error{Code::invalid_input, "an address is 0x and 40 hex digits"};
  }
  CAIRN_ASSIGN(const Bytes bytes, from_hex(text));
  if (bytes.size() != 20) return Error{Code::invalid_input, "an address is 0x and 40 hex digits"};
  Address out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  const auto digits = text.substr(2);
  const bool lower = std::any_of(digits.begin(), digits.end(), [](char c) { return c >= 'a'; });
  const bool upper = std::any_of(digits.begin(), digits.end(), [](char c) { return c >= 'A' && c <= 'F'; });
  if (lower && upper && address_text(out) != text) {
    return Error{Code::invalid_input, "address checksum is wrong: mistyped?"};
  }
  return out;
}

Address created_address(const Address& creator, std::uint64_t nonce) {
  const Bytes parts[] = {rlp::encode(ByteView(creator)), rlp::encode(U256(nonce))};
  const Digest32 hash = keccak256(rlp::encode_list(parts));
  Address out;
  std::copy(hash.begin() + 12, hash.end(), out.begin());
  return out;
}

}  // namespace cairn::chain
