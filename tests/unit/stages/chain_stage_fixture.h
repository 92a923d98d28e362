// Tasks of the three chain stages on a SimChain.
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>

#include "stages/chain_step.h"
#include "tests/support/sim_chain.h"

namespace cairn::stages {

struct NoWatch : pipeline::Watch {
  bool cancelled() const override { return false; }
  void progress(double) override {}
};

class ChainStageTest : public ::testing::Test {
 protected:
  ChainStageTest() {
    chain.set_stake(signer.address(), 1000);
    task.id = "g/h/0000";
    task.group = "g";
    task.height = 42;
    task.payload = encode(row);
  }

  void set(chain::sender::State state) {
    row.state = state;
    task.payload = encode(row);
  }
  chain::sender::Row row_of(const Bytes& payload) { return chain::sender::decode_row(payload).value(); }
  Result<pipeline::Outcome> run(const pipeline::Process& process) {
    NoWatch watch;
    return process(task, watch);
  }
  /// Runs `process` and carries the task on as the store would; mines where it waits. Throws when a test
  /// takes more steps than any needs.
  pipeline::Outcome advance(const pipeline::Process& process) {
    if (++steps_taken > 1000) throw std::length_error("the task comes to no rest");
    pipeline::Outcome out = run(process).value();
    if (!out.again) return out;
    if (out.again->payload) task.payload = *out.again->payload;
    if (out.again->number) task.number = next_number++;
    if (out.again->delay_ms > 0) chain.mine();
    return out;
  }

  sim::SimChain chain{{10, 10, 15, 100}};
  const Digest32 claim = sim::sim_digest("claim");
  const chain::SequenceId id = sim::sim_digest("sequence");
  sim::SimSigner signer{sim::sim_address(1)};
  ChainServices services{chain, signer, {}};
  chain::sender::Row row = chain::sender::planned_row(id, claim, sim::sim_proof(claim, ""));
  pipeline::Task task;
  std::uint64_t next_number = 0;
  int steps_taken = 0;
};

}  // namespace cairn::stages
