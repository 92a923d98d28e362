#include "common/codec.h"

#include <msgpack.hpp>

#include "common/limits.h"

namespace cairn::codec {
namespace {

struct Buffer {
  Bytes bytes;
  void write(const char* from, std::size_t n) { append(bytes, view(std::string_view(from, n))); }
};

const msgpack::object& as_object(const void* p) { return *static_cast<const msgpack::object*>(p); }

/// Counts the values of a message without making them.
struct ValueCount : msgpack::null_visitor {
  std::size_t values = 1, depth = 0;
  bool start_array(std::uint32_t items) {
    values += items;
    return ++depth <= limits::codec_depth_max && values <= limits::codec_values_max;
  }
  bool end_array() {
    --depth;
    return true;
  }
  bool start_map(std::uint32_t) { return false; }
};

bool has_too_many_values(ByteView bytes) {
  if (bytes.size() <= limits::codec_values_max) return false;  // each takes at least one
  ValueCount count;
  std::size_t offset = 0;
  msgpack::parse(text(bytes).data(), bytes.size(), offset, count);
  return count.values > limits::codec_values_max;
}

Error wrong(std::string_view expected) { return {Code::invalid_input, "expected " + std::string(expected)}; }

}  // namespace

struct Writer::State {
  Buffer buffer;
  msgpack::packer<Buffer> packer{buffer};
};

Writer::Writer() : state_(std::make_unique<State>()) {}
Writer::~Writer() = default;

Writer& Writer::array(std::size_t items) {
  state_->packer.pack_array(static_cast<std::uint32_t>(items));
  return *this;
}
Writer& Writer::u64(std::uint64_t value) {
  state_->packer.pack_uint64(value);
  return *this;
}
Writer& Writer::f64(double value) {
  state_->packer.pack_double(value);
  return *this;
}
Writer& Writer::boolean(bool value) {
  value ? state_->packer.pack_true() : state_->packer.pack_false();
  return *this;
}
Writer& Writer::str(std::string_view value) {
  state_->packer.pack_str(static_cast<std::uint32_t>(value.size()));
  state_->packer.pack_str_body(value.data(), static_cast<std::uint32_t>(value.size()));
  return *this;
}
Writer& Writer::bin(ByteView value) {
  state_->packer.pack_bin(static_cast<std::uint32_t>(value.size()));
  state_->packer.pack_bin_body(reinterpret_cast<const char*>(value.data()),
                               static_cast<std::uint32_t>(value.size()));
  return *this;
}
Writer& Writer::nil() {
  state_->packer.pack_nil();
  return *this;
}
Bytes Writer::take() { return std::move(state_->buffer.bytes); }

bool Node::is_nil() const { return as_object(object_).type == msgpack::type::NIL; }

Result<std::uint64_t> Node::u64() const {
  const auto& o = as_object(object_);
  if (o.type != msgpack::type::POSITIVE_INTEGER) return wrong("an unsigned integer");
  return static_cast<std::uint64_t>(o.via.u64);
}
Result<double> Node::f64() const {
  const auto& o = as_object(object_);
  switch (o.type) {
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64:
      return o.via.f64;
    // msgpack-cxx writes a whole number as an integer, whatever it was asked to write.
    case msgpack::type::POSITIVE_INTEGER:
      return static_cast<double>(o.via.u64);
    case msgpack::type::NEGATIVE_INTEGER:
      return static_cast<double>(o.via.i64);
    default:
      return wrong("a number");
  }
}
Result<bool> Node::boolean() const {
  const auto& o = as_object(object_);
  if (o.type != msgpack::type::BOOLEAN) return wrong("a boolean");
  return o.via.boolean;
}
Result<std::string_view> Node::str(std::size_t bytes_max) const {
  const auto& o = as_object(object_);
  if (o.type != msgpack::type::STR) return wrong("a string");
  if (o.via.str.size > bytes_max) {
    return Error{Code::invalid_input, "string longer than " + std::to_string(bytes_max) + " bytes"};
  }
  return std::string_view(o.via.str.ptr, o.via.str.size);
}
Result<ByteView> Node::bin(std::size_t bytes_max) const {
  const auto& o = as_object(object_);
  if (o.type != msgpack::type::BIN) return wrong("binary");
  if (o.via.bin.size > bytes_max) {
    return Error{Code::invalid_input, "binary longer than " + std::to_string(bytes_max) + " bytes"};
  }
  return view(std::string_view(o.via.bin.ptr, o.via.bin.size));
}
Result<std::size_t> Node::size() const {
  const auto& o = as_object(object_);
  if (o.type != msgpack::type::ARRAY) return wrong("an array");
  return static_cast<std::size_t>(o.via.array.size);
}
Node Node::at(std::size_t index) const {
  const auto& o = as_object(object_);
  CAIRN_ASSERT(o.type == msgpack::type::ARRAY && index < o.via.array.size);
  return Node(&o.via.array.ptr[index]);
}

struct Document::State {
  msgpack::object_handle handle;
};

Document::Document(std::unique_ptr<State> state) : state_(std::move(state)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;
Node Document::root() const { return Node(&state_->handle.get()); }

Result<Document> Document::parse(ByteView bytes) {
  if (bytes.size() > limits::frame_bytes_max) return Error{Code::invalid_input, "frame too large"};
  if (has_too_many_values(bytes)) {
    return Error{Code::invalid_input, "more than " + std::to_string(limits::codec_values_max) + " values"};
  }
  // Wide arrays are bounded by the bytes that are really there: an item takes at least one.
  const std::size_t items = std::min(limits::codec_items_max, bytes.size());
  const msgpack::unpack_limit limit(items, /*map=*/0, /*str=*/bytes.size(), /*bin=*/bytes.size(),
                                    /*ext=*/0, limits::codec_depth_max);
  try {
    auto state = std::make_unique<State>();
    std::size_t offset = 0;
    state->handle = msgpack::unpack(text(bytes).data(), bytes.size(), offset, nullptr, nullptr, limit);
    if (offset != bytes.size()) return Error{Code::invalid_input, "bytes after the end of the message"};
    return Document(std::move(state));
  } catch (const std::exception& e) {
    return Error{Code::invalid_input, std::string("malformed message: ") + e.what()};
  }
}

namespace {
const msgpack::object nil_object;
}

Fields::Fields(Node node, std::size_t items, std::string_view what)
    : node_(node), items_(items), what_(what) {
  auto size = node.size();
  if (!size.ok()) {
    status_ = size.error().in(what_);
  } else if (*size != items) {
    fail("expected " + std::to_string(items) + " fields, got " + std::to_string(*size));
  }
}

void Fields::fail(std::string_view why) {
  if (status_.ok()) status_ = Error{Code::invalid_input, what_ + ": " + std::string(why)};
}

Node Fields::node() {
  if (!status_.ok()) return Node(&nil_object);
  CAIRN_ASSERT(next_ < items_);
  return node_.at(next_++);
}

namespace {
template <class T>
T take_or(Fields& fields, Result<T> result, T otherwise) {
  if (!fields.status().ok()) return otherwise;
  if (result.ok()) return *result;
  fields.fail(result.error().what);
  return otherwise;
}
}  // namespace

std::uint64_t Fields::u64(std::uint64_t max) {
  const auto value = take_or<std::uint64_t>(*this, node().u64(), 0);
  if (value <= max) return value;
  fail("number above " + std::to_string(max));
  return 0;
}
double Fields::f64() { return take_or<double>(*this, node().f64(), 0); }
bool Fields::boolean() { return take_or<bool>(*this, node().boolean(), false); }
std::string Fields::str(std::size_t bytes_max) {
  return std::string(take_or<std::string_view>(*this, node().str(bytes_max), {}));
}
Bytes Fields::bin(std::size_t bytes_max) { return copy(take_or<ByteView>(*this, node().bin(bytes_max), {})); }
std::size_t Fields::array(Node& out, std::size_t items_max) {
  out = node();
  const auto size = take_or<std::size_t>(*this, out.size(), 0);
  if (size <= items_max) return size;
  fail("more than " + std::to_string(items_max) + " items");
  return 0;
}

}  // namespace cairn::codec
