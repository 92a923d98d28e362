#include "prover/verify/proof_header.h"

#include "prover/pcs/params.h"

namespace cairn::engine {

namespace {

void put(std::vector<std::uint8_t>& out, std::uint32_t word) {
  for (unsigned shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(word >> shift));
}

std::uint32_t word_at(std::span<const std::uint8_t> bytes, std::size_t i) {
  std::uint32_t word = 0;
  for (std::size_t k = 4; k-- > 0;) word = word << 8 | bytes[4 * i + k];
  return word;
}

}  // namespace

std::size_t header_words(const MachineShape& machine) {
  return 2 + machine.digest.size() + 1 + machine.tables.size() + machine.public_values;
}

void write_header(const MachineShape& machine, const ProofHeader& header, std::vector<std::uint8_t>& out) {
  put(out, kProofMagic);
  put(out, kProofVersion);
  for (const KoalaBear word : machine.digest) put(out, word.canonical());
  put(out, header.log_inverse_rate);
  for (const std::uint32_t rows : header.rows) put(out, rows);
  for (const KoalaBear value : header.public_values) put(out, value.canonical());
}

VerifyError read_header(const MachineShape& machine, std::span<const std::uint8_t> proof,
                        ProofHeader& header) {
  const std::size_t words = header_words(machine);
  if (proof.size() < 8) return VerifyError::truncated;
  if (word_at(proof, 0) != kProofMagic || word_at(proof, 1) != kProofVersion) return VerifyError::bad_header;
  if (proof.size() < 4 * words) return VerifyError::truncated;
  for (std::size_t i = 0; i < words; ++i) {
    if (!KoalaBear::is_canonical(word_at(proof, i))) return VerifyError::non_canonical_word;
  }
  std::size_t at = 2;
  for (const KoalaBear word : machine.digest) {
    if (word_at(proof, at++) != word.canonical()) return VerifyError::other_machine;
  }
  const std::uint32_t rate = word_at(proof, at++);
  if (rate < whir_log_inverse_rate_min || rate > whir_log_inverse_rate_max) return VerifyError::bad_rate;
  header.log_inverse_rate = static_cast<std::uint8_t>(rate);
  header.rows.clear();
  for (std::size_t i = 0; i < machine.tables.size(); ++i) {
    const std::uint32_t rows_of_table = word_at(proof, at++);
    if (rows_of_table > std::uint32_t{1} << kLogHeightMax) return VerifyError::bad_height;
    header.rows.push_back(rows_of_table);
  }
  header.public_values.clear();
  for (std::size_t i = 0; i < machine.public_values; ++i) {
    header.public_values.push_back(KoalaBear::from(word_at(proof, at++)));
  }
  return VerifyError::none;
}

Domain proof_domain(const MachineShape& machine) { return {"cairn proof", kProofVersion, machine.digest}; }

std::vector<KoalaBear> observed_words(const ProofHeader& header) {
  std::vector<KoalaBear> words = {KoalaBear::from(std::uint32_t{header.log_inverse_rate})};
  for (const std::uint32_t rows : header.rows) words.push_back(KoalaBear::from(rows));
  words.insert(words.end(), header.public_values.begin(), header.public_values.end());
  return words;
}

}  // namespace cairn::engine
