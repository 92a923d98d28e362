// Any bytes are an image that keeps its promises, or are refused; the image runs and ends in bounds.
#include "prover/rv32/elf.h"

#include "prover/rv32/address_space.h"
#include "prover/rv32/executor.h"

using namespace cairn;
using namespace cairn::rv32;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ElfFault fault;
  const auto image = load_elf(ByteView(data, size), &fault);
  CAIRN_ASSERT(image.ok() == (fault == ElfFault::none));
  if (!image.ok()) return 0;
  std::uint64_t end = 0;
  for (const ImageSegment& segment : image->segments) {
    CAIRN_ASSERT(segment.address >= end && segment.memory_bytes > 0 &&
                 segment.bytes.size() <= segment.memory_bytes);
    CAIRN_ASSERT(!(segment.writable && segment.executable));
    end = std::uint64_t{segment.address} + segment.memory_bytes;
    const Region region = segment.writable ? Region::ram : Region::program;
    CAIRN_ASSERT(region_of(segment.address) == region &&
                 region_of(static_cast<std::uint32_t>(end - 1)) == region);
  }
  (void)image_digest(*image);
  Executor executor = Executor::start(*image, {}, {10'000, 1u << 20}).value();
  while (executor.ending() == Ending::running) (void)executor.run_segment(segment_class(kLogClassMin), true);
  CAIRN_ASSERT(executor.state().cycle <= 10'000 && executor.touched_bytes() <= 1u << 20);
  return 0;
}
