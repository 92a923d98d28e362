#include "prover/process/work_dir.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/prover/support.h"

namespace cairn::prover {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::size_t entries_in(const fs::path& dir) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(dir), {}));
}

class WorkDirs : public testing::Test {
 protected:
  WorkDirs() {
    auto opened = WorkRoot::open(temp / "work");
    CAIRN_ASSERT(opened.ok());
    root = *std::move(opened);
  }
  WorkDir make() { return *root->make(); }

  TempDir temp;
  std::unique_ptr<WorkRoot> root;
};

TEST_F(WorkDirs, ArePrivateAndDistinct) {
  const WorkDir a = make();
  const WorkDir b = make();
  EXPECT_NE(a.path(), b.path());
  struct stat s {};
  ASSERT_EQ(::stat(a.path().c_str(), &s), 0);
  EXPECT_EQ(s.st_mode & 07777, 0700u);
  ASSERT_EQ(::stat((temp / "work").c_str(), &s), 0);
  EXPECT_EQ(s.st_mode & 07777, 0700u);
}

TEST_F(WorkDirs, AreRemovedWithEverythingInThem) {
  fs::path path;
  {
    const WorkDir dir = make();
    path = dir.path();
    fs::create_directories(path / "a/b/c");
    fs::create_directories(path / "moved-0/x");  // names that the removal itself uses
    write_file(path / "moved-1", "");
    write_file(path / "a/b/file", "x");
    ::mkfifo((path / "a/pipe").c_str(), 0600);
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(WorkDirs, LinksAreRemovedAndNotFollowed) {
  fs::create_directories(temp / "outside");
  write_file(temp / "outside/file", "kept");
  {
    const WorkDir dir = make();
    fs::create_symlink(temp / "outside", dir.path() / "link");
    fs::create_directories(dir.path() / "a");
    fs::create_symlink(temp / "outside", dir.path() / "a/link");
  }
  EXPECT_EQ(read_file(temp / "outside/file"), "kept");
}

TEST_F(WorkDirs, AreRemovedWhenNestedDeeperThanPathsAndDescriptorsReach) {
  fs::path path;
  rlimit descriptors{};
  {
    const WorkDir dir = make();
    path = dir.path();
    const std::string name(200, 'd');
    int at = ::open(path.c_str(), O_RDONLY | O_DIRECTORY);
    for (int depth = 0; depth < 100; ++depth) {
      ASSERT_EQ(::mkdirat(at, name.c_str(), 0700), 0);
      const int next = ::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY);
      ::close(at);
      at = next;
    }
    ::close(at);
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &descriptors), 0);
    const rlimit few{64, descriptors.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  }
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &descriptors), 0);
  EXPECT_FALSE(fs::exists(path));
}

TEST(WorkDirsOfAnOrdinaryUser, AreRemovedWhenTheProgramTookThePermissionsAway) {
  const TempDir temp;
  fs::permissions(temp.path(), fs::perms::all);
  EXPECT_EXIT(
      {
        if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
        auto root = WorkRoot::open(temp / "work");
        if (!root.ok()) ::_exit(3);
        fs::path path;
        {
          const WorkDir dir = *(*root)->make();
          path = dir.path();
          fs::create_directories(path / "a/b/c");
          for (const char* name : {"a/b/c", "a/b", "a", ""}) fs::permissions(path / name, fs::perms::none);
        }
        ::_exit(fs::exists(path) ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(WorkDirs, PoolIsRemovedWithItsOwner) {
  { const WorkDir dir = make(); }
  root.reset();
  EXPECT_EQ(entries_in(temp / "work"), 1u) << "more than .lock";
}

TEST_F(WorkDirs, PoolOfADeadProcessIsRemovedAndThatOfALiveOneIsNot) {
  const WorkDir kept = make();
  const pid_t dies = ::fork();
  ASSERT_GE(dies, 0);
  if (dies == 0) {
    auto mine = WorkRoot::open(temp / "work");
    (void)(*(*mine)->make()).write("input", view("left behind"));
    ::_exit(0);  // no destructor runs, as with SIGKILL
  }
  ::waitpid(dies, nullptr, 0);
  EXPECT_EQ(entries_in(temp / "work"), 3u) << ".lock and two pools";

  auto next = WorkRoot::open(temp / "work");
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(entries_in(temp / "work"), 3u) << "the dead pool, and only it, made room for the new one";
  EXPECT_TRUE(fs::exists(kept.path()));
}

TEST(WorkRootPath, MustBePrivate) {
  const TempDir temp;
  fs::create_directories(temp / "open");
  fs::permissions(temp / "open", fs::perms::all);
  const auto refused = WorkRoot::open(temp / "open");
  EXPECT_EQ(refused.error().code, Code::invalid_input);
  EXPECT_THAT(refused.error().what, HasSubstr((temp / "open").string()));
  write_file(temp / "file", "");
  EXPECT_EQ(WorkRoot::open(temp / "file").error().code, Code::invalid_input);
}

TEST(WorkRootPath, IsMadeWithItsParents) {
  const TempDir temp;
  EXPECT_TRUE(WorkRoot::open(temp / "a/b/work").ok());
}

// Files

TEST_F(WorkDirs, ReadBackWhatWasWritten) {
  const WorkDir dir = make();
  ASSERT_TRUE(dir.write("input", view("bytes")).ok());
  EXPECT_EQ(text(*dir.read("input", 5)), "bytes");
  EXPECT_EQ(dir.read("input", 4).error().code, Code::exhausted);
  EXPECT_FALSE(dir.write("input", view("again")).ok());
}

TEST_F(WorkDirs, ReadRefusesWhatIsNotAFile) {
  const WorkDir dir = make();
  write_file(temp / "secret", "secret");
  fs::create_symlink(temp / "secret", dir.path() / "link");
  fs::create_directories(dir.path() / "directory");
  ASSERT_EQ(::mkfifo((dir.path() / "pipe").c_str(), 0600), 0);
  for (const char* name : {"missing", "link", "directory", "pipe"}) {
    const auto read = dir.read(name, 100);
    ASSERT_FALSE(read.ok()) << name;
    EXPECT_EQ(read.error().code, Code::failed) << name;
  }
}

TEST_F(WorkDirs, ReadDoesNotAllocateForAHugeSparseFile) {
  const WorkDir dir = make();
  write_file(dir.path() / "output", "");
  ASSERT_EQ(::truncate((dir.path() / "output").c_str(), off_t{1} << 40), 0);
  const auto read = dir.read("output", 100);
  EXPECT_EQ(read.error().code, Code::exhausted);
  EXPECT_EQ(read.error().what, "output of 1099511627776 bytes, at most 100");
}

}  // namespace
}  // namespace cairn::prover
