#include "stages/submission.h"

#include <optional>
#include <utility>

#include "common/codec.h"
#include "common/compression.h"
#include "common/json.h"
#include "common/limits.h"
#include "stages/payload.h"
#include "stages/printable.h"
#include "stages/stage_names.h"
#include "stages/task_ids.h"

namespace cairn::stages {
namespace {

Error bad(const std::string& what) { return {Code::invalid_input, what}; }

Error tame(const Error& error) { return {error.code, printable(error.what)}; }

Result<Digest32> hex_field(const Json& object, std::string_view key) {
  constexpr std::size_t digits = 2 + 2 * sizeof(Digest32);
  CAIRN_ASSIGN(const std::string text, json_string(object, key, digits));
  auto digest = digest_from_hex(text);
  if (text.size() == digits && digest.ok()) return digest;
  return bad("field \"" + std::string(key) + "\" must be 0x and 64 hex digits");
}

/// Where below `value` a number is not whole and within 64 bits; nullopt when all are. The path is made for
/// that one alone: there may be long keys over very many numbers.
std::optional<std::string> inexact(const Json& value) {
  if (value.is_number_float()) return "";
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) {
      if (const auto below = inexact(item)) return "." + key + *below;
    }
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (const auto below = inexact(value[i])) return "[" + std::to_string(i) + "]" + *below;
    }
  }
  return std::nullopt;
}

/// Numbers that are not exact have lost digits by now, and have no canonical text.
Status check_exact(const Json& value, const std::string& path) {
  const auto where = inexact(value);
  if (!where) return {};
  return bad(path + *where + " must be a whole number within 64 bits; write larger ones as strings");
}

Result<std::string> batch_input(const Json& batch, const std::string& path) {
  if (Status keys = json_only_keys(batch, {"input"}); !keys.ok()) return keys.error().in(path);
  const auto input = batch.find("input");
  if (input == batch.end()) return bad(path + ": field \"input\" is missing");
  if (!input->is_object()) return bad(path + ".input must be a JSON object");
  CAIRN_TRY(check_exact(*input, path + ".input"));
  return input->dump();
}

Result<std::vector<std::string>> batch_inputs(const Json& object) {
  const auto batches = object.find("batches");
  if (batches == object.end()) return bad("field \"batches\" is missing");
  if (!batches->is_array()) return bad("field \"batches\" must be an array");
  if (batches->empty() || batches->size() > limits::batches_max) {
    return bad("field \"batches\" has " + std::to_string(batches->size()) + " items, must have 1 to " +
               std::to_string(limits::batches_max));
  }
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < batches->size(); ++i) {
    CAIRN_ASSIGN(std::string input, batch_input((*batches)[i], "batches[" + std::to_string(i) + "]"));
    inputs.push_back(std::move(input));
  }
  return inputs;
}

Status check_heights(const Submission& s) {
  // Neither side can overflow: both heights are at most 2^53.
  if (s.end_height + 1 == s.start_height + s.inputs.size()) return {};
  return bad("field \"end_height\" is " + std::to_string(s.end_height) + ", but " +
             std::to_string(s.inputs.size()) + " batches from " + std::to_string(s.start_height) +
             " end at " + std::to_string(s.start_height + s.inputs.size() - 1));
}

/// All fields but `sequence_id`.
Result<Submission> parse_work(const Json& object, const Catalog& catalog) {
  Submission s;
  CAIRN_ASSIGN(s.start_height, json_u64(object, "start_height", limits::height_max));
  CAIRN_ASSIGN(s.end_height, json_u64(object, "end_height", limits::height_max));
  CAIRN_ASSIGN(s.backend, json_string(object, "backend", name_bytes_max));
  CAIRN_ASSIGN(s.program, json_string(object, "program", name_bytes_max));
  CAIRN_ASSIGN(s.claim, hex_field(object, "claim"));
  CAIRN_ASSIGN(s.inputs, batch_inputs(object));
  CAIRN_TRY(check_heights(s));
  CAIRN_TRY(check_catalog(s, catalog));
  return s;
}

Result<Submission> parse_line(std::string_view line, const Catalog& catalog) {
  CAIRN_ASSIGN(const Json object, parse_json(line, limits::json_line_bytes_max));
  CAIRN_TRY(json_only_keys(
      object, {"start_height", "end_height", "backend", "program", "claim", "sequence_id", "batches"}));
  CAIRN_ASSIGN(const Digest32 sequence_id, hex_field(object, "sequence_id"));
  CAIRN_ASSIGN(Submission s, parse_work(object, catalog));
  s.sequence_id = sequence_id;
  return s;
}

