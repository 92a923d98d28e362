// Reads a statically linked RV32 ELF file as the zkVM standards of the Ethereum Foundation ask: program
// headers alone decide what is loaded, nothing writable is executable, code can be read as data.
// https://github.com/eth-act/zkvm-standards/tree/main/standards/elf-loading-and-validation
#pragma once

#include <string_view>

#include "prover/rv32/image.h"

namespace cairn::rv32 {

/// Why a file is refused. The names are stable and begin the error's text.
enum class ElfFault {
  none,
  too_large,     ///< The file, its code or its contents are over a limit below.
  not_elf,       ///< No ELF header.
  not_rv32,      ///< Another class, byte order, version or machine.
  not_static,    ///< Not ET_EXEC, or it wants an interpreter or a dynamic linker.
  extension,     ///< Built for compressed instructions, floating point registers or RVE.
  truncated,     ///< A header or a segment reaches beyond the file.
  many_headers,  ///< More program headers than kElfHeadersMax.
  size,          ///< More bytes in the file than in memory.
  alignment,     ///< An address that is no multiple of 4, or does not fit the segment's alignment.
  permissions,   ///< Writable and executable, or not readable.
  address,       ///< Outside the region that fits its permissions.
  overlap,       ///< Two segments share an address.
  entry,         ///< The entry is no multiple of 4, or not in an executable segment.
};
std::string_view fault_name(ElfFault fault);

inline constexpr std::size_t kElfBytesMax = 64u << 20;
inline constexpr std::size_t kElfHeadersMax = 64;
/// Bytes of all executable segments, in memory.
inline constexpr std::uint64_t kCodeBytesMax = 8u << 20;
/// Bytes that are taken from the file for all segments.
inline constexpr std::uint64_t kImageBytesMax = 64u << 20;

/// Total on any bytes; allocates no more than the limits above. Errors: invalid_input, whose text begins
/// with fault_name(); `fault`, when given, is set in any case.
Result<Image> load_elf(ByteView file, ElfFault* fault = nullptr);

}  // namespace cairn::rv32
