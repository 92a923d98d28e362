#include "attest/proof_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "tests/support/process.h"

namespace cairn::attest {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ProofStoreTest : public testing::Test {
 protected:
  ProofStore store(std::uint64_t bytes_max = 1 << 20, std::size_t proof_bytes_max = 1 << 16) {
    return ProofStore::open(dir.path() / "proofs", {proof_bytes_max, bytes_max}).value();
  }
  fs::path file(const Digest32& digest) const { return dir.path() / "proofs" / hex(digest); }
  std::size_t files() const {
    const auto all = fs::directory_iterator(dir.path() / "proofs");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  test::TempDir dir;
};

TEST_F(ProofStoreTest, GivesBackWhatWasPutUnderItsSha256) {
  const Bytes proof = copy("a proof");
  const auto digest = store().put(proof);
  ASSERT_TRUE(digest.ok()) << digest.error().what;
  EXPECT_EQ(*digest, sha256(proof));
  EXPECT_EQ(store().get(*digest).value(), proof) << "also after it was opened again";
  EXPECT_EQ(store().get(sha256(view("another"))).error().code, Code::not_found);
  EXPECT_EQ(files(), 1u) << "no draft is left";
}

TEST_F(ProofStoreTest, TheSameProofMayBePutAgain) {
  const ProofStore proofs = store(10);  // room for one
  const Digest32 digest = proofs.put(view("12345678")).value();
  EXPECT_EQ(proofs.put(view("12345678")).value(), digest);
  EXPECT_EQ(proofs.stored_bytes().value(), 8u);
}

TEST_F(ProofStoreTest, DamageIsNoticedAndMended) {
  const Bytes proof(1000, 7);
  const Digest32 digest = store().put(proof).value();
  for (const auto& damaged :
       {std::string(999, '\7'), std::string(1000, '\6'), std::string(1001, '\7'), std::string()}) {
    std::ofstream(file(digest), std::ios::trunc) << damaged;
    EXPECT_EQ(store().get(digest).error().code, Code::corrupt) << damaged.size();
    EXPECT_EQ(store().put(proof).value(), digest);
    EXPECT_EQ(store().get(digest).value(), proof);
  }
}

TEST_F(ProofStoreTest, TakesNoMoreThanItMay) {
  const ProofStore proofs = store(100, 60);
  EXPECT_EQ(proofs.put({}).error().code, Code::invalid_input);
  EXPECT_EQ(proofs.put(Bytes(61)).error().code, Code::invalid_input);
  const Digest32 first = proofs.put(Bytes(60)).value();
  const auto full = proofs.put(Bytes(41, 1));
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code, Code::exhausted);
  EXPECT_THAT(full.error().what, HasSubstr("attest.bytes_max_mib"));
  EXPECT_TRUE(proofs.put(Bytes(40, 1)).ok());
  EXPECT_TRUE(proofs.get(first).ok()) << "nothing is removed to make room";
  EXPECT_EQ(proofs.stored_bytes().value(), 100u);
}

TEST_F(ProofStoreTest, FollowsNoLinkAndReadsNoFolder) {
  const ProofStore proofs = store();
  const Bytes secret = copy("elsewhere");
  std::ofstream(dir / "secret") << text(secret);
  fs::create_symlink(dir / "secret", file(sha256(secret)));
  EXPECT_FALSE(proofs.get(sha256(secret)).ok());
  fs::create_directory(file(sha256(view("x"))));
  EXPECT_EQ(proofs.get(sha256(view("x"))).error().code, Code::corrupt);
  std::ofstream(file(sha256(view("y")))) << std::string((1 << 16) + 1, 'z');
  EXPECT_EQ(proofs.get(sha256(view("y"))).error().code, Code::corrupt) << "too large to be read";
  const Digest32 large = proofs.put(Bytes(5'000, 1)).value();
  EXPECT_EQ(store(1 << 20, 4'000).get(large).error().code, Code::corrupt)
      << "whole, and larger than any proof here";
}

TEST_F(ProofStoreTest, ADraftThatCannotBeMovedGoes) {
  const ProofStore proofs = store();
  fs::create_directory(file(sha256(view("a proof"))));
  EXPECT_EQ(proofs.put(view("a proof")).error().code, Code::unavailable);
  EXPECT_EQ(files(), 1u);
}

TEST_F(ProofStoreTest, DraftsOfKilledProcessesGo) {
  (void)store();
  const auto draft = [&](const char* name, std::chrono::hours age) {
    std::ofstream(dir.path() / "proofs" / name) << "half";
    fs::last_write_time(dir.path() / "proofs" / name, fs::file_time_type::clock::now() - age);
  };
  draft(".draft.1.0", std::chrono::hours(2));
  draft(".draft.2.0", std::chrono::hours(0));
  (void)store();
  EXPECT_FALSE(fs::exists(dir.path() / "proofs/.draft.1.0"));
  EXPECT_TRUE(fs::exists(dir.path() / "proofs/.draft.2.0")) << "somebody may be writing it";
}

TEST_F(ProofStoreTest, ManyMayPutAtOnce) {
  const ProofStore proofs = store();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const Bytes proof = copy("proof " + std::to_string(i));
        const auto digest = proofs.put(proof);
        EXPECT_TRUE(digest.ok());
        EXPECT_EQ(proofs.get(*digest).value(), proof);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(files(), 20u);
}

TEST(ProofName, IsSixtyFourLowerCaseHexDigits) {
  const std::string name = hex(sha256(view("x")));
  EXPECT_EQ(parse_proof_name(name).value(), sha256(view("x")));
  std::string upper = name;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const std::string& bad :
       {std::string(), name.substr(1), name + "0", "0x" + name, upper, "../" + name.substr(3),
        name.substr(1) + "/", name.substr(1) + std::string(1, '\0'), std::string(64, '.')}) {
    const auto refused = parse_proof_name(bad);
    ASSERT_FALSE(refused.ok()) << bad;
    EXPECT_THAT(refused.error().what, HasSubstr("64 lower-case hex digits")) << bad;
  }
}

}  // namespace
}  // namespace cairn::attest
