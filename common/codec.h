// MessagePack with limits. Encoding appends to a buffer; decoding checks size, depth, item counts and
// trailing bytes before anything is allocated, and every read is typed. The only door to msgpack-cxx.
//
// Messages are arrays: positions are the schema, documented in docs/wire-format.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/bytes.h"

namespace cairn::codec {

class Writer {
 public:
  Writer();
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Exactly `items` values must follow.
  Writer& array(std::size_t items);
  Writer& u64(std::uint64_t value);
  Writer& f64(double value);
  Writer& boolean(bool value);
  Writer& str(std::string_view value);
  Writer& bin(ByteView value);
  Writer& nil();

  Bytes take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A read-only position in a decoded Document; valid while the Document lives.
class Node {
 public:
  explicit Node(const void* object) : object_(object) {}

  bool is_nil() const;
  Result<std::uint64_t> u64() const;
  Result<double> f64() const;
  Result<bool> boolean() const;
  /// Borrowed from the Document. Errors: invalid_input for another type or more than `bytes_max`.
  Result<std::string_view> str(std::size_t bytes_max) const;
  Result<ByteView> bin(std::size_t bytes_max) const;
  /// Count of items when this is an array. Errors: invalid_input.
  Result<std::size_t> size() const;
  /// Requires index < size() (asserted).
  Node at(std::size_t index) const;

 private:
  const void* object_;
};

class Document {
 public:
  /// Decodes exactly one value and nothing after it. `bytes` is copied where needed.
  /// Errors: invalid_input (malformed, too deep, too wide, trailing bytes, extension types).
  static Result<Document> parse(ByteView bytes);
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  Node root() const;

 private:
  struct State;
  explicit Document(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Reads the items of an array in order; the first error sticks and later reads return empty values,
/// so that a decoder is a plain list of reads followed by one check of `status()`.
class Fields {
 public:
  /// `what` names the message in errors. Fewer or more items than `items` is an error.
  Fields(Node node, std::size_t items, std::string_view what);

  std::uint64_t u64(std::uint64_t max = UINT64_MAX);
  double f64();
  bool boolean();
  std::string str(std::size_t bytes_max);
  Bytes bin(std::size_t bytes_max);
  /// The next item itself, for nested arrays. Requires status() to be ok when dereferenced.
  Node node();
  /// The next item's length when it is an array of at most `items_max`.
  std::size_t array(Node& out, std::size_t items_max);

  const Status& status() const { return status_; }
  void fail(std::string_view why);

 private:
  Node node_;
  std::size_t next_ = 0;
  std::size_t items_;
  std::string what_;
  Status status_;
};

}  // namespace cairn::codec
