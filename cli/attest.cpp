#include <cstdio>

#include "attest/attester.h"
#include "chain/keystore.h"
#include "cli/attestation.h"
#include "cli/command.h"
#include "cli/process.h"
#include "cli/services.h"
#include "prover/backend/backend.h"

namespace cairn::cli {
namespace {

struct Options {
  std::string state = ".cairn";
  std::string claim, proof, backend, program, keystore, password_file, uri;
  std::uint64_t set = 0;
};

class SignalControl : public prover::Control {
 public:
  explicit SignalControl(const std::atomic<bool>& stop) : stop_(stop) {}
  bool cancelled() const override { return stop_; }
  void progress(double) override {}

 private:
  const std::atomic<bool>& stop_;
};

/// Verifies with the proof system's own verifier, and only then signs.
Status attest_one(const Options& options, const Digest32& claim) {
  CAIRN_ASSIGN(const Pool pool, find_pool(options.state));
  CAIRN_ASSIGN(const PoolConfig config, load_config(pool.config, process_environment()));
  SignalControl control(stop_on_signals());
  CAIRN_ASSIGN(const auto backend, make_backend(options.backend, pool, config));
  CAIRN_ASSIGN(const Bytes proof, fetch_proof(options.proof));
  if (const Status s = backend->verify(options.program, claim, proof, control); !s.ok()) {
    return Error{Code::failed, "not signed, the proof does not verify: " + s.error().what};
  }
  CAIRN_ASSIGN(const auto chain, open_chain(pool, config));
  CAIRN_ASSIGN(const auto domain, attestation_domain(pool, config.attest, chain->node()));
  chain::Attestation attestation{options.set, claim, sha256(proof), options.uri};
  if (attestation.set == 0) {
    CAIRN_ASSIGN(const chain::KeySet keys, chain::read_key_set(chain->node(), domain.verifier));
    attestation.set = keys.set;
  }
  if (attestation.uri.empty()) attestation.uri = options.proof;
  if (attestation.uri.size() > chain::attestation_uri_bytes_max)
    wrong_usage("--uri", "is too long for the contract");
  CAIRN_ASSIGN(const auto key, chain::load_key(options.keystore, options.password_file));
  const auto signature = chain::sign_attestation(domain, attestation, key);
  std::fprintf(stderr, "cairn: the proof shows the claim; this is %s\n",
               hex(chain::attestation_digest(domain, attestation)).c_str());
  std::printf("%s\n", attest::signature_line(domain, attestation, signature).c_str());
  return {};
}

}  // namespace

void add_attest(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command = app.add(
      "attest",
      "Runs the proof system's own verifier on a proof and, when it shows the claim, signs that for the\n"
      "contract AttestedVerifier. Prints one JSON object, for the pool that collects signatures.",
      "cairn attest --claim 0x… --proof https://pool.example.org/proofs/… --backend zkvm --program rollup "
      "--keystore verifier.json\n"
      "    --password-file verifier.pass");
  command.state(options->state);
  command.option("--claim", options->claim, "What the proof must show, 32 bytes of hex").required();
  command.option("--proof", options->proof, "File or http(s) URL of the proof").required();
  command.option("--backend", options->backend, "Backend of the configuration that verifies it").required();
  command.option("--program", options->program, "Program of the backend").required();
  command.option("--keystore", options->keystore, "Verifier key, keystore v3").required();
  command.option("--password-file", options->password_file, "Its first line is the passphrase").required();
  command.option("--uri", options->uri, "Where the contract's readers find the proof; default: --proof");
  command.option("--set", options->set, "Set of verifier keys; default: the contract's current one")
      .between(1, limits::height_max);
  command.run([options, &exit] {
    const auto claim = digest_from_hex(options->claim);
    if (!claim.ok()) wrong_usage("--claim", claim.error().what);
    const Status status = attest_one(*options, *claim);
    if (!status.ok()) exit = fail(status.error());
  });
}

}  // namespace cairn::cli
