#include "prover/backend/command.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "prover/backend/argv_template.h"
#include "prover/backend/proof_list.h"
#include "prover/process/work_dir.h"

namespace cairn::prover {
namespace {

namespace fs = std::filesystem;

constexpr const char* default_path = "/usr/local/bin:/usr/bin:/bin";
constexpr std::size_t segments_max = limits::emits_max;

struct Step {
  std::string_view name;
  ArgvTemplate argv;
  std::string executable;
};

struct Program {
  std::string name;
  std::string dir;
  Step split, prove, join, finalize, verify;
};

Error bad(const std::string& what) { return {Code::invalid_input, what}; }

/// Empty when there is none.
std::string find_executable(const std::string& name, const std::string& path) {
  const auto runnable = [](const fs::path& p) {
    std::error_code error;
    return fs::is_regular_file(p, error) && ::access(p.c_str(), X_OK) == 0;
  };
  if (name.find('/') != name.npos) {
    std::error_code error;
    return runnable(name) ? fs::absolute(name, error).string() : "";
  }
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find(':', at), path.size());
    const fs::path candidate = fs::path(path.substr(at, end - at)) / name;
    if (candidate.is_absolute() && runnable(candidate)) return candidate.string();
    at = end + 1;
  }
  return "";
}

std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

/// What is on the command line before any task is must exist: the executable and files of the
/// program.
Status check_files(Step& step, const Program& program, const std::string& path) {
  std::error_code error;
  for (const auto& [i, text] : step.argv.fixed({{"program_dir", program.dir}})) {
    if (i == 0) {
      step.executable = find_executable(text, path);
      if (step.executable.empty()) return bad(text + ": no such executable");
    } else if (text.starts_with(program.dir + "/") && !fs::exists(text, error)) {
      return bad(text + ": no such file");
    }
  }
  if (step.executable.empty()) return bad("element 0 must not depend on the task");
  return {};
}

Result<Step> make_step(std::string_view name, const std::vector<std::string>& argv,
                       std::initializer_list<std::string_view> required, const Program& program,
                       const std::string& path) {
  Step step{name, {}, {}};
  auto parsed = ArgvTemplate::parse(argv, required, {"program_dir", "work_dir"});
  if (!parsed.ok()) return parsed.error().in(name);
  step.argv = *std::move(parsed);
  if (auto s = check_files(step, program, path); !s.ok()) return s.error().in(name);
  return step;
}

Result<Program> make_program(const std::string& name, const CommandProgram& config, const std::string& path) {
  std::error_code error;
  Program program;
  program.name = name;
  program.dir = fs::absolute(config.dir, error).lexically_normal().string();
  if (program.dir.ends_with('/')) program.dir.pop_back();
  if (config.dir.empty() || !fs::is_directory(program.dir, error)) {
    return bad("dir: " + config.dir.string() + ": no such directory");
  }
  if (!config.split.empty()) {
    CAIRN_ASSIGN(program.split, make_step("split", config.split, {"input", "output"}, program, path));
  }
  CAIRN_ASSIGN(program.prove, make_step("prove", config.prove, {"input", "output"}, program, path));
  if (!config.join.empty()) {
    CAIRN_ASSIGN(program.join, make_step("join", config.join, {"left", "right", "output"}, program, path));
  }
  CAIRN_ASSIGN(program.finalize,
               make_step("finalize", config.finalize, {"input", "claim", "output"}, program, path));
  CAIRN_ASSIGN(program.verify, make_step("verify", config.verify, {"input", "claim"}, program, path));
  return program;
}

Result<std::vector<std::string>> make_environment(const std::string& path,
                                                  const std::vector<std::string>& more) {
  std::vector<std::string> names{"LANG", "LC_ALL", "TZ"};
  for (const auto& name : more) {
    const bool ours = name == "PATH" || name == "HOME" || name == "TMPDIR";
    if (ours || name.empty() || name.find_first_of(std::string_view("=\0", 2)) != name.npos) {
      return bad("environment: \"" + name + "\" cannot be passed on");
    }
    names.push_back(name);
  }
  std::vector<std::string> environment{"PATH=" + path};
  for (const auto& name : names) {
    if (const char* value = std::getenv(name.c_str())) environment.push_back(name + "=" + value);
  }
  return environment;
}

std::string claim_text(const Digest32& claim) { return "0x" + hex(claim); }

}  // namespace

struct CommandBackend::State {
  std::map<std::string, Program, std::less<>> programs;
  std::unique_ptr<WorkRoot> root;
  ProgramLimits limits;
  std::size_t output_bytes_max;
  std::vector<std::string> environment;

  using Files = std::initializer_list<std::pair<const char*, ByteView>>;

  Result<const Program*> find(std::string_view name) const {
    const auto it = programs.find(name);
    if (it == programs.end()) return bad("no program \"" + std::string(name.substr(0, 64)) + "\"");
    return &it->second;
  }

  ProgramCall call(const Program& program, const Step& step, const WorkDir& dir, ArgvValues values) const {
    const std::string at = dir.path().string();
    values.emplace_back("program_dir", program.dir);
    values.emplace_back("work_dir", at);
    for (const auto* name : {"input", "left", "right", "output"}) values.emplace_back(name, at + "/" + name);
    ProgramCall out{step.executable, step.argv.expand(values), environment, dir.path(), limits};
    out.environment.push_back("HOME=" + at);
    out.environment.push_back("TMPDIR=" + at);
    return out;
  }

