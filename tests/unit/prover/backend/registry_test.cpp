#include "prover/backend/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "prover/backend/command.h"
#include "tests/unit/prover/support.h"

namespace cairn::prover {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Registry : public testing::Test {
 protected:
  std::unique_ptr<ProverBackend> backend() {
    CommandProgram program;
    program.dir = temp.path();
    program.prove = {"cp", "{input}", "{output}"};
    program.finalize = {"cp", "{input}", "{output}", "{claim}"};
    program.verify = {"true", "{input}", "{claim}"};
    CommandConfig config;
    config.programs["any"] = program;
    config.work_root = temp / "work";
    auto made = CommandBackend::create(config);
    CAIRN_ASSERT(made.ok());
    return *std::move(made);
  }

  TempDir temp;
  Backends backends;
};

TEST_F(Registry, FindsABackendThatKnowsTheProgram) {
  auto owned = backend();
  const auto* expected = owned.get();
  ASSERT_TRUE(backends.add("groth16", {"chain_step", "other"}, std::move(owned)).ok());
  EXPECT_EQ(*backends.find("groth16", "chain_step"), expected);
  EXPECT_EQ(*backends.find("groth16", "other"), expected);
  EXPECT_THAT(backends.names(), ElementsAre("groth16"));
  EXPECT_THAT(backends.programs("groth16"), ElementsAre("chain_step", "other"));
  EXPECT_THAT(backends.programs("zkvm"), IsEmpty());
}

TEST_F(Registry, UnknownNamesNameTheField) {
  EXPECT_EQ(backends.find("zkvm", "x").error().what,
            "field \"backend\": \"zkvm\" is not known; there is none");
  ASSERT_TRUE(backends.add("groth16", {"chain_step"}, backend()).ok());
  const auto no_backend = backends.find("zk\nvm" + std::string(1000, 'x'), "chain_step");
  EXPECT_EQ(no_backend.error().code, Code::invalid_input);
  EXPECT_EQ(no_backend.error().what,
            "field \"backend\": \"zk?vm" + std::string(59, 'x') + "\" is not known; there is: groth16");
  const auto no_program = backends.find("groth16", "chain_stop");
  EXPECT_EQ(no_program.error().code, Code::invalid_input);
  EXPECT_EQ(no_program.error().what, "field \"program\": \"chain_stop\" is not known; there is: chain_step");
}

TEST_F(Registry, ANameIsTakenOnce) {
  ASSERT_TRUE(backends.add("groth16", {"a"}, backend()).ok());
  EXPECT_EQ(backends.add("groth16", {"b"}, backend()).error().code, Code::conflict);
}

}  // namespace
}  // namespace cairn::prover
