// A snapshot has one encoding, and replaying a hostile one ends in bounds. The checksum is put right, so
// that what is behind it is reached.
#include "prover/rv32/snapshot.h"

using namespace cairn;
using namespace cairn::rv32;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)decode_snapshot(ByteView(data, size));
  Bytes bytes(data, data + size);
  append(bytes, sha256(bytes));
  const auto snapshot = decode_snapshot(bytes);
  if (!snapshot.ok()) return 0;
  CAIRN_ASSERT(encode(*snapshot) == bytes);
  if (snapshot->segment.counts.cycles > 100'000) return 0;
  const Status status = check_by_replay(*snapshot);
  CAIRN_ASSERT(status.ok() || status.error().code == Code::corrupt);
  return 0;
}
