// The prover backend that proves with external programs: any proof system that can be started from
// a command line. Plain configuration, no reading of files except to check that they exist.
//
// A program is a directory and one command line (argv_template.h) per step. Each call runs in a
// private working directory, mode 0700, which holds the step's inputs as files and is removed
// afterwards:
//
//   step      placeholders it must use  reads        writes              when empty
//   split     {input} {output}          one batch    list of segments    one segment, the input
//   prove     {input} {output}          one segment  its proof           (required)
//   join      {left} {right} {output}   two proofs   their joined proof  the proofs as one list
//   finalize  {input} {claim} {output}  all proofs   final proof         (required)
//   verify    {input} {claim}           final proof  nothing; exit 0     (required)
//
// {program_dir} and {work_dir} may be used in each. {claim} is 0x and 64 hex digits; all others are
// absolute paths. Lists are those of proof_list.h. Without a join step, finalize reads a list with
// the proofs of all segments of all batches in order; with one, what it wrote (or a lone proof as
// it is).
//
// Environment of a program: PATH, LANG, LC_ALL and TZ of this process, the variables named in
// `environment`, HOME and TMPDIR = its working directory. Standard input is /dev/null; of standard
// output and error the last 2 KiB are kept for error messages. Exit codes: 0 ok, 65 this input can
// never work, 75 this machine lacks something, any other: failed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/limits.h"
#include "prover/backend/backend.h"
#include "prover/process/program.h"

namespace cairn::prover {

struct CommandProgram {
  std::filesystem::path dir;
  std::vector<std::string> split;
  std::vector<std::string> prove;
  std::vector<std::string> join;
  std::vector<std::string> finalize;
  std::vector<std::string> verify;
};

struct CommandConfig {
  std::map<std::string, CommandProgram, std::less<>> programs;
  /// Holds the working directories; made where missing, must be private to this user.
  std::filesystem::path work_root;
  /// Of each call. file_bytes_max is at least output_bytes_max + 1.
  ProgramLimits limits;
  /// Size of what one step writes to {output}.
  std::size_t output_bytes_max = limits::value_bytes_max;
  /// Further variables of this process that programs may see; not PATH, HOME or TMPDIR.
  std::vector<std::string> environment;
};

/// Thread-safe: any number of calls at once, each in its own directory.
class CommandBackend final : public ProverBackend {
 public:
  /// Errors: invalid_input naming program, key and path: a directory, an executable or a file of
  /// {program_dir} on a command line that does not exist, a placeholder that a step does not have.
  static Result<std::unique_ptr<CommandBackend>> create(const CommandConfig& config);
  ~CommandBackend() override;

  std::vector<std::string> programs() const;

  Result<std::vector<Bytes>> split(std::string_view program, ByteView input, Control& control) override;
  Result<Bytes> prove(std::string_view program, ByteView segment, Control& control) override;
  Result<Bytes> join(std::string_view program, ByteView left, ByteView right, Control& control) override;
  Result<Bytes> finalize(std::string_view program, ByteView joined, const Digest32& claim,
                         Control& control) override;
  Status verify(std::string_view program, const Digest32& claim, ByteView proof, Control& control) override;

 private:
  struct State;
  explicit CommandBackend(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cairn::prover
