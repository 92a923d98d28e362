// A backend whose final proofs are attested: verified, stored, served by digest, signed by verifier keys, and
// paid.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "attest/attester.h"
#include "tests/e2e/support/must.h"
#include "tests/e2e/support/pool.h"

namespace cairn::test {
namespace {

namespace fs = std::filesystem;
constexpr int exit_ok = 0, exit_failure = 1;

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Attest, ALargeProofIsServedByDigestAndPaidByItsAttestation) {
  const TempDir dir;
  std::ofstream(dir / "token") << std::string(32, 't') << "\n";
  Pool pool({.more = "attest: {backends: [groth16]}\nconsole: {token_file: \"" + (dir / "token").string() +
                     "\"}\n"});
  pool.up();
  const std::vector<std::string> lines = make_sequences(1, "2", 5);
  // Only the AttestedVerifier takes attestations, and only with two of its three keys: paid says that it did.
  const Output out = pool.produce(lines, {"--open", "4", "--wait", "--timeout", "200"});
  ASSERT_EQ(out.status, exit_ok) << out.out << out.err;

  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(pool.path("proofs")))
    names.push_back(entry.path().filename());
  ASSERT_EQ(names.size(), 1u);
  const auto [status, proof] = pool.page("console", "/proofs/" + names[0]);
  EXPECT_EQ(status, 200) << "public, where the console is not";
  EXPECT_EQ(pool.page("console", "/api/pool").first, 401);
  EXPECT_EQ(hex(sha256(view(proof))), names[0]) << "anybody can check what he got";
  EXPECT_EQ(pool.page("console", "/proofs/" + std::string(64, '0')).first, 404);
  EXPECT_EQ(pool.page("console", "/proofs/0x00").first, 400);
  for (const char* odd : {"/proofs/", "/proofs/../pool.json", "/proofs/..%2fpool.json"}) {
    EXPECT_NE(pool.page("console", odd).first, 200) << odd;
  }

  // Another verifier fetches the proof, checks it by itself, and signs.
  const Json json = Json::parse(read_file(pool.path("pool.json")));
  std::string console = read_file(json["run"].get<std::string>() + "/console.http");
  console.pop_back();
  const std::string url = "http://" + console + "/proofs/" + names[0];
  const auto attest = [&](const std::string& claim, const std::string& from) {
    return pool.cairn({"attest", "--claim", claim, "--proof", from, "--backend", "groth16", "--program",
                       "chain_step", "--keystore", json["verifier_keystores"][1], "--password-file",
                       json["verifier_password_file"]});
  };
  const std::string claim = Json::parse(lines[0])["claim"];
  const Output signed_ = attest(claim, url);
  ASSERT_EQ(signed_.status, exit_ok) << signed_.err;
  const chain::AttestationDomain domain{
      json["chain_id"].get<std::uint64_t>(),
      must(chain::parse_address(json["attested_verifier"].get<std::string>()))};
  const chain::Attestation attestation{1, must(digest_from_hex(claim)), sha256(view(proof)), url};
  const auto taken = attest::parse_signature_line(signed_.out, domain, attestation);
  EXPECT_TRUE(taken.ok()) << taken.error().what << "\n"
                          << signed_.out << attest::signature_line(domain, attestation, {});

  const Output doctor = pool.cairn({"doctor"});
  EXPECT_NE(doctor.out.find("set 1: 2 of 3 verifier keys sign, 3 are here"), std::string::npos) << doctor.out;

  // What does not verify, or is not there, is not signed.
  std::string other = claim;
  other[10] = other[10] == '0' ? '1' : '0';
  const Output refused = attest(other, url);
  EXPECT_EQ(refused.status, exit_failure) << refused.err;
  EXPECT_NE(refused.err.find("not signed"), std::string::npos) << refused.err;
  EXPECT_EQ(refused.out, "");
  EXPECT_NE(attest(claim, url + "0").status, exit_ok);
  EXPECT_EQ(pool.stop(), exit_ok);
}

}  // namespace
}  // namespace cairn::test
