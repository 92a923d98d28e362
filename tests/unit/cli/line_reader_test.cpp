#include "cli/line_reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "tests/support/process.h"

namespace cairn::cli {
namespace {

using namespace std::string_literals;

const std::atomic<bool> go_on = false;

std::vector<std::string> lines_of(const std::string& bytes, std::size_t bytes_max) {
  const test::TempDir dir;
  std::ofstream(dir / "in", std::ios::binary) << bytes;
  const int fd = open((dir / "in").c_str(), O_RDONLY | O_CLOEXEC);
  LineReader reader(fd, bytes_max);
  std::vector<std::string> out;
  for (;;) {
    const auto line = reader.next(go_on);
    EXPECT_TRUE(line.ok());
    if (!line.ok() || !*line) break;
    out.push_back(**line);
  }
  close(fd);
  return out;
}

TEST(LineReader, TakesLinesAsTheyAre) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(lines_of("", 9), Lines());
  EXPECT_EQ(lines_of("\n", 9), Lines{""});
  EXPECT_EQ(lines_of("a\n\nb\n", 9), (Lines{"a", "", "b"}));
  EXPECT_EQ(lines_of("a\nb", 9), (Lines{"a", "b"})) << "the last needs no end";
  EXPECT_EQ(lines_of("a\r\n\0\xff\n"s, 9), (Lines{"a\r", "\0\xff"s}));
}

TEST(LineReader, CutsALongLineAndGoesOnBehindIt) {
  const std::string at_most(5, 'x'), longer(6, 'x');
  EXPECT_EQ(lines_of(at_most + "\n" + longer + "\nnext\n", 5), (std::vector{at_most, longer, "next"s}));
  const std::string huge(1 << 20, 'y');  // many blocks
  EXPECT_EQ(lines_of(huge + "\nnext\n" + huge, 5), (std::vector{"yyyyyy"s, "next"s, "yyyyyy"s}));
  EXPECT_EQ(lines_of(huge + "\nnext", huge.size()), (std::vector{huge, "next"s}));
}

TEST(LineReader, StopsInTheMiddleOfALineThatDoesNotEnd) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  ASSERT_EQ(write(ends[1], "a\nb", 3), 3);
  LineReader reader(ends[0], 9);
  std::atomic<bool> stop = false;
  EXPECT_EQ(**reader.next(stop), "a");
  std::thread later([&] { stop = true; });
  const auto part = reader.next(stop);
  later.join();
  ASSERT_FALSE(part.ok());
  EXPECT_EQ(part.error().code, Code::cancelled);
  for (const int fd : ends) close(fd);
}

TEST(LineReader, StopsInAStreamThatHasNoLines) {
  const int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  LineReader reader(fd, 9);
  std::atomic<bool> stop = false;
  std::thread later([&] { stop = true; });
  const auto line = reader.next(stop);
  later.join();
  ASSERT_FALSE(line.ok());
  EXPECT_EQ(line.error().code, Code::cancelled);
  close(fd);
}

TEST(LineReader, WhatCannotBeReadIsAnError) {
  const int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const auto line = LineReader(fd, 9).next(go_on);
  ASSERT_FALSE(line.ok());
  EXPECT_EQ(line.error().what, "the lines cannot be read: Is a directory");
  close(fd);
}

}  // namespace
}  // namespace cairn::cli
