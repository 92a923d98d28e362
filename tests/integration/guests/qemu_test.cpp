// Random programs, here and on QEMU: the same file must leave the same registers and the same memory.
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "prover/rv32/elf.h"
#include "prover/rv32/executor.h"
#include "tests/unit/prover/rv32/elf_file.h"
#include "tests/unit/prover/rv32/random_program.h"

namespace cairn::rv32 {
namespace {

using test::Assembler, test::a0, test::a1, test::a7, test::kScratch, test::kScratchBytes;

/// Ends by writing the page to standard output, as Linux programs do: that call is where this machine stops.
Bytes program(std::uint64_t seed, const std::vector<Family>& families, std::size_t length,
              std::uint32_t rounds) {
  Assembler code = test::RandomProgram(seed).make(families, length, rounds);
  code.li(a0, 1).li(a1, kScratch).li(12, kScratchBytes).li(a7, 64).op(Op::ecall, 0, 0, 0);
  code.li(a0, 0).li(a7, 93).op(Op::ecall, 0, 0, 0);
  Bytes text, page(kScratchBytes);
  for (const std::uint32_t word : code.words) put_u32(text, word);
  std::mt19937_64 random(seed);
  for (std::uint8_t& byte : page) byte = static_cast<std::uint8_t>(random());
  return test::elf_file(test::kCode, {{test::kCode, test::kRead | test::kExecute, text, 0, 1, 4096, 4096},
                                      {kScratch, test::kRead | test::kWrite, page, 0, 1, 4096, 4096}});
}

Bytes page_here(ByteView elf) {
  Executor executor = Executor::start(load_elf(elf).value(), {}, {10'000'000, 1 << 20}).value();
  (void)executor.run_segment(SegmentLimits(), false);
  EXPECT_EQ(executor.trap().trap, Trap::unknown_ecall) << to_text(executor.trap());
  EXPECT_EQ(executor.trap().value, 64u);
  return executor.memory(kScratch, kScratchBytes);
}

Bytes page_of_qemu(ByteView elf) {
  char path[] = "/tmp/cairn-rv32-XXXXXX";
  const int fd = mkstemp(path);
  EXPECT_GE(fd, 0);
  EXPECT_EQ(write(fd, elf.data(), elf.size()), static_cast<ssize_t>(elf.size()));
  EXPECT_EQ(fchmod(fd, 0700), 0) << "QEMU wants it executable";
  close(fd);
  std::FILE* const pipe = popen((std::string("qemu-riscv32 ") + path + " </dev/null").c_str(), "r");
  Bytes page(kScratchBytes + 1);
  page.resize(std::fread(page.data(), 1, page.size(), pipe));
  EXPECT_EQ(pclose(pipe), 0) << "qemu-riscv32, of the Debian package qemu-user, ends otherwise";
  unlink(path);
  return page;
}

std::string difference(const Bytes& here, const Bytes& there) {
  if (here.size() != there.size()) return "sizes";
  for (std::size_t i = 0; i < here.size(); ++i) {
    if (here[i] == there[i]) continue;
    return i >= test::kRegistersAt ? "x" + std::to_string((i - test::kRegistersAt) / 4)
                                   : "memory at " + std::to_string(i);
  }
  return "";
}

TEST(Qemu, AgreesOnEveryFamily) {
  for (std::size_t f = 0; f < kFamilies; ++f) {
    const auto family = static_cast<Family>(f);
    if (family == Family::system) continue;
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      SCOPED_TRACE(std::string(family_name(family)) + " seed " + std::to_string(seed));
      const Bytes elf = program(100 * f + seed, {family}, 3000, 2);
      EXPECT_EQ(difference(page_here(elf), page_of_qemu(elf)), "");
    }
  }
}

TEST(Qemu, AgreesOnMixturesOfAllFamilies) {
  std::vector<Family> all;
  for (std::size_t f = 0; f < kFamilies; ++f) {
    if (static_cast<Family>(f) != Family::system) all.push_back(static_cast<Family>(f));
  }
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Bytes elf = program(seed, all, 4000, 20);
    EXPECT_EQ(difference(page_here(elf), page_of_qemu(elf)), "");
  }
}

}  // namespace
}  // namespace cairn::rv32
