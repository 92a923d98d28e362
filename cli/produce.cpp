#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "chain/keystore.h"
#include "cli/chain_report.h"
#include "cli/command.h"
#include "cli/line_reader.h"
#include "cli/process.h"
#include "cli/requester.h"
#include "cli/services.h"
#include "cli/stage_times.h"
#include "cli/terminal.h"
#include "cli/view.h"
#include "common/clock.h"
#include "pipeline/producer.h"
#include "stages/stage_names.h"

namespace cairn::cli {
namespace {

struct Options {
  std::string state = ".cairn";
  bool json = false;
  bool wait = false;
  std::uint64_t open_reward = 0;  // tokens; 0: sequences are open already
  std::string requester_keystore, requester_password_file;
  std::uint64_t timeout_s = 0;  // 0: none
};

constexpr std::uint64_t kTimeoutMaxS = 366 * 86'400;
constexpr std::uint64_t kTokensMax = 1'000'000'000'000;
constexpr std::int64_t kLookMs = 500;
constexpr std::size_t kTasksMax = 4096;
constexpr std::int64_t kNoPoolMs = 10'000;

/// One line of standard input on its way.
struct Line {
  std::size_t number = 0;  // from 1
  std::string text;
  pipeline::Answer answer{pipeline::Answer::Kind::rejected, "", ""};
  std::optional<stages::Submission> submission;
};

std::string_view kind_name(pipeline::Answer::Kind kind) {
  constexpr std::string_view names[] = {"accepted", "duplicate", "backpressure", "rejected"};
  return names[static_cast<int>(kind)];
}

bool blank(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c) != 0; });
}

