#include "prover/backend/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "prover/backend/proof_list.h"
#include "tests/unit/prover/support.h"

namespace cairn::prover {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// Command line of a shell script; its $1, $2, … are `args`. Braces in `script` are doubled.
std::vector<std::string> sh(const std::string& script, std::vector<std::string> args) {
  args.insert(args.begin(), {"sh", "-c", script, "sh"});
  return args;
}

class Command : public testing::Test {
 protected:
  Command() {
    fs::create_directories(temp / "program");
    auto& p = config.programs["upper"];
    p.dir = temp / "program";
    p.prove = sh("tr a-z A-Z < $1 > $2", {"{input}", "{output}"});
    p.finalize = sh("(cat $1; printf %s $2) > $3", {"{input}", "{claim}", "{output}"});
    p.verify = sh("test \"$(cat $1)\" = $2", {"{input}", "{claim}"});
    config.work_root = temp / "work";
    config.environment = {"MARK"};
    ::setenv("MARK", temp.path().c_str(), 1);
  }

  void TearDown() override {
    EXPECT_THAT(processes_with("MARK=" + temp.path().string()), IsEmpty());
    for (const auto& entry : fs::directory_iterator(temp / "work")) {
      if (!entry.is_directory()) continue;
      EXPECT_TRUE(fs::is_empty(entry)) << "working directories are left";
    }
  }

  CommandProgram& program() { return config.programs["upper"]; }
  std::unique_ptr<CommandBackend> make() {
    auto made = CommandBackend::create(config);
    if (!made.ok()) ADD_FAILURE() << made.error().what;
    return *std::move(made);
  }
  Result<Bytes> prove(std::string_view input) { return make()->prove("upper", view(input), control); }

