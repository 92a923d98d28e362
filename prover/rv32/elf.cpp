#include "prover/rv32/elf.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <optional>

#include "prover/rv32/address_space.h"
#include "prover/rv32/little_endian.h"

namespace cairn::rv32 {
namespace {

// Offsets and values of the ELF specification, version 1.2, and of the RISC-V ELF psABI.
constexpr std::size_t kHeaderBytes = 52, kProgramHeaderBytes = 32;
constexpr std::uint8_t kClass32 = 1, kLittleEndian = 1, kVersion = 1;
constexpr std::uint16_t kTypeExec = 2, kMachineRiscv = 243;
constexpr std::uint32_t kTypeLoad = 1, kTypeDynamic = 2, kTypeInterp = 3;
constexpr std::uint32_t kFlagExecute = 1, kFlagWrite = 2, kFlagRead = 4;
constexpr std::uint32_t kRiscvCompressed = 1, kRiscvFloatAbi = 6, kRiscvRve = 8;

struct Refusal {
  ElfFault fault;
  std::string why;
};
using Check = std::optional<Refusal>;

std::string hex_of(std::uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

struct ProgramHeader {
  std::uint32_t type, offset, address, file_bytes, memory_bytes, flags, align;
};

Check check_header(ByteView file) {
  static constexpr std::uint8_t magic[] = {0x7f, 'E', 'L', 'F'};
  if (file.size() > kElfBytesMax) return Refusal{ElfFault::too_large, "the file has more than 64 MiB"};
  if (file.size() < 4 || !std::equal(std::begin(magic), std::end(magic), file.begin())) {
    return Refusal{ElfFault::not_elf, "it does not begin with 7f 45 4c 46"};
  }
  if (file.size() < kHeaderBytes) return Refusal{ElfFault::truncated, "the header is cut off"};
  if (file[4] != kClass32) return Refusal{ElfFault::not_rv32, "it is not a 32-bit file"};
  if (file[5] != kLittleEndian) return Refusal{ElfFault::not_rv32, "it is not little endian"};
  if (file[6] != kVersion || get_u32(file, 20) != kVersion)
    return Refusal{ElfFault::not_rv32, "its version is not 1"};
  if (get_u16(file, 18) != kMachineRiscv) return Refusal{ElfFault::not_rv32, "its machine is not RISC-V"};
  if (get_u16(file, 16) != kTypeExec)
    return Refusal{ElfFault::not_static, "it is no executable at fixed addresses"};
  const std::uint32_t flags = get_u32(file, 36);
  if (flags & kRiscvCompressed) return Refusal{ElfFault::extension, "it uses compressed instructions"};
  if (flags & kRiscvFloatAbi) return Refusal{ElfFault::extension, "it uses floating point registers"};
  if (flags & kRiscvRve) return Refusal{ElfFault::extension, "it is built for RV32E"};
  return {};
}

Check check_table(ByteView file) {
  const std::uint32_t offset = get_u32(file, 28);
  const std::size_t entry_bytes = get_u16(file, 42), count = get_u16(file, 44);
  if (count > kElfHeadersMax)
    return Refusal{ElfFault::many_headers, std::to_string(count) + " program headers, at most 64"};
  if (count && entry_bytes != kProgramHeaderBytes)
    return Refusal{ElfFault::truncated, "program headers are not of 32 bytes"};
  if (offset > file.size() || count * kProgramHeaderBytes > file.size() - offset) {
    return Refusal{ElfFault::truncated, "the program headers reach beyond the file"};
  }
  return {};
}

ProgramHeader read_program_header(ByteView file, std::size_t at) {
  return {get_u32(file, at),      get_u32(file, at + 4),  get_u32(file, at + 8), get_u32(file, at + 16),
          get_u32(file, at + 20), get_u32(file, at + 24), get_u32(file, at + 28)};
}

Check check_segment(const ProgramHeader& h, std::size_t file_bytes) {
  const std::string at = "the segment at " + hex_of(h.address);
  if (h.file_bytes > h.memory_bytes)
    return Refusal{ElfFault::size, at + " has more bytes in the file than in memory"};
  if (h.offset > file_bytes || h.file_bytes > file_bytes - h.offset) {
    return Refusal{ElfFault::truncated, at + " reaches beyond the file"};
  }
  if (h.address % 4 != 0) return Refusal{ElfFault::alignment, at + " does not begin at a multiple of 4"};
  if (h.align > 1 && ((h.align & (h.align - 1)) != 0 || (h.address - h.offset) % h.align != 0)) {
    return Refusal{ElfFault::alignment, at + " does not fit its alignment"};
  }
  const bool execute = h.flags & kFlagExecute, write = h.flags & kFlagWrite;
  if (execute && write) return Refusal{ElfFault::permissions, at + " is writable and executable"};
  if (!(h.flags & kFlagRead)) return Refusal{ElfFault::permissions, at + " is not readable"};
  const std::uint32_t begin = write ? kRamBegin : kProgramBegin, end = write ? kRamEnd : kProgramEnd;
  if (h.address < begin || h.address >= end || h.memory_bytes > end - h.address) {
    return Refusal{ElfFault::address,
                   at + (write ? " is writable and not in RAM" : " is not in the program region") + ", " +
                       hex_of(begin) + " to " + hex_of(end - 1)};
  }
  return {};
}

Check check_image(const Image& image) {
  std::uint64_t code = 0, contents = 0;
  const ImageSegment* before = nullptr;
  bool entry = false;
  for (const ImageSegment& segment : image.segments) {
    if (before && before->memory_bytes > segment.address - before->address) {
      return Refusal{ElfFault::overlap, "the segments at " + hex_of(before->address) + " and " +
                                            hex_of(segment.address) + " overlap"};
    }
    before = &segment;
    contents += segment.bytes.size();
    if (!segment.executable) continue;
    code += segment.memory_bytes;
    entry |= image.entry - segment.address < segment.memory_bytes &&
             segment.memory_bytes - (image.entry - segment.address) >= 4;
  }
  if (code > kCodeBytesMax) return Refusal{ElfFault::too_large, "more than 8 MiB of code"};
  CAIRN_ASSERT(contents <= kImageBytesMax);
  if (image.entry % 4 != 0)
    return Refusal{ElfFault::entry, "the entry " + hex_of(image.entry) + " is no multiple of 4"};
  if (!entry)
    return Refusal{ElfFault::entry, "the entry " + hex_of(image.entry) + " is not in executable memory"};
  return {};
}

Check read(ByteView file, Image& image) {
  if (Check bad = check_header(file)) return bad;
  if (Check bad = check_table(file)) return bad;
  image.entry = get_u32(file, 24);
  std::uint64_t contents = 0;
  for (std::size_t i = 0, count = get_u16(file, 44); i < count; ++i) {
    const ProgramHeader h = read_program_header(file, get_u32(file, 28) + i * kProgramHeaderBytes);
    if (h.type == kTypeDynamic || h.type == kTypeInterp)
      return Refusal{ElfFault::not_static, "it wants a dynamic linker"};
    if (h.type != kTypeLoad || h.memory_bytes == 0) continue;
    if (Check bad = check_segment(h, file.size())) return bad;
    // Segments may share bytes of the file, so the sum is not bounded by its size.
    contents += h.file_bytes;
    if (contents > kImageBytesMax) return Refusal{ElfFault::too_large, "more than 64 MiB to load"};
    image.segments.push_back({h.address, h.memory_bytes, (h.flags & kFlagExecute) != 0,
                              (h.flags & kFlagWrite) != 0, copy(file.subspan(h.offset, h.file_bytes))});
  }
  std::sort(image.segments.begin(), image.segments.end(),
            [](const ImageSegment& a, const ImageSegment& b) { return a.address < b.address; });
  return check_image(image);
}

}  // namespace

std::string_view fault_name(ElfFault fault) {
  switch (fault) {
    case ElfFault::none:
      return "none";
    case ElfFault::too_large:
      return "too_large";
    case ElfFault::not_elf:
      return "not_elf";
    case ElfFault::not_rv32:
      return "not_rv32";
    case ElfFault::not_static:
      return "not_static";
    case ElfFault::extension:
      return "extension";
    case ElfFault::truncated:
      return "truncated";
    case ElfFault::many_headers:
      return "many_headers";
    case ElfFault::size:
      return "size";
    case ElfFault::alignment:
      return "alignment";
    case ElfFault::permissions:
      return "permissions";
    case ElfFault::address:
      return "address";
    case ElfFault::overlap:
      return "overlap";
    case ElfFault::entry:
      return "entry";
  }
  CAIRN_ASSERT(false);
}

Result<Image> load_elf(ByteView file, ElfFault* fault) {
  Image image;
  const Check bad = read(file, image);
  if (fault) *fault = bad ? bad->fault : ElfFault::none;
  if (bad) return Error{Code::invalid_input, "ELF " + std::string(fault_name(bad->fault)) + ": " + bad->why};
  return image;
}

}  // namespace cairn::rv32
