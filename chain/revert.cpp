#include "chain/revert.h"

#include <algorithm>
#include <array>
#include <vector>

#include "chain/abi.h"
#include "common/limits.h"

namespace cairn::chain {
namespace {

// As declared in Solidity, with one space between a type and its name and none elsewhere.
constexpr std::string_view declarations[] = {
    // ITwoStepSubmission
    "InvalidParameters()",
    "InvalidRange(uint64 startHeight,uint64 endHeight)",
    "SequenceExists(bytes32 sequenceId)",
    "SequenceNotOpen(bytes32 sequenceId)",
    "SequenceExpired(bytes32 sequenceId,uint64 expiry)",
    "SequenceNotReclaimable(bytes32 sequenceId)",
    "NotRequester(address caller)",
    "StakeTooLow(address prover,uint256 active,uint256 required)",
    "AlreadyCommitted(bytes32 sequenceId,uint64 round,address prover)",
    "CommitWindowClosed(bytes32 sequenceId,uint64 lastBlock)",
    "RevealTooEarly(bytes32 sequenceId,uint64 firstBlock)",
    "RevealWindowClosed(bytes32 sequenceId,uint64 lastBlock)",
    "SettlementClosed(bytes32 sequenceId,uint64 lastBlock)",
    "NoCommitment(bytes32 sequenceId,uint64 round,address prover)",
    "ProofHashMismatch(bytes32 sequenceId,address prover)",
    "DigestNotVerified(bytes32 sequenceId,bytes32 proofDigest)",
    "NotSlashable(bytes32 sequenceId,uint64 round,address prover)",
    "RewardNotDue(bytes32 sequenceId,address prover)",
    "NothingToWithdraw(address prover)",
    "WithdrawalTooEarly(address prover,uint64 withdrawableFrom)",
    "WithdrawalBlocked(address prover,uint64 unsettled)",
    "AlreadySettled(bytes32 sequenceId,uint64 round,address prover)",
    "TokenAmountMismatch(uint256 expected,uint256 received)",
    // ChainStepVerifier
    "InvalidEncoding()",
    "InvalidBatchCount(uint256 count)",
    "OutsideField(uint256 batch)",
    "BrokenChain(uint256 batch)",
    "ClaimMismatch(bytes32 shown)",
    "InvalidProof(uint256 batch)",
    // IAttestedVerifier
    "RotationPending(uint64 set)",
    "UnknownSet(uint64 set)",
    "AlreadyRevoked(uint64 set)",
    "SetNotAccepted(uint64 set)",
    "InvalidSignatureCount(uint256 count,uint256 threshold,uint256 keys)",
    "InvalidSignature(uint256 index)",
    "UnorderedSignature(uint256 index)",
    "NotAVerifier(address signer)",
    // ERC-20 (ERC-6093) and the library that calls it
    "ERC20InsufficientBalance(address sender,uint256 balance,uint256 needed)",
    "ERC20InsufficientAllowance(address spender,uint256 allowance,uint256 needed)",
    "SafeERC20FailedOperation(address token)",
    "ReentrancyGuardReentrantCall()",
    // Solidity
    "Error(string reason)",
    "Panic(uint256 code)",
};

struct Argument {
  std::string_view type;
  std::string_view name;
};

struct Declared {
  std::string_view name;
  std::vector<Argument> arguments;
  abi::Selector selector;
};

Declared read_declaration(std::string_view text) {
  Declared out;
  const auto open = text.find('(');
  out.name = text.substr(0, open);
  std::string canonical(text.substr(0, open + 1));
  std::string_view rest = text.substr(open + 1, text.size() - open - 2);
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    const auto space = rest.find(' ');
    out.arguments.push_back({rest.substr(0, space), rest.substr(space + 1, end - space - 1)});
    canonical += out.arguments.back().type;
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!rest.empty()) canonical += ',';
  }
  out.selector = abi::selector(canonical + ")");
  return out;
}

const Declared* find_declared(ByteView data) {
  static const auto all = [] {
    std::vector<Declared> out;
    for (auto text : declarations) out.push_back(read_declaration(text));
    return out;
  }();
  if (data.size() < 4) return nullptr;
  const auto at = std::find_if(all.begin(), all.end(), [&](const Declared& d) {
    return std::equal(d.selector.begin(), d.selector.end(), data.begin());
  });
  return at == all.end() ? nullptr : &*at;
}

std::string printable(ByteView bytes) {
  std::string out(text(bytes));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return "\"" + out + "\"";
}

std::string read_argument(abi::Decoder& d, const Argument& argument) {
  if (argument.type == "string") return printable(d.dynamic(limits::reason_bytes_max / 2));
  if (argument.type == "address") return address_text(d.address());
  if (argument.type == "bytes32") return "0x" + hex(d.word());
  if (argument.type == "uint64") return std::to_string(d.u64());
  CAIRN_ASSERT(argument.type == "uint256");
  return d.number().decimal();
}

}  // namespace

std::string revert_text(ByteView data) {
  if (data.empty()) return "no reason given";
  const Declared* declared = find_declared(data);
  if (declared == nullptr) {
    return "unknown error 0x" + hex(data.first(std::min<std::size_t>(4, data.size())));
  }
  abi::Decoder d(data.subspan(4), declared->arguments.size(), "arguments");
  const bool solidity = declared->name == "Error" || declared->name == "Panic";
  std::string out(declared->name);
  out += '(';
  for (const Argument& argument : declared->arguments) {
    if (out.back() != '(') out += ", ";
    if (!solidity) out += std::string(argument.name) + "=";
    out += read_argument(d, argument);
  }
  if (!d.finish().ok()) return std::string(declared->name) + "(malformed arguments)";
  return out + ")";
}

std::string revert_name(ByteView data) {
  const Declared* declared = find_declared(data);
  return declared == nullptr ? std::string() : std::string(declared->name);
}

}  // namespace cairn::chain
