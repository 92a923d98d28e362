#include "attest/attested_backend.h"

namespace cairn::attest {
namespace {

using prover::Control;

class AttestedBackend final : public prover::ProverBackend {
 public:
  AttestedBackend(ProverBackend& backend, const ProofStore& store, const Attester& attester)
      : backend_(backend), store_(store), attester_(attester) {}

  Result<std::vector<Bytes>> split(std::string_view program, ByteView input, Control& control) override {
    return backend_.split(program, input, control);
  }
  Result<Bytes> prove(std::string_view program, ByteView segment, Control& control) override {
    return backend_.prove(program, segment, control);
  }
  Result<Bytes> join(std::string_view program, ByteView left, ByteView right, Control& control) override {
    return backend_.join(program, left, right, control);
  }

  Result<Bytes> finalize(std::string_view program, ByteView joined, const Digest32& claim,
                         Control& control) override {
    CAIRN_ASSIGN(const Bytes proof, backend_.finalize(program, joined, claim, control));
    if (const Status s = backend_.verify(program, claim, proof, control); !s.ok()) {
      return s.error().in("not attested");
    }
    CAIRN_ASSIGN(const Digest32 digest, store_.put(proof));
    return attester_.attest(claim, digest, [&] { return control.cancelled(); });
  }

  Status verify(std::string_view program, const Digest32& claim, ByteView proof, Control& control) override {
    CAIRN_ASSIGN(const chain::Attestation attestation, attester_.check(claim, proof));
    CAIRN_ASSIGN(const Bytes stored, store_.get(attestation.proof_digest));
    return backend_.verify(program, claim, stored, control);
  }

 private:
  ProverBackend& backend_;
  const ProofStore& store_;
  const Attester& attester_;
};

}  // namespace

std::unique_ptr<prover::ProverBackend> make_attested_backend(prover::ProverBackend& backend,
                                                             const ProofStore& store,
                                                             const Attester& attester) {
  return std::make_unique<AttestedBackend>(backend, store, attester);
}

}  // namespace cairn::attest
