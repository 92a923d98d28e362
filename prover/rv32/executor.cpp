#include "prover/rv32/executor.h"

#include <cstdio>

#include "prover/rv32/little_endian.h"
#include "prover/rv32/machine.h"

namespace cairn::rv32 {

Executor::Executor(std::unique_ptr<Machine> machine) : machine_(std::move(machine)) {}
Executor::Executor(Executor&&) noexcept = default;
Executor& Executor::operator=(Executor&&) noexcept = default;
Executor::~Executor() = default;

Result<Executor> Executor::start(const Image& image, ByteView input, const RunLimits& limits) {
  if (input.size() > kInputBytesMax) {
    return Error{Code::invalid_input, "the input has more than " + std::to_string(kInputBytesMax) + " bytes"};
  }
  CAIRN_ASSIGN(Memory memory, Memory::reserve(limits.memory_bytes));
  for (const ImageSegment& segment : image.segments) memory.write(segment.address, segment.bytes);
  Bytes length;
  put_u32(length, static_cast<std::uint32_t>(input.size()));
  memory.write(kInputBegin, length);
  memory.write(kInputBegin + kLengthBytes, input);
  auto machine = std::make_unique<Machine>(std::move(memory));
  machine->code = code_of(image);
  machine->limits = limits;
  machine->state.pc = image.entry;
  return Executor(std::move(machine));
}

Result<Executor> Executor::replay(const Segment& segment) {
  CAIRN_ASSIGN(Memory memory, Memory::reserve(UINT64_MAX));
  std::vector<std::uint32_t> chunks;
  for (const Chunk& chunk : segment.chunks) {
    memory.write(chunk.address, chunk.bytes);
    chunks.push_back(chunk.address);
  }
  memory.restrict_to(std::move(chunks));
  auto machine = std::make_unique<Machine>(std::move(memory));
  machine->code = code_of(segment.code);
  machine->limits = {segment.end.cycle, UINT64_MAX};
  machine->is_replay = true;
  machine->state = segment.begin;
  machine->segments = segment.index;
  return Executor(std::move(machine));
}

Segment Executor::run_segment(const SegmentLimits& limits, bool keep) {
  return machine_->run_segment(limits, keep);
}
Ending Executor::ending() const { return machine_->ending; }
const TrapReport& Executor::trap() const { return machine_->trap; }
const MachineState& Executor::state() const { return machine_->state; }
std::uint64_t Executor::touched_bytes() const { return machine_->memory.touched_bytes(); }
std::uint64_t Executor::unaligned_accesses() const { return machine_->unaligned_accesses; }

Bytes Executor::journal() const {
  CAIRN_ASSERT(machine_->ending == Ending::exited && !machine_->is_replay);
  const std::uint32_t bytes = get_u32(machine_->memory.read(kJournalBegin, 4), 0);
  return machine_->memory.read(kJournalBegin + kLengthBytes, bytes);
}

Bytes Executor::memory(std::uint32_t address, std::uint32_t bytes) const {
  return machine_->memory.read(address, bytes);
}

std::string_view trap_name(Trap trap) {
  switch (trap) {
    case Trap::none:
      return "none";
    case Trap::illegal_instruction:
      return "illegal_instruction";
    case Trap::breakpoint:
      return "breakpoint";
    case Trap::unknown_ecall:
      return "unknown_ecall";
    case Trap::jump_misaligned:
      return "jump_misaligned";
    case Trap::fetch_outside:
      return "fetch_outside";
    case Trap::load_misaligned:
      return "load_misaligned";
    case Trap::load_outside:
      return "load_outside";
    case Trap::store_misaligned:
      return "store_misaligned";
    case Trap::store_outside:
      return "store_outside";
    case Trap::memory_limit:
      return "memory_limit";
    case Trap::journal_malformed:
      return "journal_malformed";
    case Trap::snapshot_misses:
      return "snapshot_misses";
  }
  CAIRN_ASSERT(false);
}

namespace {

/// What lies at an address that may not be touched.
std::string place(std::uint32_t address) {
  if (address < kProgramBegin) return ", near a null pointer";
  if (address >= kProgramEnd && address < kRamBegin) return ", below the stack";
  switch (region_of(address)) {
    case Region::program:
      return ", in code and constants";
    case Region::input:
      return ", in the input";
    default:
      return "";
  }
}

}  // namespace

std::string to_text(const TrapReport& report) {
  char value[64];
  const bool is_address = report.trap >= Trap::load_misaligned && report.trap <= Trap::memory_limit;
  std::snprintf(value, sizeof value, "pc 0x%08x, %s 0x%08x", report.pc, is_address ? "address" : "value",
                report.value);
  return std::string(trap_name(report.trap)) + " at " + value + (is_address ? place(report.value) : "");
}

}  // namespace cairn::rv32
