// The prover backend for RISC-V programs (docs/rv32.md): a program is an ELF file, a batch one run of it.
//
//   split     {"input":"0x…"}   executes, and cuts the run into segments, each a snapshot
//   prove     a snapshot        a list of one piece (prover/rv32/verify/batch_proof.h)
//   join      two lists         one list, when the right one goes on where the left one ends, and batches
//   chain finalize  all batches       the list as it is, when it shows the claim; proofs are not checked
//   again verify    the list          checks all: pieces, continuity, program, exit codes 0, chaining,
//   journals
//
// The claim of a sequence is sequence_claim() of its program, its chaining and its journals.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "prover/backend/backend.h"
#include "prover/rv32/image.h"
#include "prover/rv32/prove/piece.h"
#include "prover/rv32/verify/sequence.h"

namespace cairn::prover {

struct ZkvmProgram {
  std::filesystem::path elf;
  rv32::Chaining chaining = {};  ///< of the batches of a sequence
};

struct ZkvmConfig {
  std::map<std::string, ZkvmProgram, std::less<>> programs;
  unsigned segment_log2 = 18;                                 ///< segments have at most 2^this instructions
  std::uint64_t cycles_max = std::uint64_t{1} << 28;          ///< of one batch
  std::uint64_t memory_bytes_max = std::uint64_t{256} << 20;  ///< that a program may touch
};

/// Thread-safe. A call that proves or verifies one piece ends it before it looks whether it is cancelled.
class ZkvmBackend final : public ProverBackend {
 public:
  /// `verifier` outlives it. Errors: invalid_input naming program and path: no file, or no program.
  static Result<std::unique_ptr<ZkvmBackend>> create(const ZkvmConfig& config, rv32::ProveSegment prove,
                                                     const rv32::PieceVerifier& verifier);

  std::vector<std::string> programs() const;
  /// Of a program that is there (asserted).
  Digest32 image_id(std::string_view program) const;

  Result<std::vector<Bytes>> split(std::string_view program, ByteView input, Control& control) override;
  Result<Bytes> prove(std::string_view program, ByteView segment, Control& control) override;
  Result<Bytes> join(std::string_view program, ByteView left, ByteView right, Control& control) override;
  Result<Bytes> finalize(std::string_view program, ByteView joined, const Digest32& claim,
                         Control& control) override;
  Status verify(std::string_view program, const Digest32& claim, ByteView proof, Control& control) override;

 private:
  struct Program {
    rv32::Image image;
    Digest32 id{};
    rv32::Chaining chaining;
  };
  ZkvmBackend(const ZkvmConfig& config, rv32::ProveSegment prove, const rv32::PieceVerifier& verifier);
  Result<const Program*> find(std::string_view name) const;

  ZkvmConfig config_;
  rv32::ProveSegment prove_;
  const rv32::PieceVerifier& verifier_;
  std::map<std::string, Program, std::less<>> programs_;
};

}  // namespace cairn::prover