  TempDir temp;
  CommandConfig config;
  TestControl control;
  Digest32 claim{0xab, 0xcd};
  const std::string claim_text = "0xabcd" + std::string(60, '0');
};

// The steps

TEST_F(Command, DefaultSplitIsOneSegmentTheInput) {
  const auto segments = make()->split("upper", view("batch"), control);
  ASSERT_TRUE(segments.ok());
  EXPECT_THAT(*segments, ElementsAre(copy(view("batch"))));
}

TEST_F(Command, SplitReadsAListFromTheProgram) {
  program().split =
      sh("printf '\\000\\000\\000\\003one\\000\\000\\000\\003two' > $2", {"{input}", "{output}"});
  const auto segments = make()->split("upper", view("batch"), control);
  ASSERT_TRUE(segments.ok()) << segments.error().what;
  EXPECT_THAT(*segments, ElementsAre(copy(view("one")), copy(view("two"))));
}

TEST_F(Command, SplitThatWritesNoListFailed) {
  program().split = sh("echo hello > $2", {"{input}", "{output}"});
  const auto segments = make()->split("upper", view("batch"), control);
  EXPECT_EQ(segments.error().code, Code::failed);
  EXPECT_THAT(segments.error().what, StartsWith("split of upper: the list is cut off"));
}

TEST_F(Command, ProofsOfASequenceReachFinalizeAsOneOrderedList) {
  const auto backend = make();
  std::vector<Bytes> leaves;
  for (const char* input : {"one", "two", "three"}) {
    leaves.push_back(*backend->prove("upper", view(input), control));
  }
  EXPECT_EQ(leaves[0], list_of(view("ONE")));
  const auto left =
      backend->join("upper", *backend->join("upper", leaves[0], leaves[1], control), leaves[2], control);
  const auto right =
      backend->join("upper", leaves[0], *backend->join("upper", leaves[1], leaves[2], control), control);
  ASSERT_TRUE(left.ok());
  EXPECT_EQ(*left, *right);
  const auto final_proof = backend->finalize("upper", *left, claim, control);
  ASSERT_TRUE(final_proof.ok());
  EXPECT_EQ(text(*final_proof), std::string(text(*left)) + claim_text);
  EXPECT_EQ(control.share(), 1);
}

TEST_F(Command, JoinRefusesWhatIsNoList) {
  EXPECT_EQ(make()->join("upper", view("x"), list_of(view("y")), control).error().code, Code::invalid_input);
}

TEST_F(Command, JoinStepOfTheProgramSeesItsOwnProofs) {
  program().join =
      sh("(printf '('; cat $1; printf ' '; cat $2; printf ')') > $3", {"{left}", "{right}", "{output}"});
  const auto backend = make();
  const auto leaf = backend->prove("upper", view("a"), control);
  EXPECT_EQ(text(*leaf), "A");
  const auto joined = backend->join("upper", *leaf, *backend->join("upper", *leaf, *leaf, control), control);
  EXPECT_EQ(text(*joined), "(A (A A))");
}

TEST_F(Command, VerifyIsTheExitCode) {
  const auto backend = make();
  EXPECT_TRUE(backend->verify("upper", claim, view(claim_text), control).ok());
  const Status status = backend->verify("upper", claim, view("something else"), control);
  EXPECT_EQ(status.error().code, Code::failed);
  EXPECT_THAT(status.error().what, StartsWith("verify of upper: exit code 1"));
}

TEST_F(Command, BytesPassUnchanged) {
  program().prove = {"cp", "{input}", "{output}"};
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(*prove(all), list_of(view(all)));
}

TEST_F(Command, UnknownProgramIsInvalidInput) {
  const auto backend = make();
  const auto result = backend->prove("lower", view("x"), control);
  EXPECT_EQ(result.error().code, Code::invalid_input);
  EXPECT_EQ(result.error().what, "no program \"lower\"");
  EXPECT_FALSE(backend->split("lower", view("x"), control).ok());
  EXPECT_FALSE(backend->verify("lower", claim, view("x"), control).ok());
  EXPECT_THAT(backend->programs(), ElementsAre("upper"));
}

// What a program sees

TEST_F(Command, EachTaskHasAPrivateDirectoryThatIsItsHome) {
  program().prove =
      sh("test \"$PWD\" = $3 && test $HOME = $3 && test $TMPDIR = $3 && test $1 = $3/input &&"
         "test $(stat -c %a .) = 700 && test \"$(ls)\" = input && echo x > junk && pwd > $2",
         {"{input}", "{output}", "{work_dir}"});
  const auto backend = make();
  const auto first = backend->prove("upper", view("a"), control);
  const auto second = backend->prove("upper", view("a"), control);
  ASSERT_TRUE(first.ok()) << first.error().what;
  EXPECT_NE(*first, *second);
}

TEST_F(Command, EnvironmentIsReduced) {
  ::setenv("SECRET_KEY", "x", 1);
  program().prove =
      sh("env | cut -d= -f1 | grep -v -e '^PWD$' -e '^LANG$' -e '^LC_ALL$' -e '^TZ$' -e '^_$' -e "
         "'^SHLVL$'"
         " | sort | tr '\\n' ' ' > $2",
         {"{input}", "{output}"});
  EXPECT_EQ(*prove("a"), list_of(view("HOME MARK PATH TMPDIR ")));
}

TEST_F(Command, HostileClaimsAndInputsAreNotRunByTheShell) {
  program().prove = {"cp", "{input}", "{output}"};
  EXPECT_EQ(*prove("$(touch pwned); `id`"), list_of(view("$(touch pwned); `id`")));
}

// Failures

TEST_F(Command, ErrorsNameStepAndProgram) {
  program().prove = sh("echo 'no witness' >&2; exit 65", {"{input}", "{output}"});
  const auto result = prove("a");
  EXPECT_EQ(result.error().code, Code::invalid_input);
  EXPECT_EQ(result.error().what, "prove of upper: exit code 65: no witness");
}

TEST_F(Command, OutputMustBeAFileWithBytesInIt) {
  const std::pair<const char*, const char*> table[] = {
      {"true", "no output"},
      {": > $2", "the output is empty"},
      {"mkdir $2", "output is not a regular file"},
      {"mkfifo $2", "output is not a regular file"},
      {"ln -s /etc/passwd $2", "no output"},
      {"ln -s nowhere $2", "no output"},
  };
  for (const auto& [script, what] : table) {
    program().prove = sh(script, {"{input}", "{output}"});
    const auto result = prove("a");
    ASSERT_FALSE(result.ok()) << script;
    EXPECT_EQ(result.error().code, Code::failed) << script;
    EXPECT_THAT(result.error().what, HasSubstr(what)) << script;
  }
}

TEST_F(Command, OutputSizeIsLimited) {
  config.output_bytes_max = 1000;
  config.limits.file_bytes_max = 0;
  program().prove = sh("exec head -c $(cat $1) /dev/zero > $2", {"{input}", "{output}"});
  EXPECT_TRUE(prove("1000").ok());
  EXPECT_EQ(prove("1001").error().code, Code::exhausted);
  EXPECT_EQ(prove("1000000").error().code, Code::exhausted);
  config.limits.file_bytes_max = 1 << 30;
  EXPECT_EQ(prove("1001").error().what, "prove of upper: output of 1001 bytes, at most 1000");
}

TEST_F(Command, OutputLimitIsNamedForAProgramThatIgnoresTheSignal) {
  config.output_bytes_max = 1000;
  config.limits.file_bytes_max = 0;
  program().prove = sh("trap '' XFSZ; head -c 5000 /dev/zero > $2; exit 1", {"{input}", "{output}"});
  const auto result = prove("a");
  EXPECT_EQ(result.error().code, Code::exhausted);
  EXPECT_THAT(result.error().what, HasSubstr("output of 1001 bytes, at most 1000: exit code 1"));
}

TEST_F(Command, LimitsApplyToEachCall) {
  program().prove = sh("setsid sleep 1000 & wait", {"{input}", "{output}"});
  config.limits.time = std::chrono::milliseconds(100);
  EXPECT_EQ(prove("a").error().code, Code::timeout);
}

TEST_F(Command, CancelStopsTheCall) {
  program().prove = sh("setsid sleep 1000 & wait", {"{input}", "{output}"});
  TestControl cancelled([] { return true; });
  EXPECT_EQ(make()->prove("upper", view("a"), cancelled).error().code, Code::cancelled);
}

TEST_F(Command, ManyCallsAtOnceDoNotMeet) {
  program().prove = sh("setsid sleep 1000 & tr a-z A-Z < $1 > $2", {"{input}", "{output}"});
  const auto backend = make();
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      TestControl mine;
      for (int i = 0; i < 5; ++i) {
        const std::string input = "task" + std::to_string(t) + "x" + std::to_string(i);
        const std::string output = "TASK" + std::to_string(t) + "X" + std::to_string(i);
        const auto proof = backend->prove("upper", view(input), mine);
        good += proof.ok() && *proof == list_of(view(output));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 40);
}

// Configuration

class CommandConfigTest : public Command {
 protected:
  void TearDown() override {}
  std::string refused() {
    auto made = CommandBackend::create(config);
    if (made.ok()) return "accepted";
    EXPECT_EQ(made.error().code, Code::invalid_input);
    return made.error().what;
  }
  const std::string at = "programs.upper: ";
};

TEST_F(CommandConfigTest, NeedsAProgram) {
  config.programs.clear();
  EXPECT_EQ(refused(), "programs: there is none");
}

TEST_F(CommandConfigTest, MissingDirectoryIsNamed) {
  program().dir = temp / "nowhere";
  EXPECT_EQ(refused(), at + "dir: " + (temp / "nowhere").string() + ": no such directory");
  program().dir = "";
  EXPECT_THAT(refused(), HasSubstr("dir: "));
}

TEST_F(CommandConfigTest, MissingExecutableIsNamed) {
  program().prove[0] = "no-such-prover";
  EXPECT_EQ(refused(), at + "prove: no-such-prover: no such executable");
  program().prove[0] = "{program_dir}/prover";
  EXPECT_EQ(refused(), at + "prove: " + (temp / "program/prover").string() + ": no such executable");
  write_file(temp / "program/prover", "#!/bin/sh\n");
  EXPECT_EQ(refused(), at + "prove: " + (temp / "program/prover").string() + ": no such executable")
      << "no x bit";
  fs::permissions(temp / "program/prover", fs::perms::owner_all);
  EXPECT_EQ(refused(), "accepted");
}

// What a person writes into a configuration must not end the process that reads it.
TEST_F(CommandConfigTest, PathsThatCannotBeLookedAtAreNamed) {
  constexpr std::size_t text_bytes_max = 4'096;  // of a configuration; the system takes one less in a path
  const std::string long_name = (temp / std::string(300, 'n')).string(), loop = (temp / "loop").string();
  std::string long_path = temp.path().string() + "/";
  while (long_path.size() < text_bytes_max) long_path += long_path.size() % 2 == 0 ? '/' : 'p';
  fs::create_symlink("loop", loop);
  for (const std::string& odd : {long_name, long_path, loop, loop + "/p"}) {
    const CommandProgram good = program();
    program().dir = odd;
    EXPECT_THAT(refused(), HasSubstr("no such directory")) << odd;
    program() = good;
    program().prove[0] = odd;
    EXPECT_THAT(refused(), HasSubstr("no such executable")) << odd;
    program() = good;
  }
  fs::create_symlink("loop", temp / "program/loop");
  for (const std::string& odd :
       {std::string("{program_dir}/loop"), "{program_dir}/" + std::string(300, 'n')}) {
    program().finalize = {"cat", odd, "{input}", "{claim}", "{output}"};
    EXPECT_THAT(refused(), HasSubstr("no such file")) << odd;
  }
}

/// Somebody who may not look into directories of others, as a service's user may not.
class Powerless {
 public:
  Powerless() {
    if (::geteuid() == 0) become(65534);
  }
  ~Powerless() {
    if (::getuid() == 0) become(0);
  }