Result<Submission> parse_attached_data(ByteView data, const Catalog& catalog) {
  Bytes line;
  if (is_compressed(data)) {
    CAIRN_ASSIGN(line, decompress(data, limits::json_line_bytes_max));
    data = line;
  }
  CAIRN_ASSIGN(const Json object, parse_json(text(data), limits::json_line_bytes_max));
  CAIRN_TRY(json_only_keys(object, {"start_height", "end_height", "backend", "program", "claim", "batches"}));
  return parse_work(object, catalog);
}

template <class Names>
std::string listed(const Names& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "none" : out;
}

}  // namespace

Result<Submission> parse_submission(std::string_view line, const Catalog& catalog) {
  auto submission = parse_line(line, catalog);
  if (!submission.ok()) return tame(submission.error());
  return submission;
}

Bytes attach(std::string_view line) {
  Bytes frame = compress(view(line));
  return frame.size() < line.size() ? frame : copy(line);
}

Result<Submission> parse_attached(ByteView data, const Digest32& sequence_id, const Catalog& catalog) {
  auto submission = parse_attached_data(data, catalog);
  if (!submission.ok()) return tame(submission.error());
  submission->sequence_id = sequence_id;
  return submission;
}

Status check_catalog(const Submission& s, const Catalog& catalog) {
  const auto backend = catalog.find(s.backend);
  if (backend == catalog.end()) {
    std::vector<std::string> names;
    for (const auto& [name, programs] : catalog) names.push_back(name);
    return tame(bad("field \"backend\" is unknown: \"" + s.backend + "\"; there is: " + listed(names)));
  }
  if (backend->second.contains(s.program)) return {};
  return tame(bad("field \"program\" is unknown: \"" + s.program + "\"; " + s.backend +
                  " has: " + listed(backend->second)));
}

// Layout: ["submission", start_height, end_height, backend, program, claim, sequence_id, [input
// …]].
Bytes encode(const Submission& s) {
  codec::Writer w;
  w.array(8).str(submission_kind).u64(s.start_height).u64(s.end_height).str(s.backend);
  w.str(s.program).bin(s.claim).bin(s.sequence_id).array(s.inputs.size());
  for (const std::string& input : s.inputs) w.str(input);
  return w.take();
}

namespace {

/// An input as encode() wrote it: its text is its canonical text.
Status check_canonical(std::string_view input) {
  CAIRN_ASSIGN(const Json value, parse_json(input, limits::json_line_bytes_max));
  CAIRN_TRY(check_exact(value, "input"));
  if (value.is_object() && value.dump() == input) return {};
  return bad("input is not a JSON object in its canonical text");
}

Result<Submission> decode_fields(ByteView bytes) {
  CAIRN_ASSIGN(const codec::Document document, codec::Document::parse(bytes));
  codec::Fields fields(document.root(), 8, "submission");
  Submission s;
  if (fields.str(name_bytes_max) != submission_kind) fields.fail("of another kind");
  s.start_height = fields.u64(limits::height_max);
  s.end_height = fields.u64(limits::height_max);
  s.backend = fields.str(name_bytes_max);
  s.program = fields.str(name_bytes_max);
  s.claim = digest_field(fields);
  s.sequence_id = digest_field(fields);
  codec::Node inputs(nullptr);
  const std::size_t batches = fields.array(inputs, limits::batches_max);
  CAIRN_TRY(fields.status());
  if (batches == 0) return bad("submission: no batches");
  for (std::size_t i = 0; i < batches; ++i) {
    CAIRN_ASSIGN(const std::string_view input, inputs.at(i).str(limits::json_line_bytes_max));
    CAIRN_TRY(check_canonical(input));
    s.inputs.emplace_back(input);
  }
  CAIRN_TRY(check_heights(s));
  return s;
}

}  // namespace

Result<Submission> decode_submission(ByteView bytes) {
  auto submission = decode_fields(bytes);
  if (!submission.ok()) return corrupt_payload(submission.error());
  return submission;
}

pipeline::GroupId group_of(const Submission& s) {
  return group_id(s.start_height, s.end_height, sha256(encode(s)));
}

pipeline::TaskSpec ingest_task(const Submission& s) {
  pipeline::TaskSpec spec;
  spec.group = group_of(s);
  spec.id = ingest_id(spec.group);
  spec.stage = kIngest;
  spec.height = s.start_height;
  spec.payload = encode(s);
  return spec;
}

pipeline::Admit make_admit(Catalog catalog) {
  return [catalog = std::move(catalog)](ByteView line) -> Result<pipeline::TaskSpec> {
    CAIRN_ASSIGN(const Submission submission, parse_submission(text(line), catalog));
    return ingest_task(submission);
  };
}

}  // namespace cairn::stages
