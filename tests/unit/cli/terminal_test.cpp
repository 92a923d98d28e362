#include "cli/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "cli/view.h"

namespace cairn::cli {
namespace {

TEST(Fit, CutsLongLinesAndCountsTheRest) {
  EXPECT_EQ(fit("one\ntwo\n", {2, 80}), "one\ntwo\n");
  EXPECT_EQ(fit("one\ntwo\nthree\n", {2, 80}), "one\n… 2 more lines\n");
  EXPECT_EQ(fit("abcdef\n", {5, 3}), "abc\n");
  EXPECT_EQ(fit("a\nb\n", {1, 80}), "… 2 more lines\n");
  EXPECT_EQ(fit("a\nb\n", {0, 80}), "");
  EXPECT_EQ(fit("", {5, 80}), "");
}

TEST(Fit, CountsWhatIsSeen) {
  EXPECT_EQ(fit("\x1b[31mred\x1b[0m\n", {5, 3}), "\x1b[31mred\x1b[0m\n") << "colour takes no room";
  EXPECT_EQ(fit("\x1b[31mredder\x1b[0m\n", {5, 3}), "\x1b[31mred\x1b[0m\n")
      << "and ends where the line is cut";
  EXPECT_EQ(fit("äöü…\n", {5, 3}), "äöü\n") << "no character is cut in two";
}

TEST(Bar, IsFilledByTheShare) {
  EXPECT_EQ(bar(0, 4), "[....]");
  EXPECT_EQ(bar(0.5, 4), "[##..]");
  EXPECT_EQ(bar(1, 4), "[####]");
  EXPECT_EQ(bar(0.999, 4), "[###.]") << "full only at the end";
  for (const double odd : {7.0, 1e300}) EXPECT_EQ(bar(odd, 4), "[####]");
  for (const double odd : {-1.0, 0.0 / 0.0}) EXPECT_EQ(bar(odd, 4), "[....]");
}

TEST(Duration, IsForPeople) {
  EXPECT_EQ(duration_text(0.2), "1 s");
  EXPECT_EQ(duration_text(59), "59 s");
  EXPECT_EQ(duration_text(60), "1 min");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(7'500), "2 h 5 min");
}

TEST(Progress, ShowsRateAndTimeLeftOnceItMoves) {
  Progress progress("proving", "sequences");
  EXPECT_EQ(progress.line(0, 0, 4, 200), "proving [........................] 0 %  0/4 sequences");
  EXPECT_EQ(progress.line(1'000, 0, 4, 200), "proving [........................] 0 %  0/4 sequences");
  EXPECT_EQ(progress.line(2'000, 1, 4, 200),
            "proving [######..................] 25 %  1/4 sequences  0.5/s  6 s left");
  EXPECT_EQ(progress.line(4'000, 2.5, 4, 200),
            "proving [###############.........] 62 %  2/4 sequences  0.6/s  3 s left");
  EXPECT_EQ(progress.line(5'000, 4, 4, 200), "proving [########################] 100 %  4/4 sequences");
  EXPECT_EQ(progress.line(5'000, 4, 4, 12), "proving [###");
}

TEST(Progress, CountsSlowThingsByTheMinute) {
  Progress progress("p", "proofs");
  progress.line(0, 0, 10, 200);
  EXPECT_EQ(progress.line(50'000, 1, 10, 200),
            "p [##......................] 10 %  1/10 proofs  1.2/min  7 min 30 s left");
}

TEST(Progress, OfNothingIsNothing) {
  Progress progress("p", "proofs");
  EXPECT_EQ(progress.line(0, 0, 0, 200), "p [........................] 0 %  0/0 proofs");
}

TEST(ProgressLine, IsPlainAndRareWithoutATerminal) {
  std::FILE* file = std::tmpfile();
  {
    ProgressLine line(file, "p", "proofs");
    for (int i = 0; i <= 100; ++i) line.show(i * 100, i, 100);
  }
  const auto size = static_cast<std::size_t>(std::ftell(file));
  std::rewind(file);
  std::string out(size, '\0');
  EXPECT_EQ(std::fread(out.data(), 1, size, file), size);
  std::fclose(file);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 11);
  EXPECT_EQ(out.find_first_of("\x1b\r"), std::string::npos);
  EXPECT_NE(out.find("100 %"), std::string::npos);
}

/// A terminal of our own.
class TerminalTest : public testing::Test {
 protected:
  void SetUp() override {
    master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    ASSERT_GE(master, 0);
    ASSERT_EQ(grantpt(master), 0);
    ASSERT_EQ(unlockpt(master), 0);
    terminal = std::fopen(ptsname(master), "w");
    ASSERT_NE(terminal, nullptr);
  }
  void TearDown() override {
    std::fclose(terminal);
    close(master);
  }
  void resize(unsigned short rows, unsigned short columns) {
    const winsize size{rows, columns, 0, 0};
    ASSERT_EQ(ioctl(master, TIOCSWINSZ, &size), 0);
  }
  std::string seen() {
    std::string out;
    char buffer[4096];
    for (ssize_t n; (n = read(master, buffer, sizeof buffer)) > 0;)
      out.append(buffer, static_cast<std::size_t>(n));
    return out;
  }

  int master = -1;
  std::FILE* terminal = nullptr;
};

TEST_F(TerminalTest, FullScreenFollowsTheSizeAndLeavesNothing) {
  resize(3, 10);
  {
    FullScreen screen(terminal);
    screen.draw("0123456789ABC\nsecond\nthird\nfourth\n");
    const std::string first = seen();
    EXPECT_NE(first.find("\x1b[?1049h"), std::string::npos);
    EXPECT_NE(first.find("0123456789\x1b[K"), std::string::npos);
    EXPECT_EQ(first.find('A'), std::string::npos);
    EXPECT_NE(first.find("… 2 more l"), std::string::npos);
    EXPECT_FALSE(first.ends_with("\n\x1b[K\x1b[J")) << "a line end at the bottom would scroll";
    resize(24, 80);
    screen.draw("0123456789ABC\nsecond\nthird\nfourth\n");
    const std::string second = seen();
    EXPECT_NE(second.find("0123456789ABC"), std::string::npos);
    EXPECT_NE(second.find("fourth"), std::string::npos);
    EXPECT_EQ(second.find("\x1b[2J"), std::string::npos) << "a cleared screen would flicker";
  }
  EXPECT_NE(seen().find("\x1b[?25h\x1b[?1049l"), std::string::npos);
}

TEST_F(TerminalTest, APageInPlaceNeverOutgrowsTheTerminal) {
  resize(6, 40);
  Screen screen(terminal);
  PoolView view;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g"}) view.stages.push_back({name, {}});
  screen.draw(view, "the progress");
  const std::string first = seen();
  EXPECT_LE(std::count(first.begin(), first.end(), '\n'), 5) << "the cursor's line is the last";
  EXPECT_NE(first.find("the progress"), std::string::npos);
  screen.draw(view, "the progress");
  EXPECT_NE(seen().find("\x1b[5A\x1b[J"), std::string::npos) << "back over exactly what it drew";
}

TEST_F(TerminalTest, ProgressLineIsRedrawnInPlace) {
  resize(24, 30);
  {
    ProgressLine line(terminal, "p", "proofs");
    line.show(0, 1, 4);
    line.show(1'000, 2, 4);
  }
  const std::string out = seen();
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1) << "only at its end";
  EXPECT_EQ(std::count(out.begin(), out.end(), '#'), 18);
}

TEST(ShareDone, IsZeroBeforeTheSequenceIsCut) {
  SequenceView sequence;
  sequence.stages = {{"ingest", 1, 1}, {"split", 1, 2}, {"prove", 0, 0}};
  EXPECT_EQ(share_done(sequence), 0);
  sequence.stages = {{"ingest", 1, 1}, {"split", 2, 2}, {"prove", 1, 4}, {"aggregate", 0, 1}};
  EXPECT_EQ(share_done(sequence), 0.5);
}

}  // namespace
}  // namespace cairn::cli
