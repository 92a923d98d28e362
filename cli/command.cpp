#include "cli/command.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

#include "common/limits.h"

namespace cairn::cli {

Option& Option::required() {
  option_->required();
  return *this;
}
Option& Option::environment(const std::string& name) {
  option_->envname(name);
  return *this;
}
Option& Option::show_default() {
  option_->capture_default_str();
  return *this;
}
Option& Option::between(std::uint64_t low, std::uint64_t high) {
  option_->check(CLI::Range(low, high));
  return *this;
}
Option& Option::between_int(int low, int high) {
  option_->check(CLI::Range(low, high));
  return *this;
}
Option& Option::comma_separated() {
  option_->delimiter(',');
  return *this;
}
Option& Option::needs(const Option& other) {
  option_->needs(other.option_);
  return *this;
}
Option& Option::excludes(const Option& other) {
  option_->excludes(other.option_);
  return *this;
}

Command Command::add(const std::string& name, const std::string& what, const std::string& example) {
  CLI::App* command = app_->add_subcommand(name, what);
  command->description("Example:\n  " + example + "\n\n" + what);
  return Command(command);
}
void Command::require_one() { app_->require_subcommand(1); }

void Command::flag(const std::string& name, bool& into, const std::string& what) {
  app_->add_flag(name, into, what);
}
Option Command::option(const std::string& name, std::string& into, const std::string& what) {
  return Option(app_->add_option(name, into, what));
}
Option Command::option(const std::string& name, std::uint64_t& into, const std::string& what) {
  return Option(app_->add_option(name, into, what));
}
Option Command::option(const std::string& name, unsigned& into, const std::string& what) {
  return Option(app_->add_option(name, into, what));
}
Option Command::option(const std::string& name, int& into, const std::string& what) {
  return Option(app_->add_option(name, into, what));
}
Option Command::option(const std::string& name, double& into, const std::string& what) {
  return Option(app_->add_option(name, into, what));
}
Option Command::option(const std::string& name, std::vector<int>& into, const std::string& what) {
  return Option(app_->add_option(name, into, what));
}
Option Command::option(const std::string& name, std::vector<std::string>& into, const std::string& what) {
  return Option(app_->add_option(name, into, what));
}
void Command::state(std::string& into) {
  option("--state", into, "State directory of the pool").environment("CAIRN_STATE").show_default();
}

void Command::height(std::uint64_t& into, const std::string& what) {
  option("height", into, what).required().between(0, limits::height_max);
}

void Command::run(std::function<void()> body) { app_->callback(std::move(body)); }

void wrong_usage(const std::string& option, const std::string& why) {
  throw CLI::ValidationError(option, why);
}

namespace {

/// Whether one of the commands that were given was told to print JSON.
bool wants_json(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands()) {
    const CLI::Option* json = command->get_option_no_throw("--json");
    if ((json != nullptr && json->count() > 0) || wants_json(*command)) return true;
  }
  return false;
}

/// What could not be written was not said: the disk is full, or the reader has gone.
int said(int exit) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return exit;
  std::fprintf(stderr, "cairn: standard output cannot be written\n");
  return exit == exit_ok ? exit_failure : exit;
}

}  // namespace

int run_command_line(const About& about, const std::vector<AddCommand>& commands, int argc, char** argv) {
  CLI::App app(about.what, about.name);
  app.footer(about.footer);
  app.set_version_flag("--version", about.version);
  app.require_subcommand(1);
  int exit = exit_ok;
  for (const AddCommand add : commands) add(Command(&app), exit);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return said(app.exit(e) == 0 ? exit_ok : exit_usage);
  } catch (const std::exception& e) {  // of a library, where the system refuses something unusual
    exit = fail(Error{Code::failed, e.what()}, wants_json(app));
  }
  return said(exit);
}

}  // namespace cairn::cli
