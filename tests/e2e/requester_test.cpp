// `cairn produce --open`: sequences are opened by a requester with a key of its own, and on a dev chain by
// its first account.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "chain/dev_keys.h"
#include "chain/eth_chain.h"
#include "chain/funding.h"
#include "chain/keystore.h"
#include "common/limits.h"
#include "stages/submission.h"
#include "tests/e2e/support/audit.h"
#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/must.h"
#include "tests/e2e/support/pool.h"
#include "tests/e2e/support/stopped_pool.h"

namespace cairn::test {
namespace {

constexpr int exit_ok = 0, exit_partial = 4, exit_config = 78;
constexpr const char* passphrase = "open sesame";

/// A key with `token_count` tokens and `wei`, in a keystore.
struct Wallet {
  Wallet(Scene& scene, std::uint64_t token_count, const chain::U256& wei) {
    const mode_t old = ::umask(077);
    std::ofstream(dir / "pass") << passphrase << "\n";
    std::ofstream(dir / "wrong") << "close sesame\n";
    ::umask(old);
    const auto secret = must(chain::load_passphrase(dir / "pass"));
    must(chain::save_keystore(must(chain::encrypt(key, secret, chain::Scrypt{.n = 4096, .r = 8, .p = 1})),
                              dir / "key.json"));
    chain::EthNode node = scene.anvil().node();
    must(chain::send_tokens(node, scene.deployment(), chain::dev_key(0), key.address(), tokens(token_count)));
    must(chain::send_and_wait(node, chain::dev_key(0), {{}, key.address(), {}, wei}));
  }
  chain::U256 balance(Scene& scene) const {
    chain::EthNode node = scene.anvil().node();
    return must(chain::token_balance(node, scene.deployment(), key.address()));
  }
  std::string keystore() const { return dir / "key.json"; }
  std::string password(const std::string& name = "pass") const { return dir / name; }

  TempDir dir;
  chain::SecretKey key = chain::SecretKey::generate();
};

const chain::U256 one_ether = tokens(1);

std::string section(const Wallet& wallet, const Scene& scene, const std::string& password = "pass") {
  return "requester:\n  keystore: \"" + wallet.keystore() + "\"\n" +
         (password.empty() ? "" : "  password_file: \"" + wallet.password(password) + "\"\n") +
         "  verifier: \"" + chain::address_text(scene.deployment().verifier) + "\"\n";
}

Json summary_of(const Output& out) {
  const std::string text = out.out.substr(0, out.out.find_last_not_of('\n') + 1);
  return Json::parse(text.substr(text.rfind('\n') + 1), nullptr, false);
}

TEST(Requester, OpensWithItsOwnKeyWhatIsThenProvedAndPaid) {
  const Dice dice;
  Scene scene;
  const Wallet wallet(scene, 10, one_ether);
  Pool pool({.more = section(wallet, scene)}, scene.prover("pool", 2'000'000));
  const std::vector<std::string> lines = make_sequences(2, "1,2", dice.seed());
  scene.start_clock();
  pool.up();
  const Output out = pool.produce(lines, {"--open", "4", "--wait", "--timeout", "240"});
  EXPECT_EQ(out.status, exit_ok) << out.out << out.err;
  const Json summary = summary_of(out);
  ASSERT_EQ(summary["sequences"].size(), 2u) << out.out;
  for (const Json& sequence : summary["sequences"]) EXPECT_EQ(sequence["reward_wei"], tokens(4).decimal());
  EXPECT_EQ(wallet.balance(scene), tokens(2)) << "of 10, two rewards of 4";
  EXPECT_NE(out.err.find("line 1: opening sequence 0x"), std::string::npos) << out.err;
  EXPECT_NE(out.err.find("for 4 tokens as " + chain::address_text(wallet.key.address())), std::string::npos)
      << out.err;
  EXPECT_NE(out.err.find("line 2: opened sequence 0x"), std::string::npos) << out.err;

  // What they attached is compressed, and means what the lines say.
  chain::EthChain chain = open_chain(scene.anvil().url(), pool.link().contract);
  const auto opened = must(chain.opened(0, must(chain.head()).number));
  ASSERT_EQ(opened.size(), lines.size());
  const stages::Catalog catalog = {{"groth16", {"chain_step"}}};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_LT(opened[i].data.size(), lines[i].size());
    EXPECT_EQ(must(stages::parse_attached(opened[i].data, opened[i].id, catalog)),
              must(stages::parse_attached(view(lines[i]), opened[i].id, catalog)));
  }

