// The real backend on the real program: circuits/chain_step, proved by snarkjs.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "common/digest.h"
#include "common/json.h"
#include "prover/backend/command.h"
#include "tests/support/process.h"
#include "tests/unit/prover/support.h"

namespace cairn::prover {

struct Sequence {
  Json line;
  Digest32 claim;
  std::vector<Bytes> inputs;
};

class ChainStep : public testing::Test {
 protected:
  static std::filesystem::path program_dir() { return test::source_dir() / "circuits/chain_step"; }

  ChainStep() {
    CommandProgram program;
    program.dir = program_dir();
    program.prove = {"node", "{program_dir}/prove.mjs", "{input}", "{output}"};
    program.finalize = {"node", "{program_dir}/finalize.mjs", "{input}", "{claim}", "{output}"};
    program.verify = {"node", "{program_dir}/verify.mjs", "{claim}", "{input}"};
    CommandConfig config;
    config.programs["chain_step"] = program;
    config.work_root = temp / "work";
    auto made = CommandBackend::create(config);
    if (!made.ok()) ADD_FAILURE() << made.error().what;
    backend = *std::move(made);
  }

  static test::Output node(const std::string& program, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"node", program_dir() / program});
    return test::run(arguments);
  }

  static Result<std::vector<Sequence>> make_sequences(std::vector<std::string> options) {
    const auto made = node("make_sequences.mjs", std::move(options));
    if (made.status != 0) return Error{Code::failed, made.err};
    std::istringstream lines(made.out);
    std::vector<Sequence> sequences;
    for (std::string line; std::getline(lines, line);) {
      Sequence sequence;
      CAIRN_ASSIGN(sequence.line, parse_json(line, limits::json_line_bytes_max));
      CAIRN_ASSIGN(sequence.claim, digest_from_hex(sequence.line["claim"].get<std::string>()));
      for (const auto& batch : sequence.line["batches"])
        sequence.inputs.push_back(copy(batch["input"].dump()));
      sequences.push_back(std::move(sequence));
    }
    return sequences;
  }

  Result<Bytes> prove(ByteView input) { return backend->prove("chain_step", input, control); }
  Result<Bytes> join(ByteView left, ByteView right) {
    return backend->join("chain_step", left, right, control);
  }
  Result<Bytes> finalize(ByteView joined, const Digest32& claim) {
    return backend->finalize("chain_step", joined, claim, control);
  }
  Status verify(const Digest32& claim, ByteView proof) {
    return backend->verify("chain_step", claim, proof, control);
  }

  /// The whole way of a sequence, as the pipeline goes it.
  Result<Bytes> final_proof(const Sequence& sequence) {
    Bytes joined;
    for (const auto& input : sequence.inputs) {
      CAIRN_ASSIGN(const auto segments, backend->split("chain_step", input, control));
      for (const auto& segment : segments) {
        CAIRN_ASSIGN(Bytes leaf, prove(segment));
        if (joined.empty()) {
          joined = std::move(leaf);
        } else {
          CAIRN_ASSIGN(joined, join(joined, leaf));
        }
      }
    }
    return finalize(joined, sequence.claim);
  }

  test::TempDir temp;
  TestControl control;
  std::unique_ptr<CommandBackend> backend;
};

}  // namespace cairn::prover
