// Bytes from a Redis that may be anything: read as replies, then as every answer that the store expects.
#include <algorithm>

#include "pipeline/store_redis_wire.h"

using namespace cairn::pipeline;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Exchange> exchanges = {
      {"prove", "w1", {Completion{"x", 1, {}}, Completion{"y", 2, {}}}, 4}, {"prove", "w2", {}, 2}};
  ReplyReader reader(1 << 20);
  cairn::ByteView left(data, size);
  // Pieces of sizes that the input chooses itself.
  while (!left.empty()) {
    const std::size_t piece = std::min<std::size_t>(left.size(), 1 + left.front());
    if (!reader.feed(left.first(piece)).ok()) return 0;
    left = left.subspan(piece);
    while (true) {
      auto next = reader.next();
      if (!next.ok()) return 0;
      if (!next->has_value()) break;
      const Reply& reply = **next;
      if (reply.kind == Reply::Kind::error) static_cast<void>(to_error(reply));
      static_cast<void>(wire::read_exchanges(reply, exchanges));
      static_cast<void>(wire::read_admissions(reply, 3));
      static_cast<void>(wire::read_verdicts(reply, 3));
      static_cast<void>(wire::read_stages(reply));
      static_cast<void>(wire::read_tasks(reply));
      static_cast<void>(wire::read_task(reply));
      static_cast<void>(wire::read_group_tasks(reply));
      static_cast<void>(wire::read_groups(reply));
      static_cast<void>(wire::read_group(reply));
      static_cast<void>(wire::read_counts(reply));
      static_cast<void>(wire::read_bytes(reply));
      static_cast<void>(wire::open_blob({std::string(64, '0'), 4}, reply));
    }
  }
  return 0;
}
