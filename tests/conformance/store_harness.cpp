// Both stores under the harness of store_test.h.
#include "common/digest.h"
#include "pipeline/store_memory.h"
#include "pipeline/store_redis.h"
#include "tests/conformance/store_test.h"
#include "tests/support/redis_server.h"

namespace cairn::pipeline {
namespace {

constexpr std::uint64_t kBeginMs = 1'700'000'000'000;

class MemoryHarness final : public StoreHarness {
 public:
  explicit MemoryHarness(const StoreRules& rules) : store_(rules, [this] { return now_; }) {}
  Store& store() override { return store_; }
  std::uint64_t now_ms() const override { return now_; }
  void advance(std::uint64_t ms) override { now_ += ms; }
  void set_back(std::uint64_t ms) override { now_ -= ms; }
  void lose_payload(const TaskId& id, const Bytes&) override { store_.lose(id); }
  void lose_input(const TaskId& id, std::uint32_t slot, const Bytes&) override { store_.lose(id, slot); }

 private:
  std::uint64_t now_ = kBeginMs;
  MemoryStore store_;
};

/// Where `part` is in `text`, once.
std::size_t find_once(const std::string& text, std::string_view part) {
  const std::size_t at = text.find(part);
  CAIRN_ASSERT(at != std::string::npos && text.find(part, at + 1) == std::string::npos);
  return at;
}

/// The library with its one clock reading a key instead of TIME. A program cannot be told to do this.
std::string library_with_clock_key() {
  std::string text(redis_library());
  const std::string head = "local function clock_ms(tag) ";
  const std::size_t begin = find_once(text, head);
  const std::size_t end = text.find('\n', begin);
  return text.replace(begin, end - begin,
                      head + "return tonumber(redis.call('GET', tag .. ':clock_ms')) end");
}

test::RedisServer& shared_redis() {
  static test::RedisServer server;
  return server;
}

class RedisHarness final : public StoreHarness {
 public:
  RedisHarness(const StoreRules& rules, std::string library) : client_(shared_redis().client_options()) {
    static int pools = 0;
    RedisStoreOptions options;
    options.redis =
        shared_redis().client_options("cairn-pool");  // with the rights that a pool is told to have
    options.pool = "t" + std::to_string(++pools);
    options.rules = rules;
    options.library = std::move(library);
    tag_ = "{cairn:" + options.pool + "}";
    set(kBeginMs);
    auto store = RedisStore::open(options);
    CAIRN_ASSERT(store.ok());
    store_ = std::move(*store);
  }
  ~RedisHarness() override { shared_redis().command({"FLUSHDB"}); }
  Store& store() override { return *store_; }
  std::uint64_t now_ms() const override { return now_; }
  void advance(std::uint64_t ms) override { set(now_ + ms); }
  void set_back(std::uint64_t ms) override { set(now_ - ms); }
  void lose_payload(const TaskId& id, const Bytes& bytes) override {
    if (!lose_blob(bytes)) remove({"DEL", tag_ + ":p:" + id});
  }
  void lose_input(const TaskId& id, std::uint32_t slot, const Bytes& bytes) override {
    if (!lose_blob(bytes)) remove({"HDEL", tag_ + ":i:" + id, std::to_string(slot)});
  }

 private:
  void set(std::uint64_t ms) {
    now_ = ms;
    const std::string key = tag_ + ":clock_ms", value = std::to_string(now_);
    CAIRN_ASSERT(client_.call({"SET", key, value}).ok());
  }
  bool lose_blob(const Bytes& bytes) {
    if (bytes.size() <= limits::inline_bytes_max) return false;
    remove({"DEL", tag_ + ":blob:" + hex(sha256(bytes))});
    return true;
  }
  void remove(const std::vector<std::string>& words) {
    CAIRN_ASSERT(client_.call({words.begin(), words.end()}).ok());
  }

  RedisClient client_;
  std::string tag_;
  std::uint64_t now_ = 0;
  std::unique_ptr<Store> store_;
};

}  // namespace

std::unique_ptr<StoreHarness> make_memory_harness(const StoreRules& rules) {
  return std::make_unique<MemoryHarness>(rules);
}
std::unique_ptr<StoreHarness> make_redis_harness(const StoreRules& rules) {
  return std::make_unique<RedisHarness>(rules, library_with_clock_key());
}
std::unique_ptr<StoreHarness> make_edited_redis_harness(const StoreRules& rules, std::string_view text,
                                                        std::string_view replacement) {
  std::string library = library_with_clock_key();
  library.replace(find_once(library, text), text.size(), replacement);
  return std::make_unique<RedisHarness>(rules, std::move(library));
}

INSTANTIATE_TEST_SUITE_P(Every, StoreTest,
                         testing::Values(StoreKind{"memory", make_memory_harness},
                                         StoreKind{"redis", make_redis_harness}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace cairn::pipeline
