// Frames of the sockets: any bytes give a message or an error, and a message survives its own encoding.
#include <cstdint>

#include "pipeline/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace cairn;
  const auto message = pipeline::decode(ByteView(bytes, size));
  if (!message.ok()) return 0;
  const Bytes again = pipeline::encode(*message);
  const auto decoded = pipeline::decode(again);
  CAIRN_ASSERT(decoded.ok());
  CAIRN_ASSERT(pipeline::encode(*decoded) == again);
  return 0;
}
