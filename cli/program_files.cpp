#include "cli/program_files.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

#include "prover/rv32/address_space.h"
#include "prover/rv32/elf.h"

namespace cairn::cli {

Result<Bytes> read_file(const std::string& path, std::size_t bytes_max) {
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path)) return Error{Code::not_found, "cannot read " + path};
  Bytes bytes;
  std::vector<char> block(1 << 16);
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    bytes.insert(bytes.end(), block.data(), block.data() + in.gcount());
    if (bytes.size() > bytes_max)
      return Error{Code::invalid_input, path + " has more than " + std::to_string(bytes_max) + " bytes"};
  }
  return bytes;
}

Status write_file(const std::string& path, ByteView bytes) {
  const std::string fresh = path + ".part";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out << text(bytes);
  out.close();
  std::error_code failed;
  if (out) std::filesystem::rename(fresh, path, failed);
  if (out && !failed) return {};
  std::filesystem::remove(fresh, failed);
  return Error{Code::unavailable, "cannot write " + path};
}

Result<rv32::Image> read_program(const std::string& path) {
  CAIRN_ASSIGN(const Bytes file, read_file(path, rv32::kElfBytesMax));
  auto image = rv32::load_elf(file);
  if (!image.ok()) return image.error().in(path);
  return image;
}

Result<Bytes> read_input(const std::string& path) {
  if (path.empty()) return Bytes{};
  return read_file(path, rv32::kInputBytesMax);
}

std::string snapshot_path(const std::string& directory, std::uint64_t index) {
  char name[32];
  std::snprintf(name, sizeof name, "/%06llu.segment", static_cast<unsigned long long>(index));
  return directory + name;
}

}  // namespace cairn::cli
