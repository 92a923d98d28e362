#include "pipeline/messages.h"

#include <array>

#include "common/codec.h"

namespace cairn::pipeline {
namespace {

using codec::Fields;
using codec::Node;
using codec::Writer;

constexpr std::size_t kEndpointBytes = 256;

enum class Kind : std::uint64_t { report = 1, orders, hint, submit, answers };
enum class ResultKind : std::uint64_t { completion = 1, failure, hand_back };

// ── writing ──

void write(Writer& w, const std::optional<Feed>& feed) {
  if (!feed) {
    w.nil();
  } else {
    w.array(2).str(feed->task).u64(feed->slot);
  }
}

void write(Writer& w, const TaskSpec& spec) {
  w.array(9).str(spec.id).str(spec.stage).u64(spec.height).str(spec.group).bin(spec.payload);
  w.u64(spec.waits_on);
  write(w, spec.feed);
  w.u64(spec.delay_ms).str(spec.needs);
}

void write(Writer& w, const std::optional<Again>& again) {
  if (!again) {
    w.nil();
    return;
  }
  w.array(3);
  again->payload ? w.bin(*again->payload) : w.nil();
  w.u64(again->delay_ms);
  if (again->number) {
    w.array(2).str(again->number->counter).u64(again->number->floor);
  } else {
    w.nil();
  }
}

void write(Writer& w, const Outcome& outcome) {
  w.array(5).bin(outcome.output).array(outcome.emits.size());
  for (const TaskSpec& spec : outcome.emits) write(w, spec);
  write(w, outcome.again);
  w.array(outcome.facts.size());
  for (const auto& [name, value] : outcome.facts) w.array(2).str(name).str(value);
  w.str(outcome.group_end);
}

void write(Writer& w, const TaskResult& result) {
  w.array(4);
  if (const auto* done = std::get_if<Completion>(&result)) {
    w.u64(static_cast<std::uint64_t>(ResultKind::completion)).str(done->id).u64(done->fence);
    write(w, done->outcome);
  } else if (const auto* failure = std::get_if<Failure>(&result)) {
    w.u64(static_cast<std::uint64_t>(ResultKind::failure)).str(failure->id).u64(failure->fence);
    w.array(2).u64(static_cast<std::uint64_t>(failure->kind)).str(failure->reason);
  } else {
    const auto& back = std::get<HandBack>(result);
    w.u64(static_cast<std::uint64_t>(ResultKind::hand_back)).str(back.id).u64(back.fence).nil();
  }
}

void write(Writer& w, const Task& task) {
  w.array(9).str(task.id).str(task.stage).u64(task.height).str(task.group).u64(task.fence);
  w.u64(task.attempt).bin(task.payload).array(task.inputs.size());
  for (const Bytes& input : task.inputs) w.bin(input);
  task.number ? w.u64(*task.number) : w.nil();
}

void body(Writer& w, const Report& m) {
  w.array(8).str(m.worker).str(m.stage).str(m.endpoint).u64(m.credit).boolean(m.draining);
  w.array(m.running.size());
  for (const Running& r : m.running) w.array(3).str(r.id).u64(r.fence).f64(r.progress);
  w.array(m.results.size());
  for (const TaskResult& r : m.results) write(w, r);
  w.array(m.capabilities.size());
  for (const Capability& c : m.capabilities) w.str(c);
}
void body(Writer& w, const Orders& m) {
  w.array(4).array(m.tasks.size());
  for (const Task& task : m.tasks) write(w, task);
  w.array(m.settled.size());
  for (const Settled& s : m.settled) {
    w.array(3).str(s.id).u64(s.fence).u64(static_cast<std::uint64_t>(s.verdict));
  }
  w.array(m.stops.size());
  for (const HandBack& s : m.stops) w.array(2).str(s.id).u64(s.fence);
  w.boolean(m.last);
}
void body(Writer& w, const Hint& m) { w.array(1).str(m.stage); }
void body(Writer& w, const Submit& m) {
  w.array(3).str(m.reply_to).u64(m.batch).array(m.submissions.size());
  for (const Bytes& s : m.submissions) w.bin(s);
}
void body(Writer& w, const Answers& m) {
  w.array(2).u64(m.batch).array(m.answers.size());
  for (const Answer& a : m.answers) {
    w.array(3).u64(static_cast<std::uint64_t>(a.kind)).str(a.group).str(a.why);
  }
}

constexpr Kind kind_of(const Report&) { return Kind::report; }
constexpr Kind kind_of(const Orders&) { return Kind::orders; }
constexpr Kind kind_of(const Hint&) { return Kind::hint; }
constexpr Kind kind_of(const Submit&) { return Kind::submit; }
constexpr Kind kind_of(const Answers&) { return Kind::answers; }

// ── reading: each reader marks `up` as failed and returns something empty when the bytes are wrong ──

/// Runs `read` over the items of the next array of `up`.
template <class T, class Read>
std::vector<T> read_list(Fields& up, std::size_t items_max, Read read) {
  Node list{nullptr};
  const std::size_t count = up.array(list, items_max);
  std::vector<T> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count && up.status().ok(); ++i) out.push_back(read(up, list.at(i)));
  return out;
}

void adopt(Fields& up, const Fields& inner) {
  if (!inner.status().ok()) up.fail(inner.status().error().what);
}

template <class Enum>
Enum read_enum(Fields& f, Enum last) {
  return static_cast<Enum>(f.u64(static_cast<std::uint64_t>(last)));
}

TaskId read_id(Fields& f) {
  TaskId id = f.str(limits::task_id_bytes_max);
  if (f.status().ok() && !valid_id(id)) f.fail("not a task id");
  return id;
}

TaskSpec read_spec(Fields& up, Node node) {
  Fields f(node, 9, "task spec");
  TaskSpec spec;
  spec.id = f.str(limits::task_id_bytes_max);
  spec.stage = f.str(limits::stage_name_bytes_max);
  spec.height = f.u64(limits::height_max);
  spec.group = f.str(limits::task_id_bytes_max);
  spec.payload = f.bin(limits::value_bytes_max);
  spec.waits_on = static_cast<std::uint32_t>(f.u64(limits::inputs_max));
  const Node feed = f.node();
  if (f.status().ok() && !feed.is_nil()) {
    Fields inner(feed, 2, "feed");
    spec.feed =
        Feed{inner.str(limits::task_id_bytes_max), static_cast<std::uint32_t>(inner.u64(limits::inputs_max))};
    adopt(f, inner);
  }
  spec.delay_ms = f.u64(limits::height_max);
  spec.needs = f.str(limits::capability_bytes_max);
  if (f.status().ok()) {
    if (const Status valid = check(spec); !valid.ok()) f.fail(valid.error().what);
  }
  adopt(up, f);
  return spec;
}

std::optional<Again> read_again(Fields& up, Node node) {
  if (!up.status().ok() || node.is_nil()) return std::nullopt;
  Fields f(node, 3, "again");
  Again again;
  const Node payload = f.node();
  if (f.status().ok() && !payload.is_nil()) {
    const auto bytes = payload.bin(limits::value_bytes_max);
    bytes.ok() ? void(again.payload = copy(*bytes)) : f.fail(bytes.error().what);
  }
  again.delay_ms = f.u64(limits::height_max);
  const Node number = f.node();
  if (f.status().ok() && !number.is_nil()) {
    Fields inner(number, 2, "number request");
    again.number = NumberRequest{inner.str(limits::task_id_bytes_max), inner.u64(limits::height_max)};
    adopt(f, inner);
  }
  adopt(up, f);
  return again;
}

Outcome read_outcome(Fields& up, Node node) {
  Fields f(node, 5, "outcome");
  Outcome outcome;
  outcome.output = f.bin(limits::value_bytes_max);
  outcome.emits = read_list<TaskSpec>(f, limits::emits_max, read_spec);
  outcome.again = read_again(f, f.node());
  outcome.facts = read_list<std::pair<std::string, std::string>>(f, limits::facts_max, [](Fields& g, Node n) {
    Fields fact(n, 2, "fact");
    std::pair<std::string, std::string> out{fact.str(limits::fact_name_bytes_max),
                                            fact.str(limits::fact_value_bytes_max)};
    adopt(g, fact);
    return out;
  });
  outcome.group_end = f.str(limits::stage_name_bytes_max);
  adopt(up, f);
  return outcome;
}

TaskResult read_result(Fields& up, Node node) {
  Fields f(node, 4, "result");
  const auto kind = static_cast<ResultKind>(f.u64());
  TaskId id = read_id(f);
  const Fence fence = f.u64(limits::height_max);
  const Node rest = f.node();
  TaskResult result = HandBack{id, fence};
  if (f.status().ok() && kind == ResultKind::completion) {
    result = Completion{id, fence, read_outcome(f, rest)};
  } else if (f.status().ok() && kind == ResultKind::failure) {
    Fields inner(rest, 2, "failure");
    const auto fail_as = read_enum(inner, FailKind::permanent);
    result = Failure{id, fence, fail_as, inner.str(limits::reason_bytes_max)};
    adopt(f, inner);
  } else if (f.status().ok() && (kind != ResultKind::hand_back || !rest.is_nil())) {
    f.fail("unknown kind");
  }
  adopt(up, f);
  return result;
}

Running read_running(Fields& up, Node node) {
  Fields f(node, 3, "running task");
  Running out{read_id(f), f.u64(limits::height_max), f.f64()};
  if (!(out.progress >= 0 && out.progress <= 1)) f.fail("progress is not in 0 … 1");
  adopt(up, f);
  return out;
}

Task read_task(Fields& up, Node node) {
  Fields f(node, 9, "task");
  Task task;
  task.id = read_id(f);
  task.stage = f.str(limits::stage_name_bytes_max);
  task.height = f.u64(limits::height_max);
  task.group = f.str(limits::task_id_bytes_max);
  task.fence = f.u64(limits::height_max);
  task.attempt = static_cast<std::uint32_t>(f.u64(UINT32_MAX));
  task.payload = f.bin(limits::value_bytes_max);
  task.inputs = read_list<Bytes>(f, limits::inputs_max, [](Fields& g, Node n) {
    const auto bytes = n.bin(limits::value_bytes_max);
    if (!bytes.ok()) g.fail(bytes.error().what);
    return bytes.ok() ? copy(*bytes) : Bytes{};
  });
  const Node number = f.node();
  if (f.status().ok() && !number.is_nil()) {
    const auto value = number.u64();
    value.ok() ? void(task.number = *value) : f.fail(value.error().what);
  }
  adopt(up, f);
  return task;
}

HandBack read_stop(Fields& up, Node node) {
  Fields f(node, 2, "stop");
  HandBack out{read_id(f), f.u64(limits::height_max)};
  adopt(up, f);
  return out;
}

Settled read_settled(Fields& up, Node node) {
  Fields f(node, 3, "settled");
  Settled out{read_id(f), f.u64(limits::height_max), read_enum(f, Verdict::stale)};
  adopt(up, f);
  return out;
}

Message read_report(Fields& up, Node node) {
  Fields f(node, 8, "report");
  Report m;
  m.worker = f.str(limits::worker_name_bytes_max);
  m.stage = f.str(limits::stage_name_bytes_max);
  m.endpoint = f.str(kEndpointBytes);
  m.credit = static_cast<std::uint32_t>(f.u64(kTasksMax));
  m.draining = f.boolean();
  m.running = read_list<Running>(f, kTasksMax, read_running);
  m.results = read_list<TaskResult>(f, kTasksMax, read_result);
  m.capabilities = read_list<Capability>(f, limits::capabilities_max, [](Fields& g, Node n) {
    const auto name = n.str(limits::capability_bytes_max);
    if (!name.ok() || !valid_capability(*name)) g.fail("not a capability");
    return name.ok() ? Capability(*name) : Capability();
  });
  adopt(up, f);
  return m;
}
Message read_orders(Fields& up, Node node) {
  Fields f(node, 4, "orders");
  Orders m;
  m.tasks = read_list<Task>(f, kTasksMax, read_task);
  m.settled = read_list<Settled>(f, kTasksMax, read_settled);
  m.stops = read_list<HandBack>(f, kTasksMax, read_stop);
  m.last = f.boolean();
  adopt(up, f);
  return m;
}
Message read_hint(Fields& up, Node node) {
  Fields f(node, 1, "hint");
  Hint m{f.str(limits::stage_name_bytes_max)};
  adopt(up, f);
  return m;
}
Message read_submit(Fields& up, Node node) {
  Fields f(node, 3, "submit");
  Submit m;
  m.reply_to = f.str(kEndpointBytes);
  m.batch = f.u64();
  m.submissions = read_list<Bytes>(f, kTasksMax, [](Fields& g, Node n) {
    const auto bytes = n.bin(limits::json_line_bytes_max);
    if (!bytes.ok()) g.fail(bytes.error().what);
    return bytes.ok() ? copy(*bytes) : Bytes{};
  });
  adopt(up, f);
  return m;
}
Message read_answers(Fields& up, Node node) {
  Fields f(node, 2, "answers");
  Answers m;
  m.batch = f.u64();
  m.answers = read_list<Answer>(f, kTasksMax, [](Fields& g, Node n) {
    Fields a(n, 3, "answer");
    Answer out{read_enum(a, Answer::Kind::rejected), a.str(limits::task_id_bytes_max),
               a.str(limits::reason_bytes_max)};
    adopt(g, a);
    return out;
  });
  adopt(up, f);
  return m;
}

}  // namespace

