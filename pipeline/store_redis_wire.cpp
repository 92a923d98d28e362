#include "pipeline/store_redis_wire.h"

#include <array>
#include <charconv>

#include "common/digest.h"

namespace cairn::pipeline::wire {
namespace {

constexpr std::size_t kBlobHeader = 8;
constexpr std::size_t kBlobRefBytes = 64 + 1 + 10;
constexpr std::size_t kRowsMax = 1u << 17;
constexpr std::string_view kStates[] = {"waiting", "delayed", "ready", "leased", "done", "dead", "cancelled"};

Error corrupt(std::string_view what, std::string_view why) {
  return {Code::corrupt, "Redis answers " + std::string(what) + ": " + std::string(why)};
}

/// Reads the items of an array reply in order; the first error sticks.
class Row {
 public:
  Row(const Reply& reply, std::size_t items, std::string_view what) : what_(what) {
    if (reply.kind != Reply::Kind::array) {
      fail("not an array");
    } else if (reply.items.size() != items) {
      fail("expected " + std::to_string(items) + " items, got " + std::to_string(reply.items.size()));
    } else {
      items_ = &reply.items;
    }
  }

  std::uint64_t u64(std::uint64_t max = limits::height_max) {
    const Reply* item = next(Reply::Kind::integer, "an integer");
    if (item == nullptr) return 0;
    if (item->integer < 0 || static_cast<std::uint64_t>(item->integer) > max) {
      fail("a number out of range");
      return 0;
    }
    return static_cast<std::uint64_t>(item->integer);
  }
  std::uint32_t u32() { return static_cast<std::uint32_t>(u64(UINT32_MAX)); }
  std::optional<std::uint64_t> u64_or_minus_one() {
    const Reply* item = next(Reply::Kind::integer, "an integer");
    if (item == nullptr || item->integer == -1) return std::nullopt;
    --next_;
    return u64();
  }
  std::string text(std::size_t bytes_max) {
    const Reply* item = next(Reply::Kind::text, "a string");
    if (item == nullptr) return {};
    if (item->text.size() > bytes_max) {
      fail("a string that is too long");
      return {};
    }
    return item->text;
  }
  Bytes bytes(std::size_t bytes_max) { return copy(text(bytes_max)); }
  std::string id() {
    std::string out = text(limits::task_id_bytes_max);
    if (status_.ok() && !valid_id(out)) fail("not an id");
    return out;
  }
  std::string id_or_empty() {
    std::string out = text(limits::task_id_bytes_max);
    if (status_.ok() && !out.empty() && !valid_id(out)) fail("not an id");
    return out;
  }
  /// The next item; nil after an error.
  const Reply& any() {
    static const Reply nothing;
    if (status_.ok() && !more()) fail("it ends too early");
    return status_.ok() ? (*items_)[next_++] : nothing;
  }
  /// True while items are left to read and all is well.
  bool more() const { return status_.ok() && next_ < items_->size(); }

  void fail(std::string_view why) {
    if (status_.ok()) status_ = corrupt(what_, why);
  }
  void adopt(const Status& status) {
    if (status_.ok()) status_ = status;
  }
  const Status& status() const { return status_; }

 private:
  const Reply* next(Reply::Kind kind, std::string_view expected) {
    const Reply& item = any();
    if (!status_.ok()) return nullptr;
    if (item.kind != kind) {
      fail("expected " + std::string(expected) + " at " + std::to_string(next_ - 1));
      return nullptr;
    }
    return &item;
  }

