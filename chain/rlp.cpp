#include "chain/rlp.h"

namespace cairn::chain::rlp {
namespace {

// First byte: 00…7f itself · 80…b7 string · b8…bf long string · c0…f7 list · f8…ff long list.
constexpr std::uint8_t string_base = 0x80;
constexpr std::uint8_t list_base = 0xc0;
constexpr std::size_t short_max = 55;

void append_prefix(Bytes& out, std::uint8_t base, std::size_t size) {
  if (size <= short_max) {
    out.push_back(static_cast<std::uint8_t>(base + size));
    return;
  }
  const Bytes length = U256(size).be_minimal();
  out.push_back(static_cast<std::uint8_t>(base + short_max + length.size()));
  append(out, length);
}

Error malformed(const char* why) { return {Code::invalid_input, std::string("RLP: ") + why}; }

struct Prefix {
  bool is_list;
  std::size_t header;   ///< Bytes before the content.
  std::size_t content;  ///< Bytes of the content; header + content is within the input.
};

Result<Prefix> read_prefix(ByteView bytes) {
  if (bytes.empty()) return malformed("ends early");
  const std::uint8_t first = bytes[0];
  if (first < string_base) return Prefix{false, 0, 1};
  const bool is_list = first >= list_base;
  const std::size_t code = first - (is_list ? list_base : string_base);
  std::size_t header = 1;
  std::size_t content = code;
  if (code > short_max) {
    const std::size_t length_bytes = code - short_max;
    if (bytes.size() - 1 < length_bytes) return malformed("ends inside a length");
    if (bytes[1] == 0) return malformed("length with a leading zero");
    content = 0;
    for (std::size_t i = 1; i <= length_bytes; ++i) content = content << 8 | bytes[i];
    if (content <= short_max) return malformed("long length for a short item");
    header += length_bytes;
  }
  if (content > bytes.size() - header) return malformed("ends inside an item");
  if (!is_list && code == 1 && bytes[1] < string_base) return malformed("prefixed single byte");
  return Prefix{is_list, header, content};
}

struct Decoder {
  const Limits& limits;
  std::size_t items = 0;

  /// Decodes the first item of `bytes` and moves `bytes` past it.
  Result<Item> next(ByteView& bytes, std::size_t depth) {
    CAIRN_ASSIGN(const Prefix prefix, read_prefix(bytes));
    if (++items > limits.items_max) return malformed("too many items");
    ByteView content = bytes.subspan(prefix.header, prefix.content);
    bytes = bytes.subspan(prefix.header + prefix.content);
    Item item;
    item.is_list = prefix.is_list;
    if (!prefix.is_list) {
      item.string = content;
      return item;
    }
    if (depth >= limits.depth_max) return malformed("nested too deeply");
    while (!content.empty()) {
      CAIRN_ASSIGN(Item child, next(content, depth + 1));
      item.list.push_back(std::move(child));
    }
    return item;
  }
};

}  // namespace

Bytes encode(ByteView string) {
  if (string.size() == 1 && string[0] < string_base) return copy(string);
  Bytes out;
  append_prefix(out, string_base, string.size());
  append(out, string);
  return out;
}

Bytes encode(const U256& number) { return encode(ByteView(number.be_minimal())); }

Bytes encode_list(std::span<const Bytes> items) {
  std::size_t size = 0;
  for (const Bytes& item : items) size += item.size();
  Bytes out;
  append_prefix(out, list_base, size);
  for (const Bytes& item : items) append(out, item);
  return out;
}

Result<U256> Item::number() const {
  if (is_list) return malformed("list where a number belongs");
  if (string.size() > 32) return malformed("number of more than 256 bits");
  if (!string.empty() && string[0] == 0) return malformed("number with a leading zero");
  return U256::from_be(string);
}

Result<Item> decode(ByteView bytes, const Limits& limits) {
  Decoder decoder{limits};
  CAIRN_ASSIGN(Item item, decoder.next(bytes, 0));
  if (!bytes.empty()) return malformed("bytes after the item");
  return item;
}

}  // namespace cairn::chain::rlp