  /// Runs `step` on `files`; returns what it wrote to {output}, or nothing for a step without one.
  Result<Bytes> run(const Program& program, const Step& step, Files files, ArgvValues values, bool has_output,
                    Control& control) const {
    const auto context = [&](const Error& error) {
      return error.in(std::string(step.name) + " of " + program.name);
    };
    auto dir = root->make();
    if (!dir.ok()) return context(dir.error());
    for (const auto& [name, bytes] : files) {
      if (auto s = dir->write(name, bytes); !s.ok()) return context(s.error());
    }
    const Status ran = run_program(call(program, step, *dir, std::move(values)), control);
    if (!ran.ok()) return context(explain(ran.error(), *dir, has_output));
    control.progress(1);
    if (!has_output) return Bytes{};
    auto output = dir->read("output", output_bytes_max);
    if (!output.ok()) return context(output.error());
    if (output->empty()) return context({Code::failed, "the output is empty"});
    return output;
  }

  /// A program that ignores SIGXFSZ (node does) fails in its own way when its output grows too
  /// large.
  Error explain(const Error& error, const WorkDir& dir, bool has_output) const {
    if (!has_output || error.code == Code::cancelled) return error;
    const auto output = dir.read("output", output_bytes_max);
    if (output.ok() || output.error().code != Code::exhausted) return error;
    return Error{Code::exhausted, output.error().what + ": " + error.what};
  }
};

CommandBackend::CommandBackend(std::unique_ptr<State> state) : state_(std::move(state)) {}
CommandBackend::~CommandBackend() = default;

Result<std::unique_ptr<CommandBackend>> CommandBackend::create(const CommandConfig& config) {
  if (config.programs.empty()) return bad("programs: there is none");
  auto state = std::make_unique<State>();
  const std::string path = variable("PATH", default_path);
  for (const auto& [name, program] : config.programs) {
    auto made = make_program(name, program, path);
    if (!made.ok()) return made.error().in("programs." + name);
    state->programs.emplace(name, *std::move(made));
  }
  auto root = WorkRoot::open(config.work_root);
  if (!root.ok()) return root.error().in("work_root");
  state->root = *std::move(root);
  state->limits = config.limits;
  // One byte more than an output may have, so that a larger one shows.
  state->limits.file_bytes_max =
      std::max<std::uint64_t>(config.limits.file_bytes_max, config.output_bytes_max + 1);
  state->output_bytes_max = config.output_bytes_max;
  CAIRN_ASSIGN(state->environment, make_environment(path, config.environment));
  return std::unique_ptr<CommandBackend>(new CommandBackend(std::move(state)));
}

std::vector<std::string> CommandBackend::programs() const {
  std::vector<std::string> names;
  for (const auto& [name, program] : state_->programs) names.push_back(name);
  return names;
}

Result<std::vector<Bytes>> CommandBackend::split(std::string_view name, ByteView input, Control& control) {
  CAIRN_ASSIGN(const Program* program, state_->find(name));
  if (program->split.argv.empty()) return std::vector<Bytes>{copy(input)};
  CAIRN_ASSIGN(const Bytes output,
               state_->run(*program, program->split, {{"input", input}}, {}, true, control));
  auto segments = list_items(output, segments_max);
  if (!segments.ok()) return Error{Code::failed, "split of " + program->name + ": " + segments.error().what};
  return segments;
}

Result<Bytes> CommandBackend::prove(std::string_view name, ByteView segment, Control& control) {
  CAIRN_ASSIGN(const Program* program, state_->find(name));
  CAIRN_ASSIGN(Bytes proof, state_->run(*program, program->prove, {{"input", segment}}, {}, true, control));
  return program->join.argv.empty() ? list_of(proof) : std::move(proof);
}

Result<Bytes> CommandBackend::join(std::string_view name, ByteView left, ByteView right, Control& control) {
  CAIRN_ASSIGN(const Program* program, state_->find(name));
  if (!program->join.argv.empty()) {
    return state_->run(*program, program->join, {{"left", left}, {"right", right}}, {}, true, control);
  }
  if (left.size() + right.size() > limits::value_bytes_max) {
    return Error{Code::exhausted,
                 "joined proof of more than " + std::to_string(limits::value_bytes_max) + " bytes"};
  }
  auto joined = list_join(left, right);
  if (!joined.ok()) return joined.error().in("join of " + program->name);
  return joined;
}

Result<Bytes> CommandBackend::finalize(std::string_view name, ByteView joined, const Digest32& claim,
                                       Control& control) {
  CAIRN_ASSIGN(const Program* program, state_->find(name));
  return state_->run(*program, program->finalize, {{"input", joined}}, {{"claim", claim_text(claim)}}, true,
                     control);
}

Status CommandBackend::verify(std::string_view name, const Digest32& claim, ByteView proof,
                              Control& control) {
  CAIRN_ASSIGN(const Program* program, state_->find(name));
  CAIRN_TRY(state_->run(*program, program->verify, {{"input", proof}}, {{"claim", claim_text(claim)}}, false,
                        control));
  return {};
}

}  // namespace cairn::prover