  std::string_view what_;
  const std::vector<Reply>* items_ = nullptr;
  std::size_t next_ = 0;
  Status status_;
};

template <class T, class Read>
Result<std::vector<T>> read_list(const Reply& reply, std::size_t max, std::string_view what, Read read) {
  if (reply.kind != Reply::Kind::array) return corrupt(what, "not an array");
  if (reply.items.size() > max) return corrupt(what, "too many items");
  std::vector<T> out;
  out.reserve(reply.items.size());
  for (const Reply& item : reply.items) {
    CAIRN_ASSIGN(T value, read(item));
    out.push_back(std::move(value));
  }
  return out;
}

template <class T>
Result<std::vector<T>> read_letters(const Reply& reply, std::size_t count, std::string_view alphabet) {
  if (reply.kind != Reply::Kind::text || reply.text.size() != count) {
    return corrupt("a verdict", "expected " + std::to_string(count) + " letters");
  }
  std::vector<T> out;
  for (const char letter : reply.text) {
    const std::size_t at = alphabet.find(letter);
    if (at == std::string_view::npos) return corrupt("a verdict", "an unknown letter");
    out.push_back(static_cast<T>(at));
  }
  return out;
}

Result<std::optional<BlobRef>> read_blob_ref(const std::string& text) {
  if (text.empty()) return std::optional<BlobRef>();
  constexpr std::size_t digits = 64;
  BlobRef ref{text.substr(0, digits), 0};
  const char* const end = text.data() + text.size();
  if (text.size() < digits + 2 || text[digits] != ':' || !digest_from_hex(ref.sha256).ok()) {
    return corrupt("a blob", "malformed reference");
  }
  const auto [at, error] = std::from_chars(text.data() + digits + 1, end, ref.size);
  if (error != std::errc() || at != end || ref.size > limits::value_bytes_max) {
    return corrupt("a blob", "malformed size");
  }
  return std::optional<BlobRef>(std::move(ref));
}

Result<Lease> read_lease(Row& row, const std::string& stage) {
  Lease lease;
  Task& task = lease.task;
  task.id = row.id();
  task.stage = stage;
  task.height = row.u64();
  task.group = row.id_or_empty();
  task.fence = row.u64();
  task.attempt = row.u32();
  task.number = row.u64_or_minus_one();
  const std::string payload = row.text(kBlobRefBytes);
  task.payload = row.bytes(limits::inline_bytes_max);
  const std::uint64_t inputs = row.u64(limits::inputs_max);
  CAIRN_TRY(row.status());
  if (task.fence == 0) return corrupt("a lease", "without a fence");
  CAIRN_ASSIGN(lease.payload, read_blob_ref(payload));
  for (std::uint64_t i = 0; i < inputs; ++i) {
    CAIRN_ASSIGN(auto ref, read_blob_ref(row.text(kBlobRefBytes)));
    lease.inputs.push_back(std::move(ref));
    task.inputs.push_back(row.bytes(limits::inline_bytes_max));
    CAIRN_TRY(row.status());
  }
  return lease;
}

Result<ExchangeAnswer> read_exchange(Row& row, const Exchange& exchange) {
  ExchangeAnswer answer;
  CAIRN_ASSIGN(answer.verdicts, read_verdicts(row.any(), exchange.completions.size()));
  const std::uint64_t leases = row.u64(exchange.lease_max);
  CAIRN_TRY(row.status());
  for (std::uint64_t i = 0; i < leases; ++i) {
    CAIRN_ASSIGN(Lease lease, read_lease(row, exchange.stage));
    answer.leases.push_back(std::move(lease));
  }
  return answer;
}

}  // namespace

// --- requests

Request::Request(const StoreRules& rules, std::size_t items) {
  writer_.array(items).array(9);
  writer_.u64(rules.lease_ms).u64(rules.attempts_max).u64(rules.deaths_max);
  writer_.u64(rules.backoff_ms).u64(rules.backoff_max_ms);
  writer_.u64(rules.depth_max).u64(rules.bytes_max).u64(rules.done_ms).u64(rules.done_max);
}

void Request::value(const Bytes& bytes) {
  if (bytes.size() <= limits::inline_bytes_max) {
    writer_.str(text(bytes));  // the unpacker of Redis knows no binary type
    return;
  }
  Bytes blob;
  blob.reserve(kBlobHeader + bytes.size());
  for (std::size_t i = 0; i < kBlobHeader; ++i) {
    blob.push_back(static_cast<std::uint8_t>(bytes.size() >> (8 * (kBlobHeader - 1 - i))));
  }
  append(blob, bytes);
  blobs_.push_back(std::move(blob));
  writer_.array(3).str(hex(sha256(bytes))).u64(bytes.size()).u64(1 + blobs_.size());
}

void Request::spec(const TaskSpec& spec) {
  writer_.array(10).str(spec.id).str(spec.stage).u64(spec.height).str(spec.group);
  value(spec.payload);
  writer_.u64(spec.waits_on).str(spec.feed ? spec.feed->task : "").u64(spec.feed ? spec.feed->slot : 0);
  writer_.u64(spec.delay_ms).str(spec.needs);
}

void Request::completion(const Completion& c) {
  const Outcome& o = c.outcome;
  writer_.array(7).str(c.id);
  fence(c.fence);
  value(o.output);
  writer_.array(o.emits.size());
  for (const TaskSpec& emitted : o.emits) spec(emitted);
  writer_.array(2 * o.facts.size());
  for (const auto& [name, fact] : o.facts) writer_.str(name).str(fact);
  writer_.str(o.group_end);
  if (!o.again) {
    writer_.boolean(false);
    return;
  }
  writer_.array(4);
  o.again->payload ? value(*o.again->payload) : void(writer_.boolean(false));
  writer_.u64(o.again->delay_ms);
  writer_.str(o.again->number ? o.again->number->counter : "");
  writer_.u64(o.again->number ? o.again->number->floor : 0);
}

void Request::fence(Fence fence) { writer_.u64(fence > limits::height_max ? 0 : fence); }

std::vector<Bytes> Request::take() {
  std::vector<Bytes> out;
  out.push_back(writer_.take());
  for (Bytes& blob : blobs_) out.push_back(std::move(blob));
  return out;
}

// --- replies

std::optional<Bytes> open_blob(const BlobRef& ref, const Reply& stored) {
  if (stored.kind != Reply::Kind::text || stored.text.size() != kBlobHeader + ref.size) return {};
  const ByteView all = view(stored.text);
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < kBlobHeader; ++i) size = size << 8 | all[i];
  const ByteView bytes = all.subspan(kBlobHeader);
  if (size != ref.size || hex(sha256(bytes)) != ref.sha256) return {};
  return copy(bytes);
}

