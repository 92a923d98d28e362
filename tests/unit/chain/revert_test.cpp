#include "chain/revert.h"

#include <gtest/gtest.h>

#include "chain/abi.h"
#include "chain/dev_keys.h"
#include "chain/keccak.h"

namespace cairn::chain {
namespace {

TEST(Revert, NamesTheContractsErrorsWithTheirArguments) {
  const Digest32 id = keccak256("sequence");
  EXPECT_EQ(revert_text(
                abi::Encoder().word(id).number(std::uint64_t{12}).call("CommitWindowClosed(bytes32,uint64)")),
            "CommitWindowClosed(sequenceId=0x" + hex(id) + ", lastBlock=12)");
  EXPECT_EQ(revert_text(abi::Encoder()
                            .address(dev_key(0).address())
                            .number(U256(1))
                            .number(U256(2))
                            .call("StakeTooLow(address,uint256,uint256)")),
            "StakeTooLow(prover=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266, active=1, required=2)");
  EXPECT_EQ(revert_text(abi::Encoder().call("InvalidParameters()")), "InvalidParameters()");
  EXPECT_EQ(revert_name(abi::Encoder().call("InvalidParameters()")), "InvalidParameters");
}

TEST(Revert, KnowsSoliditysOwn) {
  EXPECT_EQ(revert_text(abi::Encoder().dynamic(view("no money")).call("Error(string)")),
            "Error(\"no money\")");
  EXPECT_EQ(revert_text(abi::Encoder().number(std::uint64_t{17}).call("Panic(uint256)")), "Panic(17)");
}

TEST(Revert, IsTotalOnBytesOfStrangers) {
  EXPECT_EQ(revert_text({}), "no reason given");
  EXPECT_EQ(revert_text(from_hex("12").value()), "unknown error 0x12");
  EXPECT_EQ(revert_text(from_hex("12345678ffff").value()), "unknown error 0x12345678");
  Bytes cut = abi::Encoder().number(std::uint64_t{17}).call("Panic(uint256)");
  cut.pop_back();
  EXPECT_EQ(revert_text(cut), "Panic(malformed arguments)");
  EXPECT_EQ(revert_text(abi::Encoder().dynamic(view("a\n\x1b[31mb")).call("Error(string)")),
            "Error(\"a??[31mb\")");
  const Bytes long_text(1 << 20, 'x');
  EXPECT_EQ(revert_text(abi::Encoder().dynamic(long_text).call("Error(string)")),
            "Error(malformed arguments)");
}

}  // namespace
}  // namespace cairn::chain
