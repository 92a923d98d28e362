// The files that commands about RISC-V programs read and write.
#pragma once

#include <string>

#include "common/bytes.h"
#include "prover/rv32/image.h"

namespace cairn::cli {

/// Largest file of a batch proof that is read.
inline constexpr std::size_t kProofFileBytesMax = std::size_t{1} << 30;

/// Errors: not_found, invalid_input (more than `bytes_max`).
Result<Bytes> read_file(const std::string& path, std::size_t bytes_max);
/// Replaces the file at once, so that nobody sees a part of it. Errors: unavailable.
Status write_file(const std::string& path, ByteView bytes);

/// Errors: those of load_elf(), naming the file.
Result<rv32::Image> read_program(const std::string& path);
/// Of an empty path: nothing.
Result<Bytes> read_input(const std::string& path);

/// The file of segment `index` in a directory of `cairn execute --snapshots`.
std::string snapshot_path(const std::string& directory, std::uint64_t index);

}  // namespace cairn::cli