 private:
  static void become(uid_t user) { EXPECT_EQ(::seteuid(user), 0); }
};

TEST_F(CommandConfigTest, DirectoriesThatMayNotBeReadAreNamed) {
  fs::create_directories(temp / "closed/program");
  write_file(temp / "closed/program/prover", "#!/bin/sh\n");
  fs::permissions(temp / "closed/program/prover", fs::perms::owner_all);
  for (const fs::path& open : {temp.path(), temp / "program"})  // root's group stays ours
    fs::permissions(open, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  fs::permissions(temp / "closed", fs::perms::none);
  const std::string closed = (temp / "closed/program").string();
  const CommandProgram good = program();
  {
    const Powerless powerless;
    program().dir = closed;
    EXPECT_EQ(refused(), at + "dir: " + closed + ": no such directory");
    program() = good;
    program().prove[0] = closed + "/prover";
    EXPECT_EQ(refused(), at + "prove: " + closed + "/prover: no such executable");
    program() = good;
    program().finalize = {"cat", "{program_dir}/../closed/program/prover", "{input}", "{claim}", "{output}"};
    EXPECT_THAT(refused(), HasSubstr("no such file"));
  }
  fs::permissions(temp / "closed", fs::perms::owner_all);
}

TEST_F(CommandConfigTest, ExecutableMustNotDependOnTheTask) {
  program().verify[0] = "{input}";
  EXPECT_EQ(refused(), at + "verify: element 0 must not depend on the task");
}

TEST_F(CommandConfigTest, MissingFileOfTheProgramIsNamed) {
  program().finalize = {"cat", "{program_dir}/final.key", "{input}", "{claim}", "{output}"};
  EXPECT_EQ(refused(), at + "finalize: " + (temp / "program/final.key").string() + ": no such file");
  write_file(temp / "program/final.key", "");
  EXPECT_EQ(refused(), "accepted");
}

TEST_F(CommandConfigTest, EachStepHasItsPlaceholders) {
  program().prove.push_back("{claim}");
  EXPECT_EQ(refused(), at + "prove: element 6: {claim} is not a placeholder here");
  program().prove.pop_back();
  program().verify = {"true", "{input}"};
  EXPECT_EQ(refused(), at + "verify: {claim} is used nowhere");
  program().verify = {};
  EXPECT_EQ(refused(), at + "verify: the command line is empty");
  program().verify = {"true", "{input}", "{claim}"};
  program().join = {"cat", "{left}", "{output}"};
  EXPECT_EQ(refused(), at + "join: {right} is used nowhere");
  program().join = {};
  program().split = {"cp", "{left}", "{output}"};
  EXPECT_EQ(refused(), at + "split: element 1: {left} is not a placeholder here");
}

TEST_F(CommandConfigTest, EnvironmentIsByNameAndLeavesTheDirectoriesAlone) {
  for (const char* name : {"PATH", "HOME", "TMPDIR", "", "A=B"}) {
    config.environment = {name};
    EXPECT_EQ(refused(), "environment: \"" + std::string(name) + "\" cannot be passed on");
  }
}

TEST_F(CommandConfigTest, WorkRootMustBePrivate) {
  fs::create_directories(temp / "open");
  fs::permissions(temp / "open", fs::perms::all);
  config.work_root = temp / "open";
  EXPECT_THAT(refused(), StartsWith("work_root: "));
}

}  // namespace
}  // namespace cairn::prover