const TaskId& result_id(const TaskResult& result) {
  return std::visit([](const auto& r) -> const TaskId& { return r.id; }, result);
}
Fence result_fence(const TaskResult& result) {
  return std::visit([](const auto& r) { return r.fence; }, result);
}

Bytes encode(const Message& message) {
  Writer w;
  std::visit(
      [&](const auto& m) {
        w.array(3).u64(kWireSchema).u64(static_cast<std::uint64_t>(kind_of(m)));
        body(w, m);
      },
      message);
  return w.take();
}

Result<Message> decode(ByteView frame) {
  CAIRN_ASSIGN(const codec::Document document, codec::Document::parse(frame));
  Fields f(document.root(), 3, "frame");
  const std::uint64_t schema = f.u64();
  if (f.status().ok() && schema != kWireSchema) {
    f.fail("schema version " + std::to_string(schema) + ", this program speaks " +
           std::to_string(kWireSchema) + ": run the same version everywhere");
  }
  const std::uint64_t kind = f.u64();
  const Node node = f.node();
  Message message;
  using Reader = Message (*)(Fields&, Node);
  static constexpr std::array<Reader, 5> readers = {read_report, read_orders, read_hint, read_submit,
                                                    read_answers};
  if (f.status().ok() && (kind < 1 || kind > readers.size())) f.fail("unknown kind");
  if (f.status().ok()) message = readers[kind - 1](f, node);
  CAIRN_TRY(f.status());
  return message;
}

}  // namespace cairn::pipeline
