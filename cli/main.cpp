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

constexpr AddCommand kCommands[] = {add_up,      add_produce, add_status,   add_explain, add_dead,
                                    add_cancel,  add_doctor,  add_dispatch, add_worker,  add_keys,
                                    add_soundness, add_execute};

constexpr const char* kAbout =
    "Example:\n"
    "  cairn up --config ops/config/dev.yaml --state .cairn\n\n"
    "A prover pool: tasks go in at one end and come out as proofs that a contract has verified and paid.";
constexpr const char* kExits =
    "Exit codes: 0 done, 1 it did not come true, 2 wrong usage, 3 no such thing, 4 partly done,\n"
    "69 a peer cannot be reached, 75 try again later, 78 wrong configuration.";

}  // namespace
}  // namespace cairn::cli

int main(int argc, char** argv) {
  using namespace cairn::cli;
  CLI::App app(kAbout, "cairn");
  app.footer(kExits);
  app.set_version_flag("--version", CAIRN_VERSION);
  app.require_subcommand(1);
  int exit = exit_ok;
  for (const AddCommand add : kCommands) add(app, exit);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? exit_ok : exit_usage;
  }
  return exit;
}
