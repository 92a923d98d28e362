// A library to be loaded before others (LD_PRELOAD): the wall clock of a program is ahead of the system's by
// so many seconds as the eight bytes of the file STEPPED_CLOCK say, which a test rewrites while the program
// runs. Monotonic clocks stay what they are. It allocates nothing and looks up no symbol, so that allocators
// may ask for the time while they start.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

const volatile std::int64_t* map_offset() {
  const char* const file = std::getenv("STEPPED_CLOCK");
  const int fd = file == nullptr ? -1 : ::open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* const at = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  return at == MAP_FAILED ? nullptr : static_cast<const std::int64_t*>(at);
}

std::int64_t offset_s() {
  static const volatile std::int64_t* const offset = map_offset();
  return offset == nullptr ? 0 : *offset;
}

int read_clock(clockid_t clock, timespec* at) {
  const auto status = static_cast<int>(::syscall(SYS_clock_gettime, clock, at));
  if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) at->tv_sec += offset_s();
  return status;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* at) noexcept { return read_clock(clock, at); }

int gettimeofday(timeval* __restrict at, void* __restrict) noexcept {
  timespec now{};
  if (read_clock(CLOCK_REALTIME, &now) != 0) return -1;
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1'000;
  return 0;
}

time_t time(time_t* at) noexcept {
  timespec now{};
  if (read_clock(CLOCK_REALTIME, &now) != 0) return -1;
  if (at != nullptr) *at = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
