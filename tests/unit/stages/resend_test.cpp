#include "stages/resend.h"

#include <algorithm>

#include "stages/hash_commit.h"
#include "stages/reveal.h"
#include "tests/unit/stages/chain_stage_fixture.h"

namespace cairn::stages {
namespace {

using chain::sender::State;

class Resend : public ChainStageTest {
 protected:
  std::string fact(const pipeline::Outcome& out, const std::string& name) {
    const auto it =
        std::find_if(out.facts.begin(), out.facts.end(), [&](const auto& f) { return f.first == name; });
    return it == out.facts.end() ? "" : it->second;
  }
  pipeline::Process process = make_resend(services);
};

TEST_F(Resend, EndsTheGroupWithTheFactsOfThePayment) {
  chain.open(id, claim, 77, 1000);
  task.stage = "hash_commit";
  std::map<std::string, std::string> facts;
  std::vector<std::string> ids;
  const std::map<std::string, pipeline::Process> stages = {
      {"hash_commit", make_hash_commit(services)}, {"reveal", make_reveal(services)}, {"resend", process}};
  for (int steps = 0; steps < 500; ++steps) {
    pipeline::Outcome out = advance(stages.at(task.stage));
    for (const auto& [name, value] : out.facts) facts[name] = value;
    if (!out.group_end.empty()) {
      EXPECT_EQ(out.group_end, "verified");
      EXPECT_TRUE(out.emits.empty());
      break;
    }
    if (out.again) continue;
    ids.push_back(out.emits.at(0).id);
    task.id = out.emits[0].id;
    task.stage = out.emits[0].stage;
    task.payload = out.emits[0].payload;
    task.number.reset();
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"g/r/0001", "g/v/0002", "g/r/0003"}));
  for (const char* name : {"round", "commit_block", "commit_tx", "reveal_block", "reveal_tx"}) {
    EXPECT_FALSE(facts[name].empty()) << name;
  }
  EXPECT_EQ(facts["reward_wei"], "77");
  EXPECT_EQ(facts["waiting_for"], "");
}

TEST_F(Resend, EndsTheGroupWithTheReasonOfGivingUp) {
  chain.reclaim(id);
  set(State::given_up);
  pipeline::Outcome out;
  do {
    out = advance(process);
  } while (out.again);
  EXPECT_EQ(out.group_end, "given_up");
  EXPECT_EQ(fact(out, "given_up"), "its requester reclaimed the reward");
}

}  // namespace
}  // namespace cairn::stages