void report(const Line& line, const Options& options) {
  const auto& a = line.answer;
  if (options.json) {
    Json out = {{"line", line.number}, {"result", kind_name(a.kind)}};
    if (!a.group.empty()) out["group"] = a.group;
    if (!a.why.empty()) out["why"] = a.why;
    std::printf("%s\n", out.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  } else {
    std::printf("line %zu: %s %s\n", line.number, std::string(kind_name(a.kind)).c_str(),
                a.kind == pipeline::Answer::Kind::rejected ? a.why.c_str() : a.group.c_str());
  }
  std::fflush(stdout);
}

/// What became of one sequence.
struct Outcome {
  const stages::Submission* submission;
  const Settlement* on_chain;
  bool verified = false;  ///< and paid, as the chain says
  std::string status;
  std::uint64_t begun_ms = 0;
  std::vector<StageTime> times;

  std::string heights() const {
    return std::to_string(submission->start_height) + "-" + std::to_string(submission->end_height);
  }
  /// From the submission to the final proof.
  std::uint64_t proving_ms() const {
    const auto last = std::ranges::find(times, stages::kAggregate, &StageTime::stage);
    return last == times.end() ? 0 : last->ended_ms - std::min(last->ended_ms, begun_ms);
  }
};

Json to_json(const Outcome& outcome) {
  return {{"start_height", outcome.submission->start_height},
          {"end_height", outcome.submission->end_height},
          {"batches", outcome.submission->inputs.size()},
          {"backend", outcome.submission->backend},
          {"status", outcome.status},
          {"commit_block", outcome.on_chain->commit_block},
          {"reveal_block", outcome.on_chain->reveal_block},
          {"reward_wei", outcome.on_chain->reward.decimal()},
          {"stages", to_json(outcome.times)}};
}

void print_tables(const std::vector<Outcome>& outcomes) {
  std::printf("\n%-14s %7s %-9s %-10s %12s %13s %13s %24s\n", "heights", "batches", "backend", "status",
              "proving s", "commit block", "reveal block", "reward wei");
  for (const Outcome& one : outcomes) {
    std::printf("%-14s %7zu %-9s %-10s %12s %13llu %13llu %24s\n", one.heights().c_str(),
                one.submission->inputs.size(), one.submission->backend.c_str(), one.status.c_str(),
                tenths(one.proving_ms()).c_str(), static_cast<unsigned long long>(one.on_chain->commit_block),
                static_cast<unsigned long long>(one.on_chain->reveal_block),
                one.on_chain->reward.decimal().c_str());
  }
  std::printf(
      "\nseconds of each stage, waiting for workers and blocks included\n%-14s %9s %9s %9s %9s %9s %9s %12s "
      "%9s\n",
      "heights", "ingest", "split", "prove", "segments", "workers", "aggregate", "hash_commit", "reveal");
  for (const Outcome& one : outcomes) {
    std::printf("%-14s", one.heights().c_str());
    for (const StageTime& time : one.times) {
      const int width = time.stage == stages::kHashCommit ? 12 : 9;
      std::printf(" %*s", width, tenths(time.ms).c_str());
      if (time.stage == stages::kProve) std::printf(" %9zu %9zu", time.tasks, time.workers);
    }
    std::printf("\n");
  }
}

class Production {
 public:
  Production(const Options& options, const Pool& pool, const PoolConfig& config)
      : options_(options),
        pool_(pool),
        config_(config),
        catalog_(catalog_of(config)),
        begun_ms_(steady_ms()),
        local_(pool.dispatchers.at("ingest").at(0).starts_with("ipc://")) {}

  Status submit_all(const std::atomic<bool>& stop) {
    CAIRN_ASSIGN(chain_, open_chain(pool_, config_));
    std::optional<Requester> requester;
    if (options_.open_reward) {
      CAIRN_ASSIGN(Requester made, Requester::make(config_, pool_, process_environment(), *chain_,
                                                   options_.open_reward, stop));
      requester.emplace(std::move(made));
    }
    CAIRN_ASSIGN(const auto keys, load_link_keys(config_.links));
    CAIRN_ASSIGN(const auto transport, pipeline::make_zmq_transport(keys));
    remove_dead_sockets(pool_.run);
    CAIRN_ASSIGN(const auto inbox,
                 transport->bind("ipc://" + pool_.run + "/produce." + std::to_string(getpid()) + ".sock"));
    pipeline::Producer producer({pool_.dispatchers.at("ingest")}, *transport, *inbox);
    LineReader lines(STDIN_FILENO, limits::json_line_bytes_max);
    for (std::size_t number = 1;; ++number) {
      CAIRN_ASSIGN(auto text, lines.next(stop));
      if (!text) return {};
      const bool cut = text->size() > limits::json_line_bytes_max;
      if (!cut && blank(*text)) continue;
      Line line;
      line.number = number;
      line.text = std::move(*text);
      CAIRN_TRY(submit(line, requester, producer, stop));
      report(line, options_);
      keep(std::move(line));
    }
  }

  bool all_taken() const { return all_taken_; }

  /// Shows progress until every taken sequence has ended. Errors: timeout, cancelled.
  Status wait(const std::atomic<bool>& stop) {
    CAIRN_ASSIGN(const auto store, open_store(pool_, config_));
    Screen screen(options_.json ? stderr : stdout);
    Progress progress("proving and settling", "sequences");
    while (true) {
      bool running = false;
      const Result<PoolView> view = look(*store, running);
      // Redis or a process of the pool may be down for a while: waiting goes on.
      if (view.ok())
        screen.draw(*view,
                    progress.line(steady_ms(), done_of(*view), count(), terminal_size(stdout).columns));
      if (view.ok() && !running) break;
      if (stop)
        return Error{Code::cancelled, "interrupted; the pool goes on, `cairn status --watch` shows it"};
      if (options_.timeout_s &&
          steady_ms() - begun_ms_ > static_cast<std::int64_t>(options_.timeout_s) * 1000) {
        return Error{Code::timeout,
                     "not all sequences ended within --timeout; `cairn explain HEIGHT` tells why"};
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(kLookMs));
    }
    return {};
  }

  /// Prints the tables, and with --json the summary as the last line. True when all are verified and paid.
  Result<bool> summarize() {
    CAIRN_ASSIGN(const auto store, open_store(pool_, config_));
    CAIRN_ASSIGN(const auto prover, prover_address());
    std::vector<chain::SequenceId> ids;
    std::vector<const Line*> sorted;
    for (const Line& line : lines_) {
      if (!line.submission) continue;
      ids.push_back(line.submission->sequence_id);
      sorted.push_back(&line);
    }
    CAIRN_ASSIGN(const auto settlements,
                 read_settlements(*chain_, ids, prover, config_.chain.follow_from_block));
    std::sort(sorted.begin(), sorted.end(), [](const Line* a, const Line* b) {
      return a->submission->start_height < b->submission->start_height;
    });
    std::vector<Outcome> outcomes;
    for (const Line* line : sorted)
      outcomes.push_back(outcome_of(*store, *line, settlements.at(line->submission->sequence_id)));
    const bool ok = all_taken() && !outcomes.empty() && std::ranges::all_of(outcomes, &Outcome::verified);
    const double seconds = static_cast<double>(steady_ms() - begun_ms_) / 1000.0;
    if (options_.json) {
      Json rows = Json::array();
      for (const Outcome& outcome : outcomes) rows.push_back(to_json(outcome));
      const Json out = {{"ok", ok}, {"seconds", seconds}, {"sequences", rows}};
      std::printf("%s\n", out.dump().c_str());
    } else {
      print_tables(outcomes);
      std::printf("%s in %.1f s\n", ok ? "all verified and paid" : "not all verified and paid", seconds);
    }
    return ok;
  }

 private:
  /// Remembers of a line what wait() and summarize() need, so that a stream of any length fits.
  void keep(Line line) {
    if (!line.submission) all_taken_ = false;
    if (!line.submission || !options_.wait) return;
    line.text = {};
    for (std::string& input : line.submission->inputs) input = {};
    lines_.push_back(std::move(line));
  }

  Status submit(Line& line, std::optional<Requester>& requester, pipeline::Producer& producer,
                const std::atomic<bool>& stop) {
    const auto refuse = [&](const Error& e) {
      line.answer = {pipeline::Answer::Kind::rejected, "", e.what};
      return Status{};
    };
    if (requester) {
      const Status opened = requester->open(line.text, catalog_, [&](const std::string& what) {
        std::fprintf(stderr, "cairn: line %zu: %s\n", line.number, what.c_str());
      });
      if (!opened.ok()) {
        const bool passes = is_transient(opened.error().code) || opened.error().code == Code::cancelled;
        if (passes)
          return opened.error().in("line " + std::to_string(line.number) + ": opening the sequence");
        return refuse(opened.error());
      }
    }
    Result<stages::Submission> submission = stages::parse_submission(line.text, catalog_);
    if (!submission.ok()) return refuse(submission.error());
    const auto waiting = [&](pipeline::Producer::Wait why) -> Status {
      const bool full = why == pipeline::Producer::Wait::backpressure;
      // A pool that is being started again, or that is elsewhere, is waited for.
      if (full || is_held(pool_) || !local_) held_ms_ = steady_ms();
      if (steady_ms() - held_ms_ > kNoPoolMs) {
        return Error{Code::unavailable, "no pool runs at " + pool_.state +
                                            ": start it with `cairn up --config " + pool_.config +
                                            " --state " + pool_.state + "`"};
      }
      std::fprintf(stderr, "cairn: line %zu: %s\n", line.number,
                   full ? "the pool is full, waiting" : "no answer from the pool, asking again");
      return {};
    };
    held_ms_ = steady_ms();
    CAIRN_ASSIGN(const auto answers, producer.submit({copy(line.text)}, stop, waiting));
    line.answer = answers.at(0);
    if (line.answer.kind != pipeline::Answer::Kind::rejected) line.submission = std::move(*submission);
    return {};
  }

  Result<PoolView> look(pipeline::Store& store, bool& running) {
    std::uint64_t from = limits::height_max, to = 0;
    for (const Line& line : lines_) {
      if (!line.submission) continue;
      from = std::min(from, line.submission->start_height);
      to = std::max(to, line.submission->start_height);
      const auto group = store.group(line.answer.group);
      // One that ended long ago is forgotten while others go on.
      if (!group.ok() && group.error().code == Code::not_found) continue;
      if (!group.ok()) return group.error();
      running = running || (group->ended_ms == 0 && group->state != "stalled");
    }
    return read_view(store, from, to, 64);
  }

  std::uint64_t count() const {
    return static_cast<std::uint64_t>(std::count_if(
        lines_.begin(), lines_.end(), [](const Line& line) { return line.submission.has_value(); }));
  }

  /// Of these sequences, one that runs counts by its tasks, and not at all before it is cut into segments.
  double done_of(const PoolView& view) const {
    double done = 0;
    for (const SequenceView& sequence : view.sequences) {
      const bool ours = std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) {
        return line.submission && line.answer.group == sequence.group.id;
      });
      if (ours) done += sequence.group.ended_ms ? 1 : share_done(sequence);
    }
    return done;
  }

  static Outcome outcome_of(pipeline::Store& store, const Line& line, const Settlement& on_chain) {
    Outcome out{&*line.submission, &on_chain, false, {}, 0, {}};
    out.verified = on_chain.proven && on_chain.paid && on_chain.reveal_block != 0;
    const Result<pipeline::GroupRecord> group = store.group(line.answer.group);
    out.status = out.verified ? "verified" : group.ok() ? group->state : "unknown";
    if (!group.ok()) return out;
    out.begun_ms = group->begun_ms;
    if (const auto tasks = store.group_tasks(group->id, kTasksMax); tasks.ok())
      out.times = stage_times(*group, *tasks);
    return out;
  }

  Result<chain::Address> prover_address() {
    CAIRN_ASSIGN(const auto key, chain::load_key(pool_.keystore, pool_.password_file));
    return key.address();
  }

  const Options& options_;
  const Pool& pool_;
  const PoolConfig& config_;
  stages::Catalog catalog_;
  std::unique_ptr<chain::EthChain> chain_;
  std::vector<Line> lines_;  // taken ones, with --wait
  bool all_taken_ = true;
  std::int64_t begun_ms_;
  bool local_;                // the pool is one of this machine
  std::int64_t held_ms_ = 0;  // when somebody ran it last
};

