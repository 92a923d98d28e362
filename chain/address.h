// Text and contract-address rules of EVM accounts.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/bytes.h"

namespace cairn::chain {

using Address = std::array<std::uint8_t, 20>;

/// "0x" and 40 hex digits whose case is a checksum (EIP-55).
std::string address_text(const Address& address);
/// Exactly "0x" and 40 hex digits. Mixed case must carry the right EIP-55 checksum; all lower or
/// all upper case carries none. Errors: invalid_input.
Result<Address> parse_address(std::string_view text);
/// Where a contract that `creator` makes with its transaction `nonce` will be.
Address created_address(const Address& creator, std::uint64_t nonce);

}  // namespace cairn::chain
