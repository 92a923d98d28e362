#include "common/log_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <thread>
#include <vector>

#include "common/json.h"
#include "common/log.h"
#include "tests/support/process.h"

namespace cairn::log {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFull = 20'000;
constexpr std::uint64_t kLine = 400;  // more than any line here has

class LogFiles : public testing::Test {
 protected:
  /// In a process whose standard streams are appended to the file `path`.
  void in_process(const std::string& path, const std::function<void()>& say) {
    std::fflush(stdout);  // or the child would say what is left in it, too
    const pid_t child = fork();
    if (child == 0) {
      const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
      dup2(fd, 1);
      dup2(fd, 2);
      say();
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_EQ(status, 0);
  }
  /// The files that there are, oldest first.
  std::vector<fs::path> found() const {
    std::map<int, fs::path, std::greater<>> by_age;
    for (const auto& entry : fs::directory_iterator(dir.path())) {
      const std::string tail = entry.path().extension();
      by_age[tail == ".log" ? 0 : std::stoi(tail.substr(1))] = entry.path();
    }
    std::vector<fs::path> out;
    for (const auto& [age, path] : by_age) out.push_back(path);
    return out;
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const fs::path& path : found()) {
      std::ifstream in(path);
      for (std::string line; std::getline(in, line);) out.push_back(line);
    }
    return out;
  }

  test::TempDir dir;
  const std::string file = dir / "it.log";
};

constexpr int kThreads = 4, kLines = 3'000;

void say_much(const Files& files) {
  start("worker", "prove", "it", Level::info);
  keep_within(files);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < kLines; ++i) info("said", {{"thread", t}, {"i", i}});
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(LogFiles, NoLineIsLostOrTornWhenThreadsWriteWhileOneFollowsAnother) {
  in_process(file, [&] { say_much({file, {kFull, 1'000}}); });
  EXPECT_GT(found().size(), 50u);
  std::vector<int> next(kThreads);
  for (const std::string& line : lines()) {
    const Json said = Json::parse(line, nullptr, false);
    ASSERT_TRUE(said.is_object()) << line;
    const int thread = said.at("thread");
    // Those that are on their way while the file is exchanged may overtake those of others, never of their
    // own.
    ASSERT_EQ(said.at("i"), next.at(static_cast<std::size_t>(thread))++);
  }
  EXPECT_EQ(next, std::vector<int>(kThreads, kLines));
}

TEST_F(LogFiles, TheYoungestAreKeptWithinTheirBounds) {
  for (const std::uint32_t count : {2u, 5u}) {
    for (int number = 1; number < 9; ++number)
      std::ofstream(file + "." + std::to_string(number)) << "of other bounds\n";
    in_process(file, [&] { say_much({file, {kFull, count}}); });
    EXPECT_EQ(found().size(), count);
    for (const fs::path& path : found()) {
      EXPECT_LT(fs::file_size(path), kFull + kThreads * kLine);
      struct stat status {};
      ASSERT_EQ(stat(path.c_str(), &status), 0);
      EXPECT_EQ(status.st_mode & 07777, 0600u);
    }
    std::vector<int> first(kThreads, -1), last(kThreads, -1);
    for (const std::string& line : lines()) {
      const Json said = Json::parse(line, nullptr, false);
      ASSERT_TRUE(said.is_object()) << line;
      const auto thread = said.at("thread").get<std::size_t>();
      if (first.at(thread) < 0) first[thread] = said.at("i");
      ASSERT_TRUE(last[thread] < 0 || said.at("i") == last[thread] + 1) << line;
      last[thread] = said.at("i");
    }
  }
}

TEST_F(LogFiles, StandardOutputGoesOnInTheNewOne) {
  std::ofstream(file) << std::string(kFull, 'x') << '\n';
  in_process(file, [&] {
    start("worker", "prove", "it", Level::info);
    keep_within({file, {kFull, 2}});
    info("still_in_the_old_one");
    std::printf("of a library\n");
    std::fflush(stdout);
    info("in_the_new_one");
  });
  const auto all = found();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1], file);
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line, "of a library");
  std::getline(in, line);
  EXPECT_EQ(Json::parse(line)["event"], "in_the_new_one");
}

TEST_F(LogFiles, OfAnotherIsLeftAlone) {
  std::ofstream(file) << std::string(kFull, 'x') << '\n';
  const std::string terminal = dir / "other.log";
  in_process(terminal, [&] { say_much({file, {kFull, 2}}); });
  EXPECT_EQ(fs::file_size(file), kFull + 1);
  EXPECT_GT(fs::file_size(terminal), kFull);
  EXPECT_FALSE(fs::exists(file + ".1"));
}

TEST_F(LogFiles, WithoutRoomForANewOneTheOldOneGoesOn) {
  fs::create_directory(file + ".new");  // in the place of the file that would follow
  in_process(file, [&] { say_much({file, {kFull, 2}}); });
  fs::remove(file + ".new");
  EXPECT_EQ(lines().size(), std::size_t{kThreads} * kLines);
  EXPECT_FALSE(fs::exists(file + ".1"));
}

TEST_F(LogFiles, OneThatIsOpenedForEachLineIsFollowedByAnother) {
  const Files files{file, {100, 3}};
  EXPECT_FALSE(begin_anew(files)) << "there is none";
  int said = 0;
  const auto say = [&] {
    std::ofstream(file, std::ios::app) << std::string(49, 'a' + static_cast<char>(said++ % 26)) << '\n';
  };
  say();
  EXPECT_FALSE(begin_anew(files));
  for (int i = 0; i < 5; ++i) {
    say();
    begin_anew(files);
  }
  EXPECT_EQ(lines(), (std::vector<std::string>{std::string(49, 'c'), std::string(49, 'd'),
                                               std::string(49, 'e'), std::string(49, 'f')}));
  EXPECT_EQ(fs::file_size(file), 0u);
}

}  // namespace
}  // namespace cairn::log
