#include "pipeline/store_redis.h"

#include <algorithm>
#include <random>

#include "pipeline/store_redis_wire.h"

namespace cairn::pipeline {
namespace {

using wire::Request;

constexpr std::size_t kEnqueueSpecs = 512;
constexpr std::size_t kEnqueueBytes = 16u << 20;

std::string random_name() {
  std::random_device device;
  Bytes bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<std::uint8_t>(device()));
  return hex(bytes);
}

Status check(const RedisStoreOptions& options) {
  const bool good = !options.pool.empty() && options.pool.size() <= 64 &&
                    std::all_of(options.pool.begin(), options.pool.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
                    });
  if (!good) return Error{Code::invalid_input, "pool: expected 1 to 64 of a-z, 0-9, _ and -"};
  const StoreRules& r = options.rules;
  for (std::uint64_t n : {r.lease_ms, r.backoff_ms, r.backoff_max_ms, r.done_ms}) {
    if (n > limits::delay_ms_max) return Error{Code::invalid_input, "rules: a time above one year"};
  }
  for (std::uint64_t n : {r.depth_max, r.bytes_max, r.done_max}) {
    if (n > limits::height_max) return Error{Code::invalid_input, "rules: a cap above 2^53"};
  }
  return {};
}

Status check_stages(const std::vector<std::string>& stages) {
  for (const std::string& stage : stages) {
    if (!valid_stage(stage)) return Error{Code::invalid_input, "the stage is not a stage name"};
  }
  return {};
}

}  // namespace

RedisStore::RedisStore(RedisStoreOptions options)
    : options_(std::move(options)),
      client_(options_.redis),
      tag_("{cairn:" + options_.pool + "}"),
      library_(redis_library_name(options_.library)),
      caller_(random_name()) {}
RedisStore::~RedisStore() = default;

Result<std::unique_ptr<RedisStore>> RedisStore::open(RedisStoreOptions options) {
  CAIRN_TRY(check(options));
  std::unique_ptr<RedisStore> store(new RedisStore(std::move(options)));
  CAIRN_TRY(store->load_library());
  CAIRN_TRY(store->stored_bytes());  // which any call would do: is the pool of this program's format?
  return store;
}

/// Where Redis has the library already nothing is written, so that it also works when Redis is full.
Status RedisStore::load_library() {
  CAIRN_ASSIGN(const Reply found, client_.call({"FUNCTION", "LIST", "LIBRARYNAME", library_}));
  if (!found.items.empty()) return {};
  const std::string code = redis_library_code(options_.library);
  const auto loaded = client_.call({"FUNCTION", "LOAD", "REPLACE", code});  // two may load it at a time
  if (loaded.ok()) return {};
  Error why = loaded.error();
  if (why.what.find("NOPERM") != std::string::npos) {
    why.what +=
        ": the functions of this build, " + library_ +
        ", are not in Redis, and this user may not load them: let a user that may open the pool once, "
        "with this build";
  }
  return why;
}

/// Registered as no-writes in lua/register.lua: who may only look may call these.
bool is_read(std::string_view function) {
  constexpr std::string_view reads[] = {"task", "dead", "group", "groups", "group_tasks", "counts", "bytes"};
  return std::find(std::begin(reads), std::end(reads), function) != std::end(reads);
}

Result<RedisStore::Answer> RedisStore::invoke(std::string_view function, Request& request,
                                              std::uint64_t& tries) {
  const std::string name = library_ + "_" + std::string(function);
  const std::vector<Bytes> arguments = request.take();
  RedisClient::Command command = {is_read(function) ? "FCALL_RO" : "FCALL", name, "1", tag_};
  for (const Bytes& argument : arguments) command.push_back(text(argument));
  command.emplace_back();
  std::string number;
  const auto next_try = [&] {
    number = std::to_string(tries++);
    command.back() = number;
    return std::vector<RedisClient::Command>{command};
  };
  for (bool loaded = false;; loaded = true) {
    CAIRN_ASSIGN(RedisClient::Answer answer, client_.run(next_try));
    Reply& reply = answer.replies.front();
    if (reply.kind != Reply::Kind::error) return Answer{std::move(reply), answer.repeated};
    const Error error = to_error(reply);
    if (error.code != Code::not_found || loaded) return error;
    CAIRN_TRY(load_library());
  }
}

