#include "common/new_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "tests/support/process.h"

namespace cairn {
namespace {

namespace fs = std::filesystem;

class NewFile : public testing::Test {
 protected:
  std::string read() const {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t left() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()));
  }
  /// Runs `call` in a process that is killed when it writes more than `bytes` to a file; the signal.
  static int killed_at(rlim_t bytes, const std::function<void()>& call) {
    const pid_t child = fork();
    if (child == 0) {
      std::signal(SIGXFSZ, SIG_DFL);
      const rlimit files{bytes, bytes}, none{0, 0};
      setrlimit(RLIMIT_CORE, &none);
      setrlimit(RLIMIT_FSIZE, &files);
      call();
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }
  test::TempDir dir;
  const fs::path file = dir / "key";
  const std::string content = std::string(300, 'k') + "\n";
};

TEST_F(NewFile, HasItsContentAndModeWhateverTheUmask) {
  for (const mode_t umask : {0777, 0}) {
    for (const mode_t mode : {0600, 0644}) {
      fs::remove(file);
      const mode_t before = ::umask(umask);
      const Status made = create_file(file, content, mode);
      ::umask(before);
      ASSERT_TRUE(made.ok()) << made.error().what;
      struct stat status {};
      ASSERT_EQ(::stat(file.c_str(), &status), 0);
      EXPECT_EQ(status.st_mode & 07777, mode);
      EXPECT_EQ(read(), content);
      EXPECT_EQ(left(), 1u);
    }
  }
}

TEST_F(NewFile, NeverReplacesAnother) {
  std::ofstream(file) << "old";
  EXPECT_EQ(create_file(file, content, 0600).error().code, Code::conflict);
  EXPECT_EQ(read(), "old");
  EXPECT_EQ(left(), 1u);
}

TEST_F(NewFile, IsNotThereWhenItsMakerIsKilledHalfWay) {
  for (const rlim_t bytes : {0, 1, 299}) {
    ASSERT_EQ(killed_at(bytes, [&] { (void)create_file(file, content, 0600); }), SIGXFSZ) << bytes;
    EXPECT_FALSE(fs::exists(file)) << bytes;
  }
  const Status made = create_file(file, content, 0600);
  ASSERT_TRUE(made.ok()) << "what the dead have left is not in the way: " << made.error().what;
  EXPECT_EQ(read(), content);
}

TEST_F(NewFile, LeavesNothingWhenItCannotBeWritten) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{10, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status made = create_file(file, content, 0600);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(made.error().code, Code::failed);
  EXPECT_EQ(left(), 0u);
}

TEST_F(NewFile, WithoutAFolderIsNotFound) {
  EXPECT_EQ(create_file(dir / "none/key", content, 0600).error().code, Code::not_found);
  EXPECT_EQ(create_file(dir / std::string(300, 'n'), content, 0600).error().code, Code::failed);
}

}  // namespace
}  // namespace cairn
