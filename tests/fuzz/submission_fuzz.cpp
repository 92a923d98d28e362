// A producer's line: whatever it is, it is refused with a printable error, or it means one thing,
// which survives its encoding and its own canonical text.
#include <cstddef>
#include <cstdint>

#include "common/compression.h"
#include "common/limits.h"
#include "pipeline/task.h"
#include "stages/payload.h"
#include "stages/printable.h"
#include "stages/submission.h"

namespace {

using namespace cairn;
using namespace cairn::stages;

const Catalog catalog = {{"groth16", {"chain_step"}}, {"zkvm", {"fib.elf"}}};

void check_error(const Error& error) {
  CAIRN_ASSERT(error.code == Code::invalid_input);
  CAIRN_ASSERT(!error.what.empty() && error.what.size() <= printable_bytes_max);
  for (const char c : error.what) CAIRN_ASSERT(c >= ' ' && c <= '~');
}

/// The line that a careful producer would have written.
std::string canonical_line(const Submission& s) {
  std::string out = "{\"batches\":[";
  for (std::size_t i = 0; i < s.inputs.size(); ++i) {
    out += (i == 0 ? "" : ",") + std::string("{\"input\":") + s.inputs[i] + "}";
  }
  return out + "],\"backend\":\"" + s.backend + "\",\"program\":\"" + s.program + "\",\"claim\":\"0x" +
         hex(s.claim) + "\",\"sequence_id\":\"0x" + hex(s.sequence_id) +
         "\",\"start_height\":" + std::to_string(s.start_height) +
         ",\"end_height\":" + std::to_string(s.end_height) + "}";
}

void check_submission(const Submission& s) {
  CAIRN_ASSERT(!s.inputs.empty() && s.inputs.size() <= limits::batches_max);
  CAIRN_ASSERT(s.end_height <= limits::height_max);
  CAIRN_ASSERT(s.end_height - s.start_height == s.inputs.size() - 1);
  CAIRN_ASSERT(pipeline::check(ingest_task(s)).ok());
  CAIRN_ASSERT(*decode_submission(encode(s)) == s);
  const std::string line = canonical_line(s);
  if (line.size() > limits::json_line_bytes_max) return;
  CAIRN_ASSERT(*parse_submission(line, catalog) == s);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const auto produced = parse_submission(text(bytes), catalog);
  produced.ok() ? check_submission(*produced) : check_error(produced.error());
  const auto attached = parse_attached(bytes, Digest32{}, catalog);
  attached.ok() ? check_submission(*attached) : check_error(attached.error());
  // A line that is compressed means what it means.
  if (attached.ok() && !is_compressed(bytes)) {
    CAIRN_ASSERT(*parse_attached(compress(bytes), Digest32{}, catalog) == *attached);
  }

  // The same bytes as payloads that came back from Redis.
  const auto stored = decode_submission(bytes);
  if (stored.ok()) CAIRN_ASSERT(*decode_submission(encode(*stored)) == *stored);
  if (const auto p = decode_split(bytes); p.ok()) CAIRN_ASSERT(*decode_split(encode(*p)) == *p);
  if (const auto p = decode_prove(bytes); p.ok()) CAIRN_ASSERT(*decode_prove(encode(*p)) == *p);
  if (const auto p = decode_aggregate(bytes); p.ok()) {
    CAIRN_ASSERT(*decode_aggregate(encode(*p)) == *p);
  }
  if (const auto p = decode_follow(bytes); p.ok()) CAIRN_ASSERT(*decode_follow(encode(*p)) == *p);
  return 0;
}