  // The same lines again, and one more than there is money for.
  std::vector<std::string> more = lines;
  more.push_back(make_sequences(1, "1", dice.seed(), 100)[0]);
  const Output again = pool.produce(more, {"--open", "4"});
  EXPECT_EQ(again.status, exit_partial) << again.out << again.err;
  std::istringstream answers(again.out);
  std::vector<Json> said;
  for (std::string line; std::getline(answers, line);) said.push_back(Json::parse(line));
  ASSERT_EQ(said.size(), 3u) << again.out;
  EXPECT_EQ(said[0]["result"], "duplicate");
  EXPECT_EQ(said[1]["result"], "duplicate");
  EXPECT_EQ(said[2]["result"], "rejected");
  const std::string why = said[2]["why"];
  EXPECT_NE(why.find("the reward is " + tokens(4).decimal() + ": " + tokens(2).decimal() + " are missing"),
            std::string::npos)
      << why;
  EXPECT_NE(again.err.find("is on the contract already"), std::string::npos) << again.err;
  EXPECT_EQ(wallet.balance(scene), tokens(2)) << "nothing is paid twice";
  EXPECT_EQ(pool.stop(), exit_ok);
}

TEST(Requester, OnADevChainIsItsFirstAccount) {
  const Dice dice;
  Pool pool;
  pool.up();
  const Output out =
      pool.produce(make_sequences(1, "1", dice.seed()), {"--open", "2", "--wait", "--timeout", "240"});
  EXPECT_EQ(out.status, exit_ok) << out.out << out.err;
  EXPECT_EQ(summary_of(out)["sequences"][0]["reward_wei"], tokens(2).decimal()) << out.out;
  EXPECT_NE(out.err.find("as " + chain::address_text(chain::dev_key(0).address())), std::string::npos)
      << out.err;
  EXPECT_EQ(pool.stop(), exit_ok);
}

/// `produce --open 4` on a pool that is not asked, because opening fails first.
class RequesterErrors : public testing::Test {
 protected:
  Output produce(const std::string& yaml, Json known = Json::object(),
                 const std::vector<std::string>& arguments = {}) {
    const Json usual = {{"rpc", {scene.anvil().url()}},
                        {"chain_id", 31337},
                        {"contract", chain::address_text(scene.deployment().submission)}};
    for (const auto& [key, value] : usual.items()) {
      if (!known.contains(key)) known[key] = value;
    }
    const StoppedPool pool("chain:\n  rpc: [\"" + scene.anvil().url() + "\"]\n  contract: \"" +
                               chain::address_text(scene.deployment().submission) +
                               "\"\n  keystore: none\n  password_file: none\nbackends: {groth16: {programs: "
                               "{chain_step: {directory: /}}}}\n" +
                               yaml,
                           known);
    const TempDir dir;
    std::ofstream(dir / "lines") << line << "\n";
    std::vector<std::string> argv = {"sh", "-c", "exec \"$@\" <\"$0\"", dir / "lines", "env"};
    argv.insert(argv.end(), environment.begin(), environment.end());
    argv.insert(argv.end(), {cairn_program(), "produce", "--state", pool.state(), "--open", "4"});
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return run(argv);
  }
  void expect(const Output& out, int status, const std::string& words) {
    EXPECT_EQ(out.status, status) << out.out << out.err;
    EXPECT_NE((out.out + out.err).find(words), std::string::npos) << words << "\nin " << out.out << out.err;
  }

