#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "cli/command.h"
#include "pipeline/transport_zmq.h"

namespace cairn::cli {
namespace {

/// Never replaces a file: a key that is overwritten locks its peers out.
Status write_new(const std::string& path, const std::string& text, mode_t mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return Error{Code::conflict, "cannot create " + path + " (a key file is never replaced)"};
  const bool ok = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(fd) == 0;
  close(fd);
  if (!ok) return Error{Code::unavailable, "cannot write " + path};
  return {};
}

Status make(const std::string& prefix) {
  CAIRN_ASSIGN(const auto keys, pipeline::make_link_keys());
  CAIRN_TRY(write_new(prefix + ".secret", keys.second + "\n", 0600));
  CAIRN_TRY(write_new(prefix + ".public", keys.first + "\n", 0644));
  std::printf("%s.public  %s\n", prefix.c_str(), keys.first.c_str());
  return {};
}

}  // namespace

void add_keys(CLI::App& app, int& exit) {
  auto prefix = std::make_shared<std::string>();
  CLI::App* command = subcommand(app, "keys", "Makes a key pair for links between machines (CURVE).",
                                 "cairn keys links/dispatcher");
  command->add_option("prefix", *prefix, "Writes PREFIX.public and PREFIX.secret")->required();
  command->callback([prefix, &exit] {
    const Status status = make(*prefix);
    if (!status.ok()) exit = fail(status.error());
  });
}

}  // namespace cairn::cli