Result<Reply> RedisStore::ask(std::string_view function, Request& request) {
  std::uint64_t tries = 0;
  CAIRN_ASSIGN(Answer answer, invoke(function, request, tries));
  return std::move(answer.reply);
}

// --- enqueue

Result<EnqueueReply> RedisStore::enqueue(const std::vector<TaskSpec>& specs) {
  for (const TaskSpec& spec : specs) CAIRN_TRY(pipeline::check(spec));
  EnqueueReply out;
  for (std::size_t begin = 0; begin < specs.size();) {
    std::size_t end = begin;
    for (std::size_t bytes = 0; end < specs.size() && end - begin < kEnqueueSpecs; ++end) {
      bytes += specs[end].payload.size();
      if (bytes > kEnqueueBytes && end > begin) break;
    }
    Request request(options_.rules, 2);
    request.writer().array(end - begin);
    for (std::size_t i = begin; i < end; ++i) request.spec(specs[i]);
    const auto reply = ask("enqueue", request);
    if (reply.ok()) {
      CAIRN_ASSIGN(const auto admissions, wire::read_admissions(*reply, end - begin));
      out.admissions.insert(out.admissions.end(), admissions.begin(), admissions.end());
    } else if (reply.error().code == Code::exhausted) {
      out.admissions.resize(end, Admission::backpressure);
    } else {
      return reply.error();
    }
    begin = end;
  }
  return out;
}

// --- exchange

Result<ExchangeReply> RedisStore::exchange(const Exchange& exchange) {
  CAIRN_TRY(pipeline::check(exchange));
  CAIRN_ASSIGN(auto replies, exchange_stage({exchange}));
  return std::move(replies.front());
}

std::vector<Result<ExchangeReply>> RedisStore::exchange_all(const std::vector<Exchange>& exchanges) {
  const bool together = std::all_of(exchanges.begin(), exchanges.end(), [&](const Exchange& e) {
    return e.stage == exchanges.front().stage && pipeline::check(e).ok();
  });
  if (!together || exchanges.empty()) return Store::exchange_all(exchanges);
  std::vector<Result<ExchangeReply>> out;
  auto replies = exchange_stage(exchanges);
  for (std::size_t i = 0; i < exchanges.size(); ++i) {
    if (replies.ok()) {
      out.emplace_back(std::move((*replies)[i]));
    } else {
      out.emplace_back(replies.error());
    }
  }
  return out;
}

Result<std::vector<ExchangeReply>> RedisStore::exchange_stage(const std::vector<Exchange>& exchanges) {
  Request request(options_.rules, 5);
  request.writer().str(exchanges.front().stage).str(caller_).u64(call_).array(exchanges.size());
  std::size_t room = limits::store_batch_max;
  for (const Exchange& exchange : exchanges) {
    const std::size_t lease_max = std::min<std::size_t>(exchange.lease_max, room);
    room -= lease_max;
    request.writer().array(4).str(exchange.worker).u64(lease_max).array(exchange.completions.size());
    for (const Completion& completion : exchange.completions) request.completion(completion);
    request.writer().array(exchange.capabilities.size());
    for (const Capability& capability : exchange.capabilities) request.writer().str(capability);
  }
  CAIRN_ASSIGN(const Answer answer, invoke("exchange", request, tries_));
  CAIRN_ASSIGN(auto answers, wire::read_exchanges(answer.reply, exchanges));
  std::vector<ExchangeReply> out;
  for (wire::ExchangeAnswer& one : answers.exchanges) {
    CAIRN_TRY(fetch_blobs(one.leases, answers.woken));
    ExchangeReply& reply = out.emplace_back();
    reply.verdicts = std::move(one.verdicts);
    for (wire::Lease& lease : one.leases) reply.leased.push_back(std::move(lease.task));
  }
  tries_ = 0;
  ++call_;
  for (ExchangeReply& reply : out) {
    reply.woken = answers.woken;
    std::erase(reply.woken, exchanges.front().stage);
  }
  return out;
}

