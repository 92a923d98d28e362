#include "stages/payload.h"

#include <algorithm>

// Layout (MessagePack arrays, in this order); submission.cpp has the one of a submission:
//   split      ["split", backend, program, batch, input, feed task, feed slot]
//   prove      ["prove", backend, program, segment]
//   aggregate  ["aggregate", backend, program, last]        last: nil | [claim, sequence_id]
//   follow     ["follow", next_block, taken, span, skipped]

namespace cairn::stages {
namespace {

constexpr std::string_view split_kind = "split";
constexpr std::string_view prove_kind = "prove";
constexpr std::string_view aggregate_kind = "aggregate";

/// Reads an array of `items` that begins with `kind` by `read`, and checks what it has read.
template <class Payload, class Read>
Result<Payload> decode(ByteView bytes, std::string_view kind, std::size_t items, Read read) {
  auto document = codec::Document::parse(bytes);
  if (!document.ok()) return corrupt_payload(document.error());
  codec::Fields fields(document->root(), items, kind);
  if (fields.str(limits::stage_name_bytes_max) != kind) fields.fail("of another kind");
  Payload payload;
  read(fields, payload);
  if (!fields.status().ok()) return corrupt_payload(fields.status().error());
  return payload;
}

}  // namespace

Error corrupt_payload(const Error& error) { return {Code::corrupt, "payload: " + error.what}; }

Digest32 digest_field(codec::Fields& fields) {
  Digest32 out{};
  const Bytes raw = fields.bin(out.size());
  if (raw.size() == out.size()) {
    std::copy(raw.begin(), raw.end(), out.begin());
  } else {
    fields.fail("expected 32 bytes");
  }
  return out;
}

std::string kind_of(ByteView payload) {
  auto document = codec::Document::parse(payload);
  if (!document.ok()) return {};
  const auto size = document->root().size();
  if (!size.ok() || *size == 0) return {};
  const auto kind = document->root().at(0).str(limits::stage_name_bytes_max);
  return kind.ok() ? std::string(*kind) : std::string();
}

Bytes encode(const SplitPayload& p) {
  codec::Writer w;
  w.array(7).str(split_kind).str(p.backend).str(p.program).u64(p.batch).str(p.input);
  w.str(p.feed.task).u64(p.feed.slot);
  return w.take();
}

Result<SplitPayload> decode_split(ByteView bytes) {
  return decode<SplitPayload>(bytes, split_kind, 7, [](codec::Fields& f, SplitPayload& p) {
    p.backend = f.str(name_bytes_max);
    p.program = f.str(name_bytes_max);
    p.batch = static_cast<std::uint32_t>(f.u64(limits::batches_max - 1));
    p.input = f.str(limits::json_line_bytes_max);
    p.feed.task = f.str(limits::task_id_bytes_max);
    p.feed.slot = static_cast<std::uint32_t>(f.u64(limits::inputs_max - 1));
    if (!pipeline::valid_id(p.feed.task)) f.fail("the feed is not a task id");
  });
}

Bytes encode(const ProvePayload& p) {
  codec::Writer w;
  w.array(4).str(prove_kind).str(p.backend).str(p.program).bin(p.segment);
  return w.take();
}

Result<ProvePayload> decode_prove(ByteView bytes) {
  return decode<ProvePayload>(bytes, prove_kind, 4, [](codec::Fields& f, ProvePayload& p) {
    p.backend = f.str(name_bytes_max);
    p.program = f.str(name_bytes_max);
    p.segment = f.bin(segment_bytes_max);
  });
}

Bytes encode(const AggregatePayload& p) {
  codec::Writer w;
  w.array(4).str(aggregate_kind).str(p.backend).str(p.program);
  if (p.last) {
    w.array(2).bin(p.last->claim).bin(p.last->sequence_id);
  } else {
    w.nil();
  }
  return w.take();
}

Result<AggregatePayload> decode_aggregate(ByteView bytes) {
  return decode<AggregatePayload>(bytes, aggregate_kind, 4, [](codec::Fields& f, AggregatePayload& p) {
    p.backend = f.str(name_bytes_max);
    p.program = f.str(name_bytes_max);
    const codec::Node last = f.node();
    if (!f.status().ok() || last.is_nil()) return;
    codec::Fields of_last(last, 2, "last");
    p.last.emplace();
    p.last->claim = digest_field(of_last);
    p.last->sequence_id = digest_field(of_last);
    if (of_last.status().ok()) return;
    f.fail(of_last.status().error().what);
  });
}

Bytes encode(const FollowPayload& p) {
  codec::Writer w;
  w.array(5).str(follow_kind).u64(p.next_block).u64(p.taken).u64(p.span).u64(p.skipped);
  return w.take();
}

Result<FollowPayload> decode_follow(ByteView bytes) {
  return decode<FollowPayload>(bytes, follow_kind, 5, [](codec::Fields& f, FollowPayload& p) {
    p.next_block = f.u64();
    p.taken = f.u64();
    p.span = f.u64();
    p.skipped = f.u64();
  });
}

}  // namespace cairn::stages
