#include "prover/backend/proof_list.h"

namespace cairn::prover {
namespace {

constexpr std::size_t length_bytes = 4;

/// Takes the first item off `list`, which is not empty.
Result<ByteView> take_item(ByteView& list) {
  if (list.size() < length_bytes) return Error{Code::invalid_input, "the list is cut off in a length"};
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8 | list[i];
  list = list.subspan(length_bytes);
  if (length == 0) return Error{Code::invalid_input, "the list has an empty item"};
  if (length > list.size()) return Error{Code::invalid_input, "the list is cut off in an item"};
  const ByteView item = list.first(length);
  list = list.subspan(length);
  return item;
}

Status check_list(ByteView list) {
  if (list.empty()) return Error{Code::invalid_input, "the list is empty"};
  while (!list.empty()) CAIRN_TRY(take_item(list));
  return {};
}

}  // namespace

Bytes list_of(ByteView item) {
  CAIRN_ASSERT(!item.empty() && item.size() <= UINT32_MAX);
  Bytes list;
  list.reserve(length_bytes + item.size());
  for (int shift = 24; shift >= 0; shift -= 8)
    list.push_back(static_cast<std::uint8_t>(item.size() >> shift));
  append(list, item);
  return list;
}

Result<std::vector<Bytes>> list_items(ByteView list, std::size_t items_max) {
  CAIRN_TRY(check_list(list));
  std::vector<Bytes> items;
  while (!list.empty()) {
    if (items.size() == items_max) {
      return Error{Code::invalid_input, "the list has more than " + std::to_string(items_max) + " items"};
    }
    CAIRN_ASSIGN(const ByteView item, take_item(list));
    items.push_back(copy(item));
  }
  return items;
}

Result<Bytes> list_join(ByteView left, ByteView right) {
  if (const auto s = check_list(left); !s.ok()) return s.error().in("left proof");
  if (const auto s = check_list(right); !s.ok()) return s.error().in("right proof");
  Bytes joined;
  joined.reserve(left.size() + right.size());
  append(joined, left);
  append(joined, right);
  return joined;
}

}  // namespace cairn::prover