/// Fills in the blobs of the leases. A lease with a damaged one is given up: its maker runs again.
Status RedisStore::fetch_blobs(std::vector<wire::Lease>& leases, std::vector<std::string>& woken) {
  std::vector<wire::Lease> whole;
  for (wire::Lease& lease : leases) {
    std::vector<std::string> keys;
    const auto add = [&](const std::optional<wire::BlobRef>& ref) {
      if (ref) keys.push_back(tag_ + ":blob:" + ref->sha256);
    };
    add(lease.payload);
    for (const auto& ref : lease.inputs) add(ref);
    if (keys.empty()) {
      whole.push_back(std::move(lease));
      continue;
    }
    std::size_t next = 0;
    const auto fetch = [&](const wire::BlobRef& ref, Bytes& into) -> Result<bool> {
      CAIRN_ASSIGN(const Reply stored, client_.call({"GET", keys[next++]}));
      std::optional<Bytes> bytes = wire::open_blob(ref, stored);
      if (bytes) into = std::move(*bytes);
      return bytes.has_value();
    };
    bool payload_lost = false;
    std::vector<std::uint32_t> lost;
    if (lease.payload) {
      CAIRN_ASSIGN(const bool present, fetch(*lease.payload, lease.task.payload));
      payload_lost = !present;
    }
    for (std::size_t slot = 0; slot < lease.inputs.size(); ++slot) {
      if (!lease.inputs[slot]) continue;
      CAIRN_ASSIGN(const bool present, fetch(*lease.inputs[slot], lease.task.inputs[slot]));
      if (!present) lost.push_back(static_cast<std::uint32_t>(slot));
    }
    if (payload_lost || !lost.empty()) {
      CAIRN_TRY(report_lost(lease.task, payload_lost, lost, woken));
    } else {
      whole.push_back(std::move(lease));
    }
  }
  leases = std::move(whole);
  return {};
}

Status RedisStore::report_lost(const Task& task, bool payload, const std::vector<std::uint32_t>& slots,
                               std::vector<std::string>& woken) {
  Request request(options_.rules, 6);
  request.writer().str(task.stage).str(task.id);
  request.fence(task.fence);
  request.writer().boolean(payload).array(slots.size());
  for (const std::uint32_t slot : slots) request.writer().u64(slot);
  CAIRN_ASSIGN(const Reply reply, ask("lost", request));
  CAIRN_ASSIGN(auto stages, wire::read_stages(reply));
  woken.insert(woken.end(), stages.begin(), stages.end());
  std::sort(woken.begin(), woken.end());
  woken.erase(std::unique(woken.begin(), woken.end()), woken.end());
  return {};
}

// --- leases

Result<std::vector<Verdict>> RedisStore::on_held(std::string_view function, const std::string& stage,
                                                 const std::vector<Held>& held) {
  CAIRN_TRY(check_stages({stage}));
  std::vector<Verdict> out;
  for (std::size_t begin = 0; begin < held.size(); begin += limits::store_batch_max) {
    const std::size_t count = std::min(limits::store_batch_max, held.size() - begin);
    Request request(options_.rules, 2 + 2 * count);
    request.writer().str(stage);
    for (std::size_t i = begin; i < begin + count; ++i) {
      request.writer().str(held[i].id);
      request.fence(held[i].fence);
    }
    CAIRN_ASSIGN(const Reply reply, ask(function, request));
    CAIRN_ASSIGN(const auto verdicts, wire::read_verdicts(reply, count));
    out.insert(out.end(), verdicts.begin(), verdicts.end());
  }
  return out;
}

Result<std::vector<Verdict>> RedisStore::renew(const std::string& stage, const std::vector<Held>& held) {
  return on_held("renew", stage, held);
}

Result<std::vector<Verdict>> RedisStore::hand_back(const std::string& stage, const std::vector<Held>& held) {
  return on_held("hand_back", stage, held);
}

Result<Verdict> RedisStore::fail(const std::string& stage, const Failure& failure) {
  CAIRN_TRY(check_stages({stage}));
  Request request(options_.rules, 6);
  request.writer().str(stage).str(failure.id);
  request.fence(failure.fence);
  request.writer().boolean(failure.kind == FailKind::permanent);
  request.writer().str(std::string_view(failure.reason).substr(0, limits::reason_bytes_max));
  CAIRN_ASSIGN(const Reply reply, ask("fail", request));
  CAIRN_ASSIGN(const auto verdicts, wire::read_verdicts(reply, 1));
  return verdicts.front();
}

