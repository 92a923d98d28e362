#include "pipeline/store_redis_wire.h"

#include <gtest/gtest.h>

#include <random>

#include "common/digest.h"

namespace cairn::pipeline::wire {
namespace {

Reply integer(std::int64_t value) {
  Reply r;
  r.kind = Reply::Kind::integer;
  r.integer = value;
  return r;
}
Reply text(std::string value) {
  Reply r;
  r.kind = Reply::Kind::text;
  r.text = std::move(value);
  return r;
}
Reply array(std::vector<Reply> items) {
  Reply r;
  r.kind = Reply::Kind::array;
  r.items = std::move(items);
  return r;
}

const std::string kHash(64, 'a');

/// One exchange of one completion and at most two leases.
const std::vector<Exchange> kExchanges = {{"prove", "w", {Completion{"x", 1, {}}}, 2}};

std::vector<Reply> good_exchange() {
  return {text("o"),
          integer(1),
          text("seq/1"),
          integer(7),
          text("seq"),
          integer(12),
          integer(2),
          integer(-1),
          text(kHash + ":70000"),
          text(""),
          integer(2),
          text(""),
          text("first"),
          text(kHash + ":80000"),
          text(""),
          text("aggregate"),
          text("split")};
}

TEST(ReadExchanges, ReadsALease) {
  const auto answers = read_exchanges(array(good_exchange()), kExchanges);
  ASSERT_TRUE(answers.ok()) << answers.error().what;
  EXPECT_EQ(answers->woken, (std::vector<std::string>{"aggregate", "split"}));
  const ExchangeAnswer& one = answers->exchanges.at(0);
  EXPECT_EQ(one.verdicts, std::vector<Verdict>{Verdict::ok});
  const Lease& lease = one.leases.at(0);
  EXPECT_EQ(lease.task.id, "seq/1");
  EXPECT_EQ(lease.task.height, 7u);
  EXPECT_EQ(lease.task.fence, 12u);
  EXPECT_EQ(lease.task.attempt, 2u);
  EXPECT_FALSE(lease.task.number);
  EXPECT_EQ(lease.payload->size, 70000u);
  EXPECT_EQ(lease.task.inputs.at(0), copy(std::string_view("first")));
  EXPECT_FALSE(lease.inputs.at(0));
  EXPECT_EQ(lease.inputs.at(1)->sha256, kHash);
}

// Each item in turn becomes each kind of wrong thing; nothing may crash, and what is not a lease must
// not be taken for one.
TEST(ReadExchanges, EveryFieldIsChecked) {
  const Reply wrong[] = {integer(-2),
                         integer(INT64_MIN),
                         integer(INT64_MAX),
                         text(std::string(200'000, 'x')),
                         text("UPPER CASE"),
                         text(kHash + ":99999999999"),
                         text(kHash + ":"),
                         text(kHash),
                         array({}),
                         array({array({})}),
                         Reply{}};
  const auto good = good_exchange();
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const Reply& instead : wrong) {
      auto items = good;
      items[at] = instead;
      const auto answers = read_exchanges(array(items), kExchanges);
      const bool is_text = instead.kind == Reply::Kind::text;
      const bool payload = (at == 9 || at == 12 || at == 14) && is_text && instead.text.size() < 100;
      const bool id = (at == 2 || at == 4) && is_text && valid_id(instead.text);
      EXPECT_EQ(answers.ok(), payload || id) << "item " << at << " of kind " << int(instead.kind) << " "
                                             << instead.text.substr(0, 80) << instead.integer;
      if (!answers.ok()) {
        EXPECT_EQ(answers.error().code, Code::corrupt);
      }
    }
  }
  for (std::size_t size = 0; size + 2 < good.size(); ++size) {
    EXPECT_FALSE(
        read_exchanges(array({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}), kExchanges)
            .ok());
  }
}

TEST(ReadExchanges, MoreLeasesThanAskedForAreRefused) {
  auto items = good_exchange();
  items[1] = integer(3);
  EXPECT_FALSE(read_exchanges(array(items), kExchanges).ok());
}

TEST(Read, LettersMustMatchTheirCount) {
  EXPECT_EQ(*read_admissions(text("adb"), 3),
            (std::vector<Admission>{Admission::accepted, Admission::duplicate, Admission::backpressure}));
  EXPECT_EQ(*read_verdicts(text("ods"), 3),
            (std::vector<Verdict>{Verdict::ok, Verdict::duplicate, Verdict::stale}));
  EXPECT_FALSE(read_admissions(text("ad"), 3).ok());
  EXPECT_FALSE(read_admissions(text("adx"), 3).ok());
  EXPECT_FALSE(read_verdicts(integer(3), 1).ok());
}

TEST(Read, RowsAreChecked) {
  const std::vector<Reply> row = {text("a"),      text("prove"), integer(1),  text(""),   text("dead"),
                                  integer(3),     integer(1),    integer(0),  integer(0), text("w"),
                                  text("reason"), integer(9),    text("zkvm")};
  EXPECT_EQ(read_task(array(row))->state, TaskState::dead);
  EXPECT_EQ(read_task(array(row))->needs, "zkvm");
  EXPECT_EQ(read_task(array({})).error().code, Code::not_found);
  for (std::size_t at = 0; at < row.size(); ++at) {
    auto bad = row;
    bad[at] = array({});
    EXPECT_EQ(read_task(array(bad)).error().code, Code::corrupt) << at;
  }
  auto unknown = row;
  unknown[4] = text("asleep");
  EXPECT_FALSE(read_task(array(unknown)).ok());
  EXPECT_FALSE(read_tasks(array({integer(1)})).ok());
  EXPECT_FALSE(read_tasks(text("x")).ok());
  EXPECT_FALSE(read_group(array({text("g"), integer(1), text("running"), integer(1), integer(0),
                                 array({text("odd")})}))
                   .ok());
  EXPECT_FALSE(read_groups(array({text("g")})).ok());
  EXPECT_EQ(read_group(array({})).error().code, Code::not_found);
  EXPECT_FALSE(read_counts(array({integer(1)})).ok());
  std::vector<Reply> counts(12, integer(1));
  counts.push_back(array({text("zkvm"), integer(4)}));
  EXPECT_EQ(read_counts(array(counts))->ready_by_need, (std::map<Capability, std::uint64_t>{{"zkvm", 4}}));
  for (const Reply& bad : {integer(1), array({text("zkvm")}), array({text("a b"), integer(4)}),
                           array({integer(4), text("zkvm")})}) {
    counts.back() = bad;
    EXPECT_FALSE(read_counts(array(counts)).ok());
  }
  EXPECT_FALSE(read_bytes(integer(-1)).ok());
  EXPECT_FALSE(read_stages(array({text("No")})).ok());
}

TEST(OpenBlob, TakesOnlyTheVeryBytes) {
  Request request(StoreRules{}, 2);
  const Bytes bytes(limits::inline_bytes_max + 1, 7);
  request.value(bytes);
  const std::vector<Bytes> arguments = request.take();
  ASSERT_EQ(arguments.size(), 2u);
  const BlobRef ref{hex(sha256(bytes)), bytes.size()};
  const std::string stored(cairn::text(arguments[1]));
  EXPECT_EQ(open_blob(ref, text(stored)), bytes);
  EXPECT_FALSE(open_blob(ref, Reply{}));
  EXPECT_FALSE(open_blob(ref, integer(1)));
  EXPECT_FALSE(open_blob(ref, text(stored.substr(1))));
  EXPECT_FALSE(open_blob(ref, text(stored + "x")));
  for (const std::size_t at : {std::size_t{0}, std::size_t{7}, std::size_t{8}, stored.size() - 1}) {
    std::string changed = stored;
    changed[at] = static_cast<char>(changed[at] + 1);
    EXPECT_FALSE(open_blob(ref, text(changed))) << at;
  }
}

}  // namespace
}  // namespace cairn::pipeline::wire
