// RLP has one encoding: what decodes must encode to the same bytes. Transactions are total.
#include "chain/rlp.h"
#include "chain/transaction.h"

using namespace cairn;
using namespace cairn::chain;

namespace {
Bytes encode_again(const rlp::Item& item) {
  if (!item.is_list) return rlp::encode(item.string);
  std::vector<Bytes> items;
  for (const auto& child : item.list) items.push_back(encode_again(child));
  return rlp::encode_list(items);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  if (const auto item = rlp::decode(bytes); item.ok()) {
    CAIRN_ASSERT(encode_again(*item) == copy(bytes));
    (void)item->number();
  }
  if (const auto tx = decode_transaction(bytes); tx.ok()) {
    CAIRN_ASSERT(signing_hash(tx->tx) != tx->hash);
  }
  return 0;
}