Status produce(const Options& options, int& exit) {
  CAIRN_ASSIGN(const Pool pool, find_pool(options.state));
  CAIRN_ASSIGN(PoolConfig config, load_config(pool.config, process_environment()));
  if (!options.requester_keystore.empty()) config.requester.keystore = options.requester_keystore;
  if (!options.requester_password_file.empty())
    config.requester.password_file = options.requester_password_file;
  std::atomic<bool>& stop = stop_on_signals();
  Production production(options, pool, config);
  CAIRN_TRY(production.submit_all(stop));
  if (!production.all_taken()) exit = exit_partial;
  if (!options.wait) return {};
  CAIRN_TRY(production.wait(stop));
  CAIRN_ASSIGN(const bool ok, production.summarize());
  if (!ok) exit = exit_failure;
  return {};
}

}  // namespace

void add_produce(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command =
      app.add("produce",
              "The queue producer: reads one JSON object per line on standard input, submits each, and says\n"
              "accepted, duplicate or rejected per line. A bad line does not stop the ones behind it.",
              "cat sequences.jsonl | cairn produce --wait");
  command.state(options->state);
  command.flag("--json", options->json, "One JSON object per line, with --wait a summary at the end");
  command.flag("--wait", options->wait, "Show progress until all sequences have ended");
  command.option("--timeout", options->timeout_s, "Seconds after which --wait gives up; 0 never")
      .show_default()
      .between(0, kTimeoutMaxS);
  command
      .option("--open", options->open_reward,
              "Open each sequence on the contract first, with this reward in tokens")
      .between(1, kTokensMax);
  command.option("--requester-keystore", options->requester_keystore,
                 "Key that opens sequences; default: requester.keystore, on a dev chain its first account");
  command.option("--requester-password-file", options->requester_password_file,
                 "Its passphrase; default: requester.password_file, or $CAIRN_REQUESTER_PASSWORD");
  command.run([options, &exit] {
    const Status status = produce(*options, exit);
    if (!status.ok()) exit = fail(status.error(), options->json);
  });
}

}  // namespace cairn::cli
