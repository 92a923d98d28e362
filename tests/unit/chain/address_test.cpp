#include "chain/address.h"

#include <gtest/gtest.h>

#include <cctype>

namespace cairn::chain {
namespace {

// https://eips.ethereum.org/EIPS/eip-55
constexpr const char* checksummed[] = {
    "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
};

TEST(Address, TextHasTheEip55Checksum) {
  for (const char* text : checksummed) {
    EXPECT_EQ(address_text(parse_address(text).value()), text);
  }
}

TEST(Address, OneCaseIsAcceptedWithoutChecksum) {
  std::string lower = checksummed[4];
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  EXPECT_EQ(address_text(parse_address(lower).value()), checksummed[4]);
}

TEST(Address, AMistypedLetterIsRefused) {
  for (const char* text : {"0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",  // case of one digit
                           "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee",  // one digit
                           "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x5aAeb6053F3E94C9b9A0",
                           "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed00",
                           "0x0X5Aeb6053F3E94C9b9A09f33669435E7Ef1BeAe", "", "0x"}) {
    EXPECT_FALSE(parse_address(text).ok()) << text;
  }
}

// The first contracts of the first account of every development chain.
TEST(Address, CreatedContracts) {
  const Address creator = parse_address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266").value();
  EXPECT_EQ(address_text(created_address(creator, 0)), "0x5FbDB2315678afecb367f032d93F642f64180aa3");
  EXPECT_EQ(address_text(created_address(creator, 1)), "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512");
}

}  // namespace
}  // namespace cairn::chain
