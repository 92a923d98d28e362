#include "cli/free_port.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

namespace cairn::cli {

Result<int> choose_port(const std::string& remembered) {
  int wanted = 0;
  std::ifstream(remembered) >> wanted;
  for (const int port : {wanted, 0}) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    socklen_t length = sizeof address;
    const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                       getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
    close(fd);
    if (!bound) continue;
    std::ofstream(remembered, std::ios::trunc) << ntohs(address.sin_port);
    return static_cast<int>(ntohs(address.sin_port));
  }
  return Error{Code::unavailable, "no free port on the loopback interface"};
}

}  // namespace cairn::cli