Result<ExchangeAnswers> read_exchanges(const Reply& reply, const std::vector<Exchange>& exchanges) {
  Row row(reply, reply.items.size(), "an exchange");
  ExchangeAnswers answers;
  for (const Exchange& exchange : exchanges) {
    CAIRN_ASSIGN(ExchangeAnswer answer, read_exchange(row, exchange));
    answers.exchanges.push_back(std::move(answer));
  }
  while (row.more()) {
    const std::string stage = row.text(limits::stage_name_bytes_max);
    if (row.status().ok() && !valid_stage(stage)) row.fail("not a stage");
    answers.woken.push_back(stage);
  }
  CAIRN_TRY(row.status());
  return answers;
}

Result<std::vector<Admission>> read_admissions(const Reply& reply, std::size_t count) {
  return read_letters<Admission>(reply, count, "adb");
}

Result<std::vector<Verdict>> read_verdicts(const Reply& reply, std::size_t count) {
  return read_letters<Verdict>(reply, count, "ods");
}

Result<std::vector<std::string>> read_stages(const Reply& reply) {
  return read_list<std::string>(reply, kRowsMax, "stages", [](const Reply& r) -> Result<std::string> {
    if (r.kind != Reply::Kind::text || !valid_stage(r.text)) return corrupt("stages", "not a stage");
    return r.text;
  });
}

