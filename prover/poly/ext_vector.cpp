#include "prover/poly/ext_vector.h"

#include <sys/mman.h>

#include <cstdlib>

#include "common/result.h"

namespace cairn::engine {

void FreeElements::operator()(KoalaBear* data) const { std::free(data); }

ElementBuffer allocate_elements(std::size_t count) {
  constexpr std::size_t line_bytes = 64, huge_bytes = std::size_t{1} << 21;
  const std::size_t wanted = count * sizeof(KoalaBear);
  const std::size_t align = wanted >= 2 * huge_bytes ? huge_bytes : line_bytes;
  const std::size_t bytes = (wanted + align - 1) / align * align;
  void* data = std::aligned_alloc(align, bytes == 0 ? align : bytes);
  CAIRN_ASSERT(data != nullptr);
  if (align == huge_bytes) madvise(data, bytes, MADV_HUGEPAGE);
  return ElementBuffer(static_cast<KoalaBear*>(data));
}

}  // namespace cairn::engine
