// Why a call reverted, in words: the data of `execution reverted` decoded by the errors that
// ITwoStepSubmission, its verifier, its token and Solidity itself declare.
#pragma once

#include <string>

#include "common/bytes.h"

namespace cairn::chain {

/// "CommitWindowClosed(sequenceId=0x…, lastBlock=12)"; `Error("…")` and `Panic(17)` for Solidity's
/// own; "unknown error 0x12345678" for anything else, "no reason given" for no data. Never longer
/// than limits::reason_bytes_max; text of the contract is printed with control characters replaced.
std::string revert_text(ByteView data);

/// The part before the arguments: "CommitWindowClosed". Empty when the error is not a declared one.
std::string revert_name(ByteView data);

}  // namespace cairn::chain