  Scene scene;
  std::string line = make_sequences(1, "1", 7)[0];
  std::vector<std::string> environment;
};

TEST_F(RequesterErrors, SayWhatIsMissingInTheConfiguration) {
  const Wallet wallet(scene, 10, one_ether);
  expect(produce(""), exit_config, "set requester.keystore");
  expect(produce(section(wallet, scene, "")), exit_config,
         "set requester.password_file, or CAIRN_REQUESTER_PASSWORD");
  expect(produce(section(wallet, scene, "wrong")), exit_config,
         "requester.keystore: " + wallet.keystore() + ": ");
  expect(produce(section(wallet, scene, "wrong")), exit_config, "passphrase does not open it");
  expect(produce(section(wallet, scene, "none")), exit_config, "No such file");
  expect(produce("requester: {keystore: /nowhere/key.json, password_file: \"" + wallet.password() + "\"}\n"),
         exit_config, "/nowhere/key.json");
  expect(produce("requester: {keystore: \"" + wallet.keystore() + "\", password_file: \"" +
                 wallet.password() + "\"}\n"),
         exit_config, "set requester.verifier");
  EXPECT_EQ(::chmod(wallet.keystore().c_str(), 0644), 0);
  expect(produce(section(wallet, scene)), exit_config, "others may read it");
  EXPECT_EQ(wallet.balance(scene), tokens(10));
}

TEST_F(RequesterErrors, SayWhatIsWrongWithTheChain) {
  const Wallet wallet(scene, 10, one_ether);
  const std::string yaml = section(wallet, scene), nobody = "0x" + std::string(39, '0') + "9";
  expect(produce(yaml, {{"contract", nobody}}), exit_config,
         "no contract at " + nobody + " on chain 31337: that account has no code");
  expect(produce(yaml, {{"chain_id", 5}}), exit_config, scene.anvil().url() + ": serves chain 31337, not 5");
  expect(produce(yaml, {{"contract", chain::address_text(scene.deployment().token)}}), exit_config,
         "is another contract");
  expect(produce(yaml, {{"rpc", {"http://127.0.0.1:1"}}}), 69, "127.0.0.1:1");
  environment = {"CAIRN_REQUESTER_VERIFIER=" + nobody};
  expect(produce(yaml), exit_config, "no verifier at " + nobody);
  EXPECT_EQ(wallet.balance(scene), tokens(10));
}

TEST_F(RequesterErrors, SayHowMuchIsMissing) {
  const Wallet poor(scene, 3, one_ether);
  expect(produce(section(poor, scene)), exit_partial,
         "the reward is " + tokens(4).decimal() + ": " + tokens(1).decimal() + " are missing");
  const Wallet dry(scene, 10, chain::U256(1'000));
  const Output out = produce(section(dry, scene));
  expect(out, exit_partial,
         chain::address_text(dry.key.address()) + " has 1000 wei, the transaction may need ");
  expect(out, exit_partial, " wei are missing");
  EXPECT_EQ(poor.balance(scene), tokens(3));
}

TEST_F(RequesterErrors, NothingIsOpenedForALineWithoutRoomForItsId) {
  const Wallet wallet(scene, 10, one_ether);
  Json json = Json::parse(line);
  std::string& balance = json["batches"][0]["input"]["balance"].get_ref<std::string&>();
  balance.append(limits::json_line_bytes_max - json.dump().size(), '0');
  line = json.dump();
  ASSERT_EQ(line.size(), limits::json_line_bytes_max)
      << "as much as a line may have, before it has its sequence_id";
  expect(produce(section(wallet, scene)), exit_partial, "rejected JSON of ");
  EXPECT_EQ(wallet.balance(scene), tokens(10));
}

// The passphrase may come from the environment, and the key from the command line.
TEST_F(RequesterErrors, ThePassphraseMayBeGivenByTheEnvironment) {
  const Wallet poor(scene, 3, one_ether);
  const std::string yaml =
      "requester: {verifier: \"" + chain::address_text(scene.deployment().verifier) + "\"}\n";
  environment = {std::string("CAIRN_REQUESTER_PASSWORD=") + passphrase};
  expect(produce(yaml, {}, {"--requester-keystore", poor.keystore()}), exit_partial, "are missing");
  environment = {"CAIRN_REQUESTER_PASSWORD=close sesame"};
  expect(produce(yaml, {}, {"--requester-keystore", poor.keystore()}), exit_config,
         "passphrase does not open it");
}

}  // namespace
}  // namespace cairn::test