Result<std::vector<std::string>> RedisStore::sweep(const std::vector<std::string>& stages) {
  CAIRN_TRY(check_stages(stages));
  Request request(options_.rules, 2);
  request.writer().array(stages.size());
  for (const std::string& stage : stages) request.writer().str(stage);
  CAIRN_ASSIGN(const Reply reply, ask("sweep", request));
  return wire::read_stages(reply);
}

// --- operators

/// cancel, replay and drop answer with a word.
Status RedisStore::operate(std::string_view function, const std::string& id, std::string_view what) {
  const Error unknown{Code::not_found, "no " + std::string(what) + " " + id};
  if (!valid_id(id)) return unknown;
  Request request(options_.rules, 2);
  request.writer().str(id);
  std::uint64_t tries = 0;
  CAIRN_ASSIGN(const Answer answer, invoke(function, request, tries));
  const std::string& word = answer.reply.text;
  if (word == "ok") return {};
  if (answer.repeated) {
    return Error{Code::unavailable, "the reply of Redis was lost: see what became of " + id};
  }
  if (word == "not_found") return unknown;
  if (word.starts_with("conflict ")) {
    return Error{Code::conflict, std::string(what) + " " + id + " has ended: " + word.substr(9)};
  }
  return Error{Code::corrupt, "Redis answers " + std::string(function) + ": an unknown word"};
}

Status RedisStore::cancel(const GroupId& group) { return operate("cancel", group, "group"); }
Status RedisStore::replay(const TaskId& id) { return operate("replay", id, "dead task"); }
Status RedisStore::drop(const TaskId& id) { return operate("drop", id, "dead task"); }

// --- views

Result<std::vector<TaskRecord>> RedisStore::dead(const std::string& stage, std::size_t max) {
  if (!stage.empty()) CAIRN_TRY(check_stages({stage}));
  Request request(options_.rules, 3);
  request.writer().str(stage).u64(std::min<std::size_t>(max, 10'000));
  CAIRN_ASSIGN(const Reply reply, ask("dead", request));
  return wire::read_tasks(reply);
}

Result<StageCounts> RedisStore::counts(const std::string& stage) {
  CAIRN_TRY(check_stages({stage}));
  Request request(options_.rules, 2);
  request.writer().str(stage);
  CAIRN_ASSIGN(const Reply reply, ask("counts", request));
  return wire::read_counts(reply);
}

Result<std::uint64_t> RedisStore::stored_bytes() {
  Request request(options_.rules, 1);
  CAIRN_ASSIGN(const Reply reply, ask("bytes", request));
  return wire::read_bytes(reply);
}

Result<TaskRecord> RedisStore::task(const TaskId& id) {
  if (!valid_id(id)) return Error{Code::not_found, "no such task"};
  Request request(options_.rules, 2);
  request.writer().str(id);
  CAIRN_ASSIGN(const Reply reply, ask("task", request));
  return wire::read_task(reply);
}

Result<GroupRecord> RedisStore::group(const GroupId& id) {
  if (!valid_id(id)) return Error{Code::not_found, "no such group"};
  Request request(options_.rules, 2);
  request.writer().str(id);
  CAIRN_ASSIGN(const Reply reply, ask("group", request));
  return wire::read_group(reply);
}

Result<std::vector<GroupRecord>> RedisStore::groups(std::uint64_t from, std::uint64_t to, std::size_t max) {
  if (from > limits::height_max) return std::vector<GroupRecord>();
  Request request(options_.rules, 4);
  request.writer().u64(from).u64(std::min(to, limits::height_max));
  request.writer().u64(std::min<std::size_t>(max, 10'000));
  CAIRN_ASSIGN(const Reply reply, ask("groups", request));
  return wire::read_groups(reply);
}

Result<std::vector<TaskRecord>> RedisStore::group_tasks(const GroupId& id, std::size_t max) {
  if (!valid_id(id)) return Error{Code::not_found, "no such group"};
  Request request(options_.rules, 3);
  request.writer().str(id).u64(std::min<std::size_t>(max, 10'000));
  CAIRN_ASSIGN(const Reply reply, ask("group_tasks", request));
  return wire::read_group_tasks(reply);
}

}  // namespace cairn::pipeline
