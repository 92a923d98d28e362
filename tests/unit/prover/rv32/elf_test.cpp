#include "prover/rv32/elf.h"

#include <gtest/gtest.h>

#include <random>

#include "prover/rv32/address_space.h"
#include "tests/unit/prover/rv32/elf_file.h"

namespace cairn::rv32 {
namespace {

using test::elf_file, test::ElfSegment, test::kExecute, test::kRead, test::kWrite;

ElfFault fault_of(ByteView file) {
  ElfFault fault;
  const auto image = load_elf(file, &fault);
  EXPECT_EQ(image.ok(), fault == ElfFault::none);
  if (!image.ok()) {
    EXPECT_EQ(image.error().code, Code::invalid_input);
    EXPECT_TRUE(image.error().what.starts_with("ELF " + std::string(fault_name(fault)) + ": "))
        << image.error().what;
  }
  return fault;
}

const ElfSegment code{0x10000, kRead | kExecute, Bytes(16, 0x13)};

Bytes with(std::size_t at, std::uint32_t value, std::size_t width) {
  Bytes file = elf_file(0x10000, {code});
  for (std::size_t i = 0; i < width; ++i) file[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
  return file;
}

TEST(Elf, SegmentsAreLoadedInTheOrderOfTheirAddresses) {
  const Bytes file = elf_file(0x10004, {{0x1000'0000, kRead | kWrite, {1, 2, 3}, 100},
                                        {0x20000, kRead, {9, 9}},
                                        code,
                                        {0, 0, {}, 0},
                                        {0x1000'0000, kRead, {}, 4, 7}});  // PT_TLS says nothing about memory
  const auto image = load_elf(file);
  ASSERT_TRUE(image.ok()) << image.error().what;
  EXPECT_EQ(image->entry, 0x10004u);
  ASSERT_EQ(image->segments.size(), 3u);
  EXPECT_EQ(image->segments[0].address, 0x10000u);
  EXPECT_TRUE(image->segments[0].executable);
  EXPECT_EQ(image->segments[0].bytes, Bytes(16, 0x13));
  EXPECT_EQ(image->segments[1].address, 0x20000u);
  EXPECT_FALSE(image->segments[1].executable || image->segments[1].writable);
  EXPECT_EQ(image->segments[2].address, 0x1000'0000u);
  EXPECT_TRUE(image->segments[2].writable);
  EXPECT_EQ(image->segments[2].bytes, (Bytes{1, 2, 3}));
  EXPECT_EQ(image->segments[2].memory_bytes, 100u);
}

TEST(Elf, HeadersThatAreNotOfAStaticRv32FileAreRefused) {
  EXPECT_EQ(fault_of({}), ElfFault::not_elf);
  EXPECT_EQ(fault_of(view("#!/bin/sh\n")), ElfFault::not_elf);
  EXPECT_EQ(fault_of(with(0, 0x7e, 1)), ElfFault::not_elf);
  EXPECT_EQ(fault_of(with(4, 2, 1)), ElfFault::not_rv32) << "64 bits";
  EXPECT_EQ(fault_of(with(5, 2, 1)), ElfFault::not_rv32) << "big endian";
  EXPECT_EQ(fault_of(with(6, 0, 1)), ElfFault::not_rv32);
  EXPECT_EQ(fault_of(with(20, 2, 4)), ElfFault::not_rv32);
  EXPECT_EQ(fault_of(with(18, 62, 2)), ElfFault::not_rv32) << "x86-64";
  EXPECT_EQ(fault_of(with(16, 1, 2)), ElfFault::not_static) << "an object file";
  EXPECT_EQ(fault_of(with(16, 3, 2)), ElfFault::not_static) << "a shared object";
  EXPECT_EQ(fault_of(with(36, 1, 4)), ElfFault::extension);
  EXPECT_EQ(fault_of(with(36, 2, 4)), ElfFault::extension);
  EXPECT_EQ(fault_of(with(36, 4, 4)), ElfFault::extension);
  EXPECT_EQ(fault_of(with(36, 8, 4)), ElfFault::extension);
  EXPECT_EQ(fault_of(elf_file(0x10000, {code, {0x10100, kRead, {0}, 0, 3}})), ElfFault::not_static);
  EXPECT_EQ(fault_of(elf_file(0x10000, {code, {0x10100, kRead, {0}, 0, 2}})), ElfFault::not_static);
}

TEST(Elf, FilesThatAreCutOffAtAnyByteAreRefused) {
  const Bytes file = elf_file(0x10000, {code, {0x1000'0000, kRead | kWrite, Bytes(8, 1)}});
  ASSERT_EQ(fault_of(file), ElfFault::none);
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_EQ(fault_of(ByteView(file).first(size)), size < 4 ? ElfFault::not_elf : ElfFault::truncated)
        << size;
  }
}

TEST(Elf, OffsetsAndSizesThatWrapAreRefused) {
  EXPECT_EQ(fault_of(with(28, 0xffff'fff0, 4)), ElfFault::truncated) << "program headers";
  EXPECT_EQ(fault_of(with(42, 31, 2)), ElfFault::truncated) << "their size";
  EXPECT_EQ(fault_of(with(44, 65, 2)), ElfFault::many_headers);
  EXPECT_EQ(fault_of(with(44, 0xffff, 2)), ElfFault::many_headers);
  EXPECT_EQ(fault_of(with(52 + 4, 0xffff'fffc, 4)), ElfFault::truncated) << "offset of a segment";
  EXPECT_EQ(fault_of(with(52 + 16, 0xffff'ffff, 4)), ElfFault::size) << "its bytes";
  EXPECT_EQ(fault_of(with(52 + 20, 0xffff'ffff, 4)), ElfFault::address) << "its memory";
}

TEST(Elf, AlignmentIsChecked) {
  EXPECT_EQ(fault_of(elf_file(0x10000, {code, {0x20002, kRead, {0}, 0, 1, 1}})), ElfFault::alignment);
  EXPECT_EQ(fault_of(elf_file(0x10000, {code, {0x20000, kRead, {0}, 0, 1, 3}})), ElfFault::alignment);
  EXPECT_EQ(fault_of(elf_file(0x10000, {code, {0x20000, kRead, {0}, 0, 1, 4096}})), ElfFault::alignment);
}

TEST(Elf, PermissionsAreChecked) {
  EXPECT_EQ(fault_of(elf_file(0x10000, {code, {0x1000'0000, kRead | kWrite | kExecute, {0}}})),
            ElfFault::permissions);
  EXPECT_EQ(fault_of(elf_file(0x10000, {code, {0x20000, kExecute, {0}}})), ElfFault::permissions);
  EXPECT_EQ(fault_of(elf_file(0x10000, {code, {0x1000'0000, kWrite, {0}}})), ElfFault::permissions);
}

TEST(Elf, EachSegmentLiesInTheRegionOfItsPermissions) {
  for (const auto& [address, flags] :
       std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, kRead},
                                                            {0xfffc, kRead},
                                                            {0x0fff'0000, kRead},
                                                            {0x0ffe'fffc, kRead},
                                                            {0x1000'0000, kRead},
                                                            {0x20000, kRead | kWrite},
                                                            {0x0fff'fffc, kRead | kWrite},
                                                            {0x2fff'fffc, kRead | kWrite},
                                                            {0x3000'0000, kRead | kWrite},
                                                            {0x3800'0000, kRead},
                                                            {0x8000'0000, kRead | kWrite},
                                                            {0xffff'fffc, kRead | kWrite}}) {
    EXPECT_EQ(fault_of(elf_file(0x10000, {code, {address, flags, Bytes(8)}})), ElfFault::address)
        << std::hex << address;
  }
  EXPECT_EQ(fault_of(elf_file(0x10000, {code,
                                        {0x0ffe'fffc, kRead, Bytes(4)},
                                        {0x1000'0000, kRead | kWrite, Bytes(4)},
                                        {0x2fff'fffc, kRead | kWrite, Bytes(4)}})),
            ElfFault::none);
}

TEST(Elf, SegmentsMayTouchButNotOverlap) {
  EXPECT_EQ(fault_of(elf_file(0x10000, {code, {0x10010, kRead, {0}}})), ElfFault::none);
  EXPECT_EQ(fault_of(elf_file(0x10000, {code, {0x1000c, kRead, {0}}})), ElfFault::overlap);
  EXPECT_EQ(fault_of(elf_file(0x10000, {code, code})), ElfFault::overlap);
  EXPECT_EQ(
      fault_of(elf_file(
          0x10000, {code, {0x1000'0100, kRead | kWrite, {0}}, {0x1000'0000, kRead | kWrite, {}, 0x104}})),
      ElfFault::overlap)
      << "in memory that is not in the file";
}

TEST(Elf, EntryIsInExecutableMemory) {
  EXPECT_EQ(fault_of(elf_file(0x10002, {code})), ElfFault::entry);
  EXPECT_EQ(fault_of(elf_file(0, {code})), ElfFault::entry);
  EXPECT_EQ(fault_of(elf_file(0x10010, {code})), ElfFault::entry);
  EXPECT_EQ(fault_of(elf_file(0x20000, {code, {0x20000, kRead, Bytes(4)}})), ElfFault::entry);
  EXPECT_EQ(fault_of(elf_file(0x10000, {{0x10000, kRead | kExecute, {0x13, 0, 0}}})), ElfFault::entry)
      << "half a word";
  EXPECT_EQ(fault_of(elf_file(0x10000, {})), ElfFault::entry);
}

TEST(Elf, LimitsHoldForCodeThatIsNotInTheFileAndForBytesThatAreSharedInIt) {
  EXPECT_EQ(fault_of(elf_file(0x10000, {{0x10000, kRead | kExecute, Bytes(4), 8u << 20}})), ElfFault::none);
  EXPECT_EQ(fault_of(elf_file(0x10000, {{0x10000, kRead | kExecute, Bytes(4), (8u << 20) + 4}})),
            ElfFault::too_large);
  std::vector<ElfSegment> many(9, ElfSegment{0, kRead, {}});
  for (std::size_t i = 0; i < many.size(); ++i)
    many[i].address = 0x0010'0000 + (static_cast<std::uint32_t>(i) << 24);
  many[0].bytes = Bytes(8u << 20);
  Bytes file = elf_file(0x10000, many);
  for (std::size_t i = 1; i < many.size(); ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      for (const std::size_t field : {4u, 16u, 20u}) file[52 + 32 * i + field + j] = file[52 + field + j];
    }
  }
  EXPECT_EQ(fault_of(file), ElfFault::too_large);
}

TEST(Elf, AnyDamagedByteGivesAnImageThatKeepsThePromises) {
  const Bytes file = elf_file(
      0x10000, {code, {0x20000, kRead, Bytes(8, 7)}, {0x1000'0000, kRead | kWrite, Bytes(8, 1), 64}});
  std::mt19937 random(5);
  for (int round = 0; round < 20'000; ++round) {
    Bytes damaged = file;
    for (std::uint32_t i = 0; i <= random() % 3; ++i)
      damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
    const auto image = load_elf(damaged);
    if (!image.ok()) continue;
    std::uint64_t end = 0;
    for (const ImageSegment& segment : image->segments) {
      ASSERT_GE(segment.address, end);
      ASSERT_LE(segment.bytes.size(), segment.memory_bytes);
      ASSERT_FALSE(segment.writable && segment.executable);
      end = std::uint64_t{segment.address} + segment.memory_bytes;
      const Region region = segment.writable ? Region::ram : Region::program;
      ASSERT_EQ(region_of(segment.address), region);
      ASSERT_EQ(region_of(static_cast<std::uint32_t>(end - 1)), region);
    }
  }
}

TEST(Image, DigestIsOfWhatIsLoadedAndNothingElse) {
  const auto digest = [](ByteView file) {
    const auto image = load_elf(file);
    return hex(image_digest(image.value()));
  };
  const ElfSegment ram{0x1000'0000, kRead | kWrite, {1, 2, 0, 0}, 100};
  const std::string first = digest(elf_file(0x10000, {code, ram}));
  EXPECT_EQ(first, digest(elf_file(0x10000, {ram, code}))) << "order of headers";
  EXPECT_EQ(first, digest(elf_file(0x10000, {code, {0x1000'0000, kRead | kWrite, {1, 2}, 100}})))
      << "zeros in the file";
  EXPECT_NE(first, digest(elf_file(0x10004, {code, ram})));
  EXPECT_NE(first, digest(elf_file(0x10000, {code, {0x1000'0000, kRead | kWrite, {1, 3, 0, 0}, 100}})));
  EXPECT_NE(first, digest(elf_file(0x10000, {code, {0x1000'0004, kRead | kWrite, {1, 2, 0, 0}, 100}})));
  EXPECT_NE(first, digest(elf_file(0x10000, {code, {0x1000'0000, kRead | kWrite, {1, 2, 0, 0}, 104}})));
  EXPECT_NE(digest(elf_file(0x10000, {code, {0x20000, kRead, {1}}})),
            digest(elf_file(0x10000, {code, {0x20000, kRead | kExecute, {1}}})));
}

TEST(AddressSpace, PermissionsDependOnTheUpperHalfOfAnAddress) {
  for (std::uint32_t high = 0; high <= 0xffff; ++high) {
    const Region region = region_of(high << 16);
    EXPECT_EQ(region, region_of(high << 16 | 0xffff));
    EXPECT_TRUE(is_readable(region) || !is_writable(region));
  }
  EXPECT_EQ(region_of(kProgramBegin - 1), Region::none);
  EXPECT_EQ(region_of(kProgramBegin), Region::program);
  EXPECT_EQ(region_of(kProgramEnd), Region::none);
  EXPECT_EQ(region_of(kRamBegin - 1), Region::none);
  EXPECT_EQ(region_of(kRamBegin), Region::ram);
  EXPECT_EQ(region_of(kJournalBegin), Region::journal);
  EXPECT_EQ(region_of(kJournalEnd), Region::none);
  EXPECT_EQ(region_of(kInputBegin), Region::input);
  EXPECT_EQ(region_of(kInputEnd), Region::none);
  EXPECT_FALSE(is_writable(Region::program) || is_writable(Region::input) || is_readable(Region::none));
}

}  // namespace
}  // namespace cairn::rv32
