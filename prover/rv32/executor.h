// Runs a program, segment by segment. The same image, input and limits give the same segments on every
// machine; a segment that is replayed from its snapshot gives the same end.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "prover/rv32/image.h"
#include "prover/rv32/segment.h"

namespace cairn::rv32 {

/// What the machine does not allow. A trap ends the run, cannot be caught and cannot be proved.
enum class Trap : std::uint8_t {
  none,
  illegal_instruction,  ///< value: the word.
  breakpoint,           ///< ebreak.
  unknown_ecall,        ///< value: a7.
  jump_misaligned,      ///< value: a target that is no multiple of 4; pc is that of the jump.
  fetch_outside,        ///< value: pc, where no code was loaded.
  load_misaligned,      ///< value of this and all that follow: the address.
  load_outside,
  store_misaligned,
  store_outside,      ///< Code, constants and input are outside for stores.
  memory_limit,       ///< More memory than RunLimits::memory_bytes.
  journal_malformed,  ///< At exit: its length is too large, or there is something behind its end.
  snapshot_misses,    ///< In a replay only: it goes where the segment did not go.
};
std::string_view trap_name(Trap trap);

struct TrapReport {
  Trap trap = Trap::none;
  std::uint32_t pc = 0;
  std::uint32_t value = 0;
};
/// One line for a person.
std::string to_text(const TrapReport& report);

struct RunLimits {
  std::uint64_t cycles = std::uint64_t{1} << 32;
  /// RAM and journal that the program may touch, in whole pages of 4 KiB.
  std::uint64_t memory_bytes = 256u << 20;
};

/// Not thread-safe.
class Executor {
 public:
  /// Ready to run from the entry. Errors: exhausted (address space), invalid_input (more input than
  /// kInputBytesMax).
  static Result<Executor> start(const Image& image, ByteView input, const RunLimits& limits);
  /// Ready to run what `segment` ran, for at most as many cycles, from its chunks and its code alone.
  static Result<Executor> replay(const Segment& segment);

  Executor(Executor&&) noexcept;
  Executor& operator=(Executor&&) noexcept;
  ~Executor();

  /// Runs until the program ends or `limits` are reached. With `keep` the segment has its chunks and its
  /// code. Requires ending() == running, room for 32 chunks, and for a row of each family (asserted).
  Segment run_segment(const SegmentLimits& limits, bool keep);

  Ending ending() const;
  /// When trapped.
  const TrapReport& trap() const;
  /// Between segments.
  const MachineState& state() const;
  /// What the program made public. Requires exited, and not a replay (asserted).
  Bytes journal() const;
  /// Memory as it is now; zeros where nothing is. Requires address + bytes <= kInputEnd (asserted).
  Bytes memory(std::uint32_t address, std::uint32_t bytes) const;
  /// RAM and journal touched so far, in whole pages.
  std::uint64_t touched_bytes() const;
  /// Accesses that were refused because of their alignment: 0, or 1 after such a trap.
  std::uint64_t unaligned_accesses() const;

 private:
  struct Machine;
  explicit Executor(std::unique_ptr<Machine> machine);
  std::unique_ptr<Machine> machine_;
};

}  // namespace cairn::rv32
