#include "cli/attestation.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/verifier_keys.h"
#include "tests/support/process.h"

namespace cairn::cli {
namespace {

class ProofPageTest : public testing::Test {
 protected:
  test::TempDir dir;
  attest::ProofStore proofs = attest::ProofStore::open(dir / "proofs", {1 << 20, 1 << 24}).value();
  /// Every byte there is, line ends and zeros too.
  Bytes proof = [] {
    Bytes out(100'000);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(i * 7);
    return out;
  }();
};

TEST_F(ProofPageTest, GivesTheBytesOfADigestAndNothingElse) {
  const std::string name = hex(proofs.put(proof).value());
  const HttpReply found = proof_page(proofs, "/proofs/" + name);
  EXPECT_EQ(found.status, 200);
  EXPECT_EQ(found.content_type, "application/octet-stream");
  EXPECT_EQ(copy(found.body), proof);
  EXPECT_EQ(proof_page(proofs, "/proofs/" + std::string(64, '0')).status, 404);
  std::string upper = name;
  upper[0] = 'A';
  for (const std::string& odd :
       {std::string(), std::string("x"), "0x" + name, name + "0", upper, std::string("..")}) {
    EXPECT_EQ(proof_page(proofs, "/proofs/" + odd).status, 400) << odd;
  }
}

TEST_F(ProofPageTest, ADamagedProofIsNotServed) {
  const std::string name = hex(proofs.put(proof).value());
  std::ofstream(dir / "proofs" / name) << "damaged";
  const HttpReply reply = proof_page(proofs, "/proofs/" + name);
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body.find("damaged"), std::string::npos);
}

TEST_F(ProofPageTest, IsFetchedByteByByteOverHttp) {
  const std::string name = hex(proofs.put(proof).value());
  auto server = HttpServer::start(
      "127.0.0.1:0", {{"/proofs/", [&](const HttpRequest& r) { return proof_page(proofs, r.path); }}});
  ASSERT_TRUE(server.ok());
  const std::string at = "http://127.0.0.1:" + std::to_string((*server)->port()) + "/proofs/";
  const auto fetched = fetch_proof(at + name);
  ASSERT_TRUE(fetched.ok()) << fetched.error().what;
  EXPECT_EQ(*fetched, proof);
  EXPECT_EQ(fetch_proof(at + std::string(64, '0')).error().code, Code::not_found);
  EXPECT_EQ(fetch_proof(at + "x").error().code, Code::unavailable);
  // Above it, and around it.
  for (const char* path : {"../proofs.txt", "%2e%2e/x", "a/b"})
    EXPECT_FALSE(fetch_proof(at + path).ok()) << path;
}

TEST_F(ProofPageTest, IsFetchedFromAFile) {
  std::ofstream(dir / "proof") << text(proof);
  EXPECT_EQ(fetch_proof(dir / "proof").value(), proof);
  EXPECT_EQ(fetch_proof(dir / "none").error().code, Code::not_found);
  EXPECT_EQ(fetch_proof(dir.path()).error().code, Code::not_found);
  std::filesystem::resize_file(dir / "proof", limits::value_bytes_max + 1);
  EXPECT_EQ(fetch_proof(dir / "proof").error().code, Code::exhausted);
}

TEST(CollectSignatures, LooksAtEveryPlaceAndPassesOverWhatIsNotThere) {
  test::TempDir dir;
  std::filesystem::create_directories(dir / "left");
  std::filesystem::create_directories(dir / "folder/abc");
  std::ofstream(dir / "left/abc") << "from a file";
  std::ofstream(dir / "left/other") << "another attestation";
  auto server = HttpServer::start(
      "127.0.0.1:0",
      {{"/signatures/abc",
        [](const HttpRequest&) {
          return HttpReply{200, "text/plain", "from a URL"};
        }},
       {"/large/abc", [](const HttpRequest&) {
          return HttpReply{200, "text/plain", std::string(attest::signature_line_bytes_max + 1, 'x')};
        }}});
  ASSERT_TRUE(server.ok());
  const std::string url = "http://127.0.0.1:" + std::to_string((*server)->port());
  const std::vector<std::string> places = {dir / "none",        dir / "left",   url + "/nowhere",
                                           dir / "folder",      url + "/large", url + "/signatures/",
                                           "http://127.0.0.1:1"};
  EXPECT_EQ(collect_signatures(places, "abc"), (std::vector<std::string>{"from a file", "from a URL"}));
  EXPECT_EQ(collect_signatures(places, "xyz"), std::vector<std::string>{});
}

}  // namespace
}  // namespace cairn::cli
