#include "stages/reveal.h"

#include "stages/hash_commit.h"
#include "stages/resend.h"
#include "tests/unit/stages/chain_stage_fixture.h"

namespace cairn::stages {
namespace {

using chain::sender::State;

class Reveal : public ChainStageTest {
 protected:
  /// Brings the task to the reveal stage.
  void open_window() {
    chain.open(id, claim, 1, 1000);
    for (const auto& earlier : {make_hash_commit(services), make_resend(services)}) {
      pipeline::Outcome out;
      do {
        out = advance(earlier);
      } while (out.again);
      task.id = out.emits.at(0).id;
      task.stage = out.emits.at(0).stage;
      task.payload = out.emits.at(0).payload;
      task.number.reset();
    }
    ASSERT_EQ(task.stage, "reveal");
  }
  pipeline::Process process = make_reveal(services);
};

TEST_F(Reveal, TakesTheRowWhenItsWindowIsOpenAndHandsItBackSent) {
  open_window();
  EXPECT_EQ(task.id, "g/v/0002");
  pipeline::Outcome out;
  do {
    out = advance(process);
  } while (out.again);
  ASSERT_EQ(out.emits.size(), 1u);
  EXPECT_EQ(out.emits[0].id, "g/r/0003");
  EXPECT_EQ(row_of(out.emits[0].payload).state, State::reveal_sent);
  EXPECT_EQ(chain.pool.size(), 1u);
}

TEST_F(Reveal, HandsTheRowBackWhenTheCommitmentIsReorganisedAway) {
  open_window();
  chain.unwind(14, [](const sim::SimTx&) { return false; });
  chain.open(id, claim, 1, 1000);
  const auto out = run(process).value();
  ASSERT_EQ(out.emits.size(), 1u);
  EXPECT_EQ(out.emits[0].stage, "resend");
  EXPECT_EQ(row_of(out.emits[0].payload).state, State::commit_sent);
  EXPECT_TRUE(chain.pool.empty());
}

TEST_F(Reveal, PassesOnARowThatIsNotItsOwn) {
  set(State::planned);
  chain.open(id, claim, 1, 1000);
  const auto out = run(process).value();
  ASSERT_EQ(out.emits.size(), 1u);
  EXPECT_EQ(out.emits[0].stage, "hash_commit");
}

}  // namespace
}  // namespace cairn::stages
