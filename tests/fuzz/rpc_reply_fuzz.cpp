// Any reply body: classified, and read as every structure that a node may answer with.
#include "chain/eth_json.h"
#include "chain/revert.h"
#include "common/limits.h"

using namespace cairn;
using namespace cairn::chain;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto reply = parse_reply(text(ByteView(data, size)), 1);
  if (!reply.ok()) {
    CAIRN_ASSERT(reply.error().code == Code::corrupt);
    return 0;
  }
  if (const auto* error = std::get_if<RpcError>(&*reply)) {
    CAIRN_ASSERT(error->message.size() <= limits::reason_bytes_max);
    (void)classify(*error);
    (void)revert_text(error->data);
    return 0;
  }
  const Json& result = std::get<Json>(*reply);
  (void)read_head(result);
  (void)read_receipt(result, TxHash{});
  (void)read_logs(result);
  (void)read_next_base_fee(result);
  (void)read_bytes(result, "bytes", 1024);
  (void)read_digest(result, "digest");
  if (const auto number = read_quantity(result, "quantity"); number.ok()) {
    CAIRN_ASSERT(U256::parse_quantity(number->quantity()).value() == *number);
  }
  return 0;
}
