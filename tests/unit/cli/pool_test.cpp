#include "cli/pool.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <tuple>

#include "cli/supervisor.h"
#include "common/clock.h"
#include "stages/stages.h"
#include "tests/support/process.h"

namespace cairn::cli {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

void name_dispatchers(Pool& pool) {
  for (const stages::StageRow& row : stages::all_stages())
    pool.dispatchers[std::string(row.name)] = {"ipc:///x.sock"};
}

TEST(PoolFile, IsReadAsItWasSaved) {
  const test::TempDir dir;
  auto made = make_pool(dir / "s");
  ASSERT_TRUE(made.ok());
  Pool& pool = *made;
  pool.name = "main";
  pool.chain_id = 7;
  name_dispatchers(pool);
  ASSERT_TRUE(save(pool).ok());
  const auto found = find_pool(dir / "s");
  ASSERT_TRUE(found.ok()) << found.error().what;
  EXPECT_EQ(found->run, pool.run);
  EXPECT_EQ(found->chain_id, 7u);
  EXPECT_EQ(found->dispatchers, pool.dispatchers);
}

// What is written goes to a disk that is full: the kernel says so only when the buffer is written out.
TEST(PoolFile, AFullDiskLeavesTheOldOne) {
  const test::TempDir dir;
  auto pool = make_pool(dir / "s");
  ASSERT_TRUE(pool.ok());
  name_dispatchers(*pool);
  pool->name = "before";
  ASSERT_TRUE(save(*pool).ok());
  fs::create_symlink("/dev/full", pool->path("pool.json.new"));
  pool->name = "after";
  const Status saved = save(*pool);
  ASSERT_FALSE(saved.ok());
  EXPECT_NE(saved.error().what.find("pool.json"), std::string::npos) << saved.error().what;
  ASSERT_FALSE(fs::is_symlink(pool->path("pool.json"))) << "what could not be written took its place";
  const auto found = find_pool(dir / "s");
  ASSERT_TRUE(found.ok()) << found.error().what;
  EXPECT_EQ(found->name, "before");
}

TEST(PoolFile, IsReadWithinALimit) {
  const test::TempDir dir;
  auto pool = make_pool(dir / "s");
  ASSERT_TRUE(pool.ok());
  fs::create_symlink("/dev/zero", pool->path("pool.json"));
  const auto found = find_pool(dir / "s");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::corrupt);
}

TEST(SupervisorPids, AFullDiskLeavesTheOldOnes) {
  const test::TempDir dir;
  const std::string pids = dir / "pids";
  Supervisor supervisor(pids);
  const auto sleeper = [&](const std::string& name) {
    return Supervisor::Spec{.child = {name, {"sleep", "600"}, dir / (name + ".log"), {}}};
  };
  ASSERT_TRUE(supervisor.start(sleeper("first")).ok());
  const std::string before = content(pids);
  EXPECT_NE(before.find(" first\n"), std::string::npos) << before;
  fs::create_symlink("/dev/full", pids + ".new");
  ASSERT_TRUE(supervisor.start(sleeper("second")).ok());
  ASSERT_FALSE(fs::is_symlink(pids)) << "what could not be written took its place";
  EXPECT_EQ(content(pids), before);
  fs::remove(pids + ".new");
}

/// False when patience ends first.
bool tends_until(Supervisor& supervisor, const std::function<bool()>& done) {
  const std::int64_t until = steady_ms() + 20'000;
  while (!done()) {
    if (steady_ms() > until) return false;
    supervisor.tend();
  }
  return true;
}

TEST(SupervisorLogs, AFullOneIsFollowedByAnotherWhenItsChildStarts) {
  const test::TempDir dir;
  const std::string log = dir / "echo.log";
  std::ofstream(log) << std::string(100, 'x') << '\n';
  Supervisor supervisor(dir / "pids", {.file_bytes_max = 101, .files = 2});
  ASSERT_TRUE(supervisor.start({.child = {"echo", {"echo", "it"}, log, {}}}).ok());
  EXPECT_TRUE(tends_until(supervisor, [&] { return content(log).starts_with("it\n"); })) << content(log);
  EXPECT_EQ(content(log + ".1"), std::string(100, 'x') + "\n");
}

TEST(SupervisorLogs, OneThatItsChildOpensForEachLineIsFollowedWhileItRuns) {
  const test::TempDir dir;
  const std::string log = dir / "redis.log", held = dir / "held.log";
  Supervisor supervisor(dir / "pids", {.file_bytes_max = 101, .files = 3});
  for (const auto& [name, path, opens] : {std::tuple("redis", log, true), std::tuple("held", held, false)})
    ASSERT_TRUE(supervisor.start({.child = {name, {"sleep", "600"}, path, {}, opens}}).ok());
  for (const std::string& path : {held, log}) std::ofstream(path) << std::string(100, 'x') << '\n';
  EXPECT_TRUE(tends_until(supervisor, [&] { return fs::exists(log + ".1"); }));
  EXPECT_EQ(content(log), "");
  EXPECT_EQ(content(log + ".1"), std::string(100, 'x') + "\n");
  EXPECT_FALSE(fs::exists(held + ".1")) << "it would go on writing to the old one";
}

}  // namespace
}  // namespace cairn::cli
