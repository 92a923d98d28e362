// The first words of a proof: what it is about. docs/proof-system/protocol.md §3 has them byte by byte.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "prover/transcript/transcript.h"
#include "prover/verify/layout.h"

namespace cairn::engine {

/// "CRNP", little-endian, and the version of format and protocol.
inline constexpr std::uint32_t kProofMagic = 0x504e5243;
inline constexpr std::uint32_t kProofVersion = 3;

struct ProofHeader {
  std::uint8_t log_inverse_rate = 1;
  CommittedRows rows;
  std::vector<KoalaBear> public_values;
};

/// Words of a header for this machine.
std::size_t header_words(const MachineShape& machine);

/// Appends the header's bytes.
void write_header(const MachineShape& machine, const ProofHeader& header, std::vector<std::uint8_t>& out);

/// Reads the header at the beginning of `proof`: truncated, non_canonical_word, bad_header, other_machine,
/// bad_rate, bad_height (more rows than any table has). Whether the rows make a layout is not looked at.
VerifyError read_header(const MachineShape& machine, std::span<const std::uint8_t> proof,
                        ProofHeader& header);

/// What the transcript begins with, and the words of the header that it observes next: rate, rows, public
/// values.
Domain proof_domain(const MachineShape& machine);
std::vector<KoalaBear> observed_words(const ProofHeader& header);

}  // namespace cairn::engine
