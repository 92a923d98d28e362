// Two verifiers on the same bytes: neither crashes, and they agree, reason by reason. The public values are
// those that the proof states. Mutations keep to words, so that most of what is tried is a proof with
// something wrong deep inside. Proofs of RISC-V segments are kept in lists: of one, its pieces are looked at.
#include <cstring>
#include <random>

#include "common/result.h"
#include "prover/chips/calculator.h"
#include "prover/chips/poseidon2_machine.h"
#include "prover/rv32/verify/batch_proof.h"
#include "prover/rv32/verify/segment_verifier.h"
#include "prover/verify/verifier.h"
#include "tests/reference/machines.h"
#include "tests/reference/shared_chips.h"
#include "tests/unit/prover/demo_machine.h"

using namespace cairn;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

namespace {

struct Machine {
  const engine::MachineShape& shape;
  reference::Machine described;
};

const std::vector<Machine>& machines() {
  static const std::vector<Machine> all = {
      {engine::DemoMachine::shape(), reference::demo_machine()},
      {engine::Poseidon2Machine::shape(), reference::poseidon2_machine()},
      {engine::Calculator::shape(), reference::calculator()},
      {rv32::machine_shape(), reference::with_shared_chips(rv32::machine_shape())}};
  return all;
}

void look_at(ByteView proof) {
  for (const Machine& machine : machines()) {
    engine::ProofHeader header;
    (void)engine::read_header(machine.shape, proof, header);
    const engine::VerifyReport report = engine::verify(machine.shape, proof, header.public_values);
    if (header.public_values.size() != machine.shape.public_values) continue;
    CAIRN_ASSERT(reference::verify(machine.described, proof, header.public_values) ==
                 engine::verify_error_name(report.error));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  std::vector<rv32::Piece> pieces;
  if (rv32::decode(bytes, pieces) != rv32::ProofFault::none) {
    look_at(bytes);
    return 0;
  }
  for (const rv32::Piece& piece : pieces) look_at(piece.proof);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max,
                                               unsigned seed) {
  std::minstd_rand random(seed);
  const std::size_t words = size / 4;
  if (words < 2 || random() % 8 == 0) return LLVMFuzzerMutate(data, size, size_max);
  const auto word = [&](std::size_t i) { return data + 4 * i; };
  const std::size_t at = random() % words, other = random() % words;
  std::uint32_t value = 0;
  std::memcpy(&value, word(at), 4);
  switch (random() % 6) {
    case 0:
      value += 1;
      break;
    case 1:
      value ^= 1u << (random() % 31);
      break;
    case 2:
      value = static_cast<std::uint32_t>(random()) % 0x7f000001u;
      break;
    case 3:
      value = random() % 2 == 0 ? 0u : 0x7f000000u;
      break;
    case 4:
      std::memcpy(&value, word(other), 4);
      break;
    default: {
      std::uint32_t swapped = 0;
      std::memcpy(&swapped, word(other), 4);
      std::memcpy(word(other), &value, 4);
      value = swapped;
    }
  }
  std::memcpy(word(at), &value, 4);
  return size;
}
