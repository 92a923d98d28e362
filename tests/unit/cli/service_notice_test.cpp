#include "cli/service_notice.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "tests/support/process.h"

namespace cairn::cli {
namespace {

/// The service manager's end of the socket.
class Listener {
 public:
  explicit Listener(const std::string& name) : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), length), 0);
  }
  ~Listener() { close(fd_); }
  std::vector<std::string> heard() {
    std::vector<std::string> out;
    char buffer[512];
    for (ssize_t n; (n = recv(fd_, buffer, sizeof buffer, 0)) > 0;)
      out.emplace_back(buffer, static_cast<std::size_t>(n));
    return out;
  }

 private:
  int fd_;
};

using Heard = std::vector<std::string>;

TEST(ServiceNotice, SaysReadyOnceAndBeatsFourTimesAPeriod) {
  test::TempDir dir;
  Listener manager(dir / "notify");
  ServiceNotice notice(dir / "notify", 8'000'000);
  notice.beat(500);
  EXPECT_EQ(manager.heard(), Heard{}) << "the watchdog waits for it to be ready";
  notice.ready();
  notice.ready();
  EXPECT_EQ(manager.heard(), Heard{"READY=1"});
  for (std::int64_t ms = 1'000; ms < 9'000; ms += 100) notice.beat(ms);
  EXPECT_EQ(manager.heard(), Heard(4, "WATCHDOG=1"));
}

TEST(ServiceNotice, DrainingIsNotForTheWatchdog) {
  test::TempDir dir;
  Listener manager(dir / "notify");
  ServiceNotice notice(dir / "notify", 8'000'000);
  notice.stopping();
  notice.stopping();
  notice.beat(1'000);
  EXPECT_EQ(manager.heard(), Heard{"STOPPING=1\nWATCHDOG_USEC=3600000000\nWATCHDOG=1"});
  ServiceNotice without(dir / "notify", 0);
  without.beat(1'000);
  without.stopping();
  EXPECT_EQ(manager.heard(), Heard{"STOPPING=1"});
}

TEST(ServiceNotice, KnowsAbstractNames) {
  const std::string name = "@cairn-notice-test-" + std::to_string(getpid());
  Listener manager(name);
  ServiceNotice(name, 0).ready();
  EXPECT_EQ(manager.heard(), Heard{"READY=1"});
}

TEST(ServiceNotice, TakesTheVariablesAwayFromChildren) {
  test::TempDir dir;
  Listener manager(dir / "notify");
  const auto set = [&](const std::string& pid) {
    setenv("NOTIFY_SOCKET", (dir / "notify").c_str(), 1);
    setenv("WATCHDOG_USEC", "4000000", 1);
    setenv("WATCHDOG_PID", pid.c_str(), 1);
  };
  set(std::to_string(getpid()));
  ServiceNotice ours = ServiceNotice::from_environment();
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    EXPECT_EQ(std::getenv(name), nullptr);
  ours.ready();
  ours.beat(1'000);
  EXPECT_EQ(manager.heard(), (Heard{"READY=1", "WATCHDOG=1"}));
  set("1");
  ServiceNotice of_another = ServiceNotice::from_environment();
  of_another.ready();
  of_another.beat(1'000);
  EXPECT_EQ(manager.heard(), Heard{"READY=1"}) << "the watchdog is for another process";
}

TEST(ServiceNotice, WithoutAManagerNothingHappens) {
  ServiceNotice::from_environment().ready();
  for (const std::string& odd :
       {std::string("relative"), "/" + std::string(200, 'x'), std::string("/nobody/listens")}) {
    ServiceNotice(odd, 1'000'000).ready();
  }
}

}  // namespace
}  // namespace cairn::cli
