#include <fcntl.h>

#include <cstdio>

#include "cli/command.h"
#include "common/json.h"

namespace cairn::cli {

int fail(const Error& error, bool json) {
  if (json) {
    const Json out = {{"ok", false}, {"error", {{"code", code_name(error.code)}, {"what", error.what}}}};
    std::printf("%s\n", out.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  }
  std::fprintf(stderr, "cairn: %s\n", error.what.c_str());
  return exit_for(error.code);
}

namespace {

const std::vector<AddCommand> kCommands = {add_up,     add_produce,   add_status,   add_explain, add_dead,
                                           add_cancel, add_doctor,    add_dispatch, add_worker,  add_console,
                                           add_keys,   add_soundness, add_execute,  add_attest,  add_prove,
                                           add_verify, add_sequence};

constexpr const char* kAbout =
    "Example:\n"
    "  cairn up --config ops/config/dev.yaml --state .cairn\n\n"
    "A prover pool: tasks go in at one end and come out as proofs that a contract has verified and paid.";
constexpr const char* kExits =
    "Exit codes: 0 done, 1 it did not come true, 2 wrong usage, 3 no such thing, 4 partly done,\n"
    "69 a peer cannot be reached, 75 try again later, 78 wrong configuration.";

/// Takes the numbers of standard streams that are closed: a connection that got one of them would be sent our
/// messages. What is read or written there fails as before.
void take_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) (void)open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace
}  // namespace cairn::cli

int main(int argc, char** argv) {
  using namespace cairn::cli;
  take_standard_streams();
  return run_command_line({"cairn", CAIRN_VERSION, kAbout, kExits}, kCommands, argc, argv);
}
