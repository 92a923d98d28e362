#include <cstdio>

#include "cli/command.h"
#include "common/json.h"
#include "common/new_file.h"
#include "pipeline/transport_zmq.h"

namespace cairn::cli {
namespace {

/// Never replaces a file: a key that is overwritten locks its peers out.
Status write_new(const std::string& path, const std::string& text, mode_t mode) {
  const Status made = create_file(path, text, mode);
  if (made.ok() || made.error().code != Code::conflict) return made;
  return Error{Code::conflict, "cannot create " + path + " (a key file is never replaced)"};
}

struct Options {
  std::string prefix;
  bool json = false;
};

Status make(const Options& options) {
  const std::string& prefix = options.prefix;
  CAIRN_ASSIGN(const auto keys, pipeline::make_link_keys());
  CAIRN_TRY(write_new(prefix + ".secret", keys.second + "\n", 0600));
  CAIRN_TRY(write_new(prefix + ".public", keys.first + "\n", 0644));
  if (options.json) {
    const Json out = {
        {"public_file", prefix + ".public"}, {"secret_file", prefix + ".secret"}, {"public_key", keys.first}};
    std::printf("%s\n", out.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  } else {
    std::printf("%s.public  %s\n", prefix.c_str(), keys.first.c_str());
  }
  return {};
}

}  // namespace

void add_keys(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command =
      app.add("keys", "Makes a key pair for links between machines (CURVE).", "cairn keys links/dispatcher");
  command.option("prefix", options->prefix, "Writes PREFIX.public and PREFIX.secret").required();
  command.flag("--json", options->json, "One JSON object");
  command.run([options, &exit] {
    const Status status = make(*options);
    if (!status.ok()) exit = fail(status.error(), options->json);
  });
}

}  // namespace cairn::cli
