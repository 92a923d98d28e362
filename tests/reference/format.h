// Where the fields of a proof lie, in the order in which docs/proof-system/protocol.md §3 and whir.md list
// them, and the reasons for which a proof with something else there may be refused.
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "prover/hash/merkle.h"
#include "prover/pcs/whir_verify.h"
#include "prover/verify/relation.h"
#include "prover/verify/verifier.h"

namespace cairn::engine::test {

struct Section {
  std::string name;
  std::size_t begin, end;  ///< words
  std::set<VerifyError> reasons;

  bool hints() const { return name == "leaves and siblings"; }
};

/// The sections of an honest proof. Which leaves and siblings are in it the challenges say: it is read once.
class Format {
 public:
  Format(const MachineShape& machine, std::span<const std::uint8_t> proof)
      : machine_(machine), words_(proof.size() / 4) {
    ProofHeader header;
    EXPECT_EQ(read_header(machine, proof, header), VerifyError::none);
    VerifyError error = VerifyError::none;
    layout_ = lay_out(machine, header.rows, error).value();
    params_ = whir_params(layout_.log_cells, header.log_inverse_rate);
    add_header();
    add_relation();
    add_opening(header, proof);
    EXPECT_EQ(at_, words_);
  }

  const std::vector<Section>& sections() const { return sections_; }

 private:
  using E = VerifyError;

  void add(std::string name, std::size_t words, std::set<E> reasons) {
    sections_.push_back({std::move(name), at_, at_ + words, std::move(reasons)});
    at_ += words;
  }

  void add_header() {
    add("magic and version", 2, {E::bad_header});
    add("digest", 8, {E::other_machine});
    add("rate", 1, {E::bad_rate});
    add("rows", machine_.tables.size(), {E::bad_height, E::bad_rows});
    add("public values", machine_.public_values, {E::public_values});
  }

  void add_relation() {
    // What the challenges come from: with others the fractions do not sum to zero.
    add("root", 8, {E::bus_unbalanced});
    add("out-of-domain answers", 5 * std::size_t{params_->phase[0].samples}, {E::bus_unbalanced});
    add("gkr top", 20, {E::bus_unbalanced});
    for (std::size_t k = 1; k < layout_.log_fractions; ++k) add("gkr layer", 10 * k + 20, {E::gkr_layer});
    add("zerocheck", 15 * std::size_t{layout_.rounds}, {E::zerocheck});
    std::size_t columns = 0;
    for (const PlacedTable& placed : layout_.tables) columns += machine_.tables[placed.table].width;
    add("columns", 5 * columns, {E::zerocheck});
  }

  void add_opening(const ProofHeader& header, std::span<const std::uint8_t> proof) {
    Reader<Poseidon2Sponge> reader(proof.subspan(4 * header_words(machine_)), proof_domain(machine_));
    reader.observe(observed_words(header));
    read_commitment<Poseidon2Hash>(reader, *params_, layout_.cells);
    verify_relation(reader, machine_, layout_, header.public_values.data());
    EXPECT_EQ(words_ - reader.words_left(), at_);
    reader.challenge();
    const auto elements = [&](std::size_t count) {
      std::vector<Quintic> read(count);
      reader.extension(read);
    };
    for (std::size_t i = 0; i < params_->phase_count; ++i) {
      const WhirPhase& phase = params_->phase[i];
      const bool is_last = i + 1U == params_->phase_count;
      for (unsigned s = 0; s < params_->fold_of(i); ++s) {
        elements(2);
        reader.grind(phase.fold_pow_of(s));
        reader.challenge();
        // A nonce that still fits, by chance, leaves the rest to refuse.
        add("fold", 10, {E::proof_of_work, E::merkle_root, E::final_polynomial});
        if (phase.fold_pow_of(s) > 0) add("fold nonce", 1, {E::proof_of_work});
      }
      if (is_last) {
        const std::size_t size = std::size_t{1} << params_->final_variables();
        elements(size);
        add("final polynomial", 5 * size, {E::proof_of_work});
      } else {
        std::array<KoalaBear, 8> root;
        reader.values(root, Message::root);
        for (unsigned s = 0; s < params_->phase[i + 1].samples; ++s) reader.challenge();
        elements(params_->phase[i + 1].samples);
        add("root of a later phase", 8, {E::proof_of_work});
        add("answers of a later phase", 5 * std::size_t{params_->phase[i + 1].samples}, {E::proof_of_work});
      }
      reader.grind(phase.query_pow);
      add("query nonce", 1, {E::proof_of_work});
      std::vector<std::uint32_t> drawn(phase.queries);
      for (std::uint32_t& index : drawn) index = reader.index(params_->log_leaves_of(i));
      const auto opened = opened_indices(drawn);
      const std::size_t width =
          i == 0 ? whir_leaf_words(*params_, layout_.cells) : 5 * (std::size_t{1} << params_->fold_of(i));
      const std::size_t hints = opened.size() * width + 8 * sibling_count(params_->log_leaves_of(i), opened);
      std::vector<KoalaBear> read(hints);
      reader.hint(read);
      add("leaves and siblings", hints, {E::merkle_root});
      if (!is_last) reader.challenge();
    }
    add("final sumcheck", 10 * std::size_t{params_->final_variables()}, {E::evaluation});
  }

  const MachineShape& machine_;
  std::size_t words_, at_ = 0;
  Layout layout_;
  const WhirParams* params_ = nullptr;
  std::vector<Section> sections_;
};

}  // namespace cairn::engine::test
