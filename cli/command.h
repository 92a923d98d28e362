// The subcommands of `cairn`: one file each, one row each in main.cpp. command.cpp is the only door to
// CLI11, which is slow to compile.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cli/exit_code.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace cairn::cli {

/// One option of a command. Lives as long as the command line.
class Option {
 public:
  Option& required();
  /// Taken from this environment variable when it is not given.
  Option& environment(const std::string& name);
  /// Help shows the value that the variable had when the option was added.
  Option& show_default();
  Option& between(std::uint64_t low, std::uint64_t high);
  Option& between_int(int low, int high);
  /// Several values in one argument, with commas between them.
  Option& comma_separated();
  Option& needs(const Option& other);
  Option& excludes(const Option& other);

 private:
  friend class Command;
  explicit Option(CLI::Option* option) : option_(option) {}
  CLI::Option* option_;
};

/// One command as CLI11 holds it. Variables and what run() is given must outlive the parsing.
class Command {
 public:
  explicit Command(CLI::App* app) : app_(app) {}

  /// A command below this one. Its help begins with `example`.
  Command add(const std::string& name, const std::string& what, const std::string& example);
  /// One of the commands below must be given.
  void require_one();

  void flag(const std::string& name, bool& into, const std::string& what);
  Option option(const std::string& name, std::string& into, const std::string& what);
  Option option(const std::string& name, std::uint64_t& into, const std::string& what);
  Option option(const std::string& name, unsigned& into, const std::string& what);
  Option option(const std::string& name, int& into, const std::string& what);
  Option option(const std::string& name, double& into, const std::string& what);
  Option option(const std::string& name, std::vector<std::string>& into, const std::string& what);
  Option option(const std::string& name, std::vector<int>& into, const std::string& what);
  /// --state, by which commands find a running pool.
  void state(std::string& into);
  /// The positional argument `height`.
  void height(std::uint64_t& into, const std::string& what);

  /// `body` is called after parsing, when this command was chosen.
  void run(std::function<void()> body);

 private:
  CLI::App* app_;
};

/// Ends a body given to run(): the command line is wrong in `option`.
[[noreturn]] void wrong_usage(const std::string& option, const std::string& why);

/// Adds one subcommand to `app`; when it is chosen, it leaves the exit code in `exit`.
using AddCommand = void (*)(Command app, int& exit);

void add_up(Command app, int& exit);
void add_dispatch(Command app, int& exit);
void add_worker(Command app, int& exit);
void add_produce(Command app, int& exit);
void add_status(Command app, int& exit);
void add_explain(Command app, int& exit);
void add_dead(Command app, int& exit);
void add_cancel(Command app, int& exit);
void add_doctor(Command app, int& exit);
void add_keys(Command app, int& exit);
void add_soundness(Command app, int& exit);
void add_attest(Command app, int& exit);
void add_console(Command app, int& exit);
void add_execute(Command app, int& exit);
void add_prove(Command app, int& exit);
void add_sequence(Command app, int& exit);
void add_verify(Command app, int& exit);

/// What `cairn --help` says around the list of commands.
struct About {
  std::string name, version, what, footer;
};
/// Parses the command line, runs the command that it names, and returns the exit code.
int run_command_line(const About& about, const std::vector<AddCommand>& commands, int argc, char** argv);

/// Prints the error, as JSON on standard output when `json`, and returns the exit code for it.
int fail(const Error& error, bool json = false);

}  // namespace cairn::cli
