// A pool that holds one of three verifier keys, of which the contract wants two: it waits for what the others
// leave in attest.collect. One is late, one lies, one never signs.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "chain/dev_keys.h"
#include "chain/keystore.h"
#include "tests/e2e/support/audit.h"
#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/must.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t step_ms = 120'000;
constexpr std::size_t first_key = 1, keys = 3, stranger = 7;  // of the development keys
constexpr const char* lacking = "1 of 2 signatures";

class AttestCollect : public testing::Test {
 protected:
  /// What a pool asks others to sign.
  struct Wanted {
    std::string name, claim, proof;
  };

  void start(std::uint64_t collect_ms) {
    std::string places;
    for (std::size_t i = 0; i < keys; ++i) {
      fs::create_directories(place(i));
      places += (i == 0 ? "\"" : ", \"") + place(i).string() + "\"";
    }
    pool.emplace(
        PoolSettings{.more = "attest:\n  backends: [groth16]\n  verifier: \"" +
                             chain::address_text(verifier()) + "\"\n  keystores: [\"" + keystore(first_key) +
                             "\"]\n  password_files: [\"" + password() + "\"]\n  collect: [" + places +
                             "]\n  collect_ms: " + std::to_string(collect_ms) + "\n"},
        scene.prover("pool", 2'000'000));
    const std::string made = make_sequences(1, "1", dice.seed())[0];
    scene.open_as(made, tokens(Scene::reward_tokens), verifier());
    line = with_sequence_id(made, verifier());
    scene.start_clock();
    pool->up();
    EXPECT_EQ(pool->produce({line}).status, 0);
  }
  chain::Address verifier() const { return scene.deployment().attested_verifier.value(); }
  fs::path place(std::size_t i) const { return dir / ("place-" + std::to_string(i)); }
  std::string password() const { return dir / "pass"; }
  /// Made when it is first asked for.
  std::string keystore(std::size_t key) const {
    const std::string file = dir / ("key-" + std::to_string(key));
    if (fs::exists(file)) return file;
    const mode_t old = ::umask(077);
    std::ofstream(password()) << "open sesame\n";
    ::umask(old);
    const auto secret = must(chain::load_passphrase(password()));
    must(chain::save_keystore(
        must(chain::encrypt(chain::dev_key(key), secret, chain::Scrypt{.n = 4096, .r = 8, .p = 1})), file));
    return file;
  }

  Wanted wanted() {
    std::vector<Json> events;
    const bool told = eventually(step_ms, [&] {
      for (const char* worker : {"aggregate-w0", "aggregate-w1"}) {
        if (events.empty()) events = pool->events(worker, "signatures_wanted");
      }
      return !events.empty();
    });
    if (!told) give_up("nobody asks for signatures");
    return {events[0]["name"], "0x" + events[0]["claim"].get<std::string>(), events[0]["proof"]};
  }
  /// What the holder of a key prints who has fetched and checked the proof.
  std::string sign(std::size_t key, const Wanted& what, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {
        "attest",    "--claim",    what.claim,   "--proof",     what.proof,        "--backend", "groth16",
        "--program", "chain_step", "--keystore", keystore(key), "--password-file", password()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Output out = pool->cairn(std::move(arguments));
    EXPECT_EQ(out.status, 0) << out.err;
    return out.out;
  }
  void leave(std::size_t i, const Wanted& what, const std::string& text) {
    std::ofstream(dir / "draft") << text;
    fs::rename(dir / "draft", place(i) / what.name);
  }
  std::vector<Json> failures() const { return pool->events("aggregate-d0", "task_failed"); }

  Dice dice;
  Scene scene{{.verifier_keys = {chain::dev_key(1).address(), chain::dev_key(2).address(),
                                 chain::dev_key(3).address()}}};
  TempDir dir;
  std::optional<Pool> pool;
  std::string line;
};

TEST_F(AttestCollect, ALateSignatureCountsAndLiesDoNot) {
  // However long it takes to sign.
  ::setenv("CAIRN_STORE_ATTEMPTS_MAX", "1000", 1);
  ::setenv("CAIRN_STORE_BACKOFF_MAX_MS", "1000", 1);
  start(4'000);
  ::unsetenv("CAIRN_STORE_ATTEMPTS_MAX");
  ::unsetenv("CAIRN_STORE_BACKOFF_MAX_MS");
  const Wanted what = wanted();
  leave(0, what, sign(stranger, what));
  leave(1, what, sign(first_key + 1, what, {"--uri", "http://elsewhere.invalid/" + std::string(64, '0')}));
  leave(2, what, sign(first_key, what));  // the pool's own, once more
  const std::string honest = sign(first_key + 2, what);
  const std::size_t before = failures().size();
  // An attempt that has seen them all: the one that goes on may have begun before.
  EXPECT_TRUE(eventually(step_ms, [&] { return failures().size() > before + 1; }));
  const std::string reason = failures().back()["reason"];
  EXPECT_NE(reason.find(lacking), std::string::npos) << reason;
  EXPECT_NE(reason.find("one was refused: the signature is for another attestation"), std::string::npos)
      << reason;
  leave(0, what, honest);
  expect_survived(*pool, scene.anvil().url(), {line});
}

TEST_F(AttestCollect, WithoutASignatureTheTaskIsDeadUntilThereIsOne) {
  ::setenv("CAIRN_STORE_ATTEMPTS_MAX", "2", 1);
  start(500);
  ::unsetenv("CAIRN_STORE_ATTEMPTS_MAX");
  const Wanted what = wanted();
  Json dead;
  EXPECT_TRUE(eventually(step_ms, [&] { return (dead = pool->ask({"dead", "list"})).size() == 1; }));
  const std::string reason = dead.at(0)["reason"];
  EXPECT_NE(reason.find(lacking), std::string::npos) << reason;
  EXPECT_NE(reason.find(what.name), std::string::npos) << reason;
  leave(1, what, sign(first_key + 1, what));
  EXPECT_EQ(pool->ask({"dead", "replay", "--all"}).size(), 1u);
  expect_survived(*pool, scene.anvil().url(), {line});
}

}  // namespace
}  // namespace cairn::test
