// The subcommands of `cairn`: one file each, one row each in main.cpp.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>

#include "cli/exit_code.h"
#include "common/limits.h"

namespace cairn::cli {

/// Adds one subcommand to `app`; when it is chosen, its callback leaves the exit code in `exit`.
using AddCommand = void (*)(CLI::App& app, int& exit);

void add_up(CLI::App& app, int& exit);
void add_dispatch(CLI::App& app, int& exit);
void add_worker(CLI::App& app, int& exit);
void add_produce(CLI::App& app, int& exit);
void add_status(CLI::App& app, int& exit);
void add_explain(CLI::App& app, int& exit);
void add_dead(CLI::App& app, int& exit);
void add_cancel(CLI::App& app, int& exit);
void add_doctor(CLI::App& app, int& exit);
void add_keys(CLI::App& app, int& exit);
void add_soundness(CLI::App& app, int& exit);
void add_execute(CLI::App& app, int& exit);

/// A subcommand whose help begins with `example`.
inline CLI::App* subcommand(CLI::App& app, const std::string& name, const std::string& what,
                            const std::string& example) {
  CLI::App* command = app.add_subcommand(name, what);
  command->description("Example:\n  " + example + "\n\n" + what);
  return command;
}

/// Adds --state, by which commands find a running pool.
inline void add_state(CLI::App* command, std::string& state) {
  command->add_option("--state", state, "State directory of the pool")
      ->envname("CAIRN_STATE")
      ->capture_default_str();
}

/// Adds the positional argument `height`.
inline void add_height(CLI::App* command, std::uint64_t& height, const std::string& what) {
  command->add_option("height", height, what)->required()->check(CLI::Range(std::uint64_t{0}, limits::height_max));
}

/// Prints the error, as JSON on standard output when `json`, and returns the exit code for it.
int fail(const Error& error, bool json = false);

}  // namespace cairn::cli