Result<TaskRecord> read_task(const Reply& reply) {
  if (reply.kind == Reply::Kind::array && reply.items.empty()) {
    return Error{Code::not_found, "no such task"};
  }
  Row row(reply, 13, "a task");
  TaskRecord record;
  record.id = row.id();
  record.stage = row.text(limits::stage_name_bytes_max);
  record.height = row.u64();
  record.group = row.id_or_empty();
  const std::string state = row.text(16);
  record.fence = row.u64();
  record.attempts = row.u32();
  record.deaths = row.u32();
  record.waits_on = row.u32();
  record.worker = row.text(limits::worker_name_bytes_max);
  record.reason = row.text(limits::reason_bytes_max);
  record.since_ms = row.u64();
  record.needs = row.text(limits::capability_bytes_max);
  CAIRN_TRY(row.status());
  for (std::size_t i = 0; i < std::size(kStates); ++i) {
    if (state != kStates[i]) continue;
    record.state = static_cast<TaskState>(i);
    return record;
  }
  return corrupt("a task", "an unknown state");
}

Result<std::vector<TaskRecord>> read_tasks(const Reply& reply) {
  return read_list<TaskRecord>(reply, kRowsMax, "tasks", read_task);
}

Result<std::vector<TaskRecord>> read_group_tasks(const Reply& reply) {
  if (reply.kind == Reply::Kind::array && reply.items.empty()) {
    return Error{Code::not_found, "no such group"};
  }
  Row row(reply, 1, "the tasks of a group");
  const Reply& tasks = row.any();
  CAIRN_TRY(row.status());
  return read_tasks(tasks);
}

Result<GroupRecord> read_group(const Reply& reply) {
  if (reply.kind == Reply::Kind::array && reply.items.empty()) {
    return Error{Code::not_found, "no such group"};
  }
  Row row(reply, 6, "a group");
  GroupRecord record;
  record.id = row.id();
  record.height = row.u64();
  record.state = row.text(limits::stage_name_bytes_max);
  record.begun_ms = row.u64();
  record.ended_ms = row.u64();
  const Reply& facts = row.any();
  CAIRN_TRY(row.status());
  if (facts.items.size() % 2 != 0) return corrupt("a group", "a fact without a value");
  Row pairs(facts, facts.items.size(), "a fact");
  for (std::size_t i = 0; i < facts.items.size(); i += 2) {
    const std::string name = pairs.text(limits::fact_name_bytes_max);
    record.facts[name] = pairs.text(limits::fact_value_bytes_max);
  }
  CAIRN_TRY(pairs.status());
  return record;
}

Result<std::vector<GroupRecord>> read_groups(const Reply& reply) {
  return read_list<GroupRecord>(reply, kRowsMax, "groups", read_group);
}

Result<StageCounts> read_counts(const Reply& reply) {
  Row row(reply, 13, "counts");
  StageCounts c;
  for (std::uint64_t* field :
       {&c.waiting, &c.delayed, &c.ready, &c.leased, &c.dead, &c.done_total, &c.leases_lost_total,
        &c.stale_total, &c.failures_total, &c.duplicates_total, &c.oldest_ready_ms, &c.lowest_height}) {
    *field = row.u64();
  }
  const Reply& needs = row.any();
  CAIRN_TRY(row.status());
  Row pairs(needs, needs.items.size(), "counts by need");
  while (pairs.more()) {
    const Capability need = pairs.text(limits::capability_bytes_max);
    c.ready_by_need[need] = pairs.u64();
    if (pairs.status().ok() && !valid_capability(need)) pairs.fail("not a capability");
  }
  CAIRN_TRY(pairs.status());
  return c;
}

Result<std::uint64_t> read_bytes(const Reply& reply) {
  if (reply.kind != Reply::Kind::integer || reply.integer < 0) return corrupt("bytes", "not a count");
  return static_cast<std::uint64_t>(reply.integer);
}

}  // namespace cairn::pipeline::wire
