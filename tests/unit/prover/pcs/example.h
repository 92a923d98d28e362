// A polynomial with true statements of every form.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "prover/field/quintic.h"
#include "prover/hash/poseidon2.h"
#include "prover/pcs/params.h"
#include "prover/pcs/statement.h"
#include "prover/pcs/whir_verify.h"
#include "prover/poly/multilinear.h"
#include "prover/transcript/poseidon2_sponge.h"
#include "prover/transcript/reader.h"

namespace cairn::engine {

using Proof = std::vector<std::uint8_t>;

inline constexpr Domain whir_test_domain{"whir test", 1, {}};

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  KoalaBear base() { return KoalaBear::from(static_cast<std::uint32_t>(engine_() % KoalaBear::modulus)); }
  Quintic extension() { return {{base(), base(), base(), base(), base()}}; }
  std::vector<Quintic> point(std::size_t n) {
    std::vector<Quintic> out;
    for (; n > 0; --n) out.push_back(extension());
    return out;
  }
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }

 private:
  std::mt19937_64 engine_;
};

struct Example {
  const WhirParams* params;
  std::vector<KoalaBear> values;
  std::uint64_t cells;
  std::vector<Statement> statements;

  /// `eighths` of the values are random, the others zero, as a stacked polynomial ends. Statements:
  /// dense, a table of columns at one point, a few columns of a small one, one cell, and columns in pieces.
  Example(unsigned n, unsigned log_inverse_rate, std::uint64_t seed = 1, std::uint64_t eighths = 5)
      : params(whir_params(n, log_inverse_rate)),
        values(std::size_t{1} << n, KoalaBear::zero()),
        cells(eighths << (n - 3)) {
    Random random(seed);
    for (std::size_t i = 0; i < cells; ++i) values[i] = random.base();
    add(random.point(n), {0});
    add(random.point(n - 3), {0, 1, 2, 4});
    add(random.point(2), {7, 3});
    add({}, {random.below(values.size())});
    add_in_pieces(random.point(n - 4), random.extension());
  }

  /// Three columns of three eighths of their height: a quarter, from the beginning of P on, and an eighth
  /// behind those quarters, with coefficients of any kind.
  void add_in_pieces(std::vector<Quintic> point, const Quintic& coefficient) {
    const auto m = static_cast<unsigned>(point.size());
    Statement statement(std::move(point), {{m - 2, 0, coefficient}, {m - 3, 6, coefficient.square()}}, {});
    const std::span<const Quintic> at(statement.point);
    for (std::uint64_t column = 0; column < 3; ++column) {
      Quintic value = Quintic::zero();
      for (const Piece& piece : statement.pieces) {
        const std::size_t size = std::size_t{1} << piece.variables;
        const auto part = std::span<const KoalaBear>(values).subspan((piece.first + column) * size, size);
        value += piece.coefficient * evaluate(part, at.last(piece.variables));
      }
      statement.claims.push_back({column, value});
    }
    statements.push_back(std::move(statement));
  }

  void add(std::vector<Quintic> point, std::initializer_list<std::uint64_t> selectors) {
    Statement statement{std::move(point), {}};
    const std::size_t size = std::size_t{1} << statement.point.size();
    for (std::uint64_t selector : selectors) {
      const std::span<const KoalaBear> column =
          std::span<const KoalaBear>(values).subspan(selector * size, size);
      statement.claims.push_back({selector, evaluate(column, statement.point)});
    }
    statements.push_back(std::move(statement));
  }

  struct Verdict {
    VerifyError error;
    std::uint64_t permutations;
  };
  Verdict verify(std::span<const std::uint8_t> proof, const Domain& domain = whir_test_domain) const {
    Reader<Poseidon2Sponge> reader(proof, domain);
    const auto commitment = read_commitment<Poseidon2Hash>(reader, *params, cells);
    std::uint64_t permutations = 0;
    verify_opening<Poseidon2Hash>(reader, commitment, statements, &permutations);
    const VerifyError error = reader.finish();
    return {error, permutations + reader.permutations()};
  }
};

inline std::uint32_t word_of(const Proof& proof, std::size_t i) {
  std::uint32_t out = 0;
  for (unsigned b = 0; b < 4; ++b) out |= std::uint32_t{proof[4 * i + b]} << (8 * b);
  return out;
}

inline void put_word(Proof& proof, std::size_t i, std::uint32_t word) {
  for (unsigned b = 0; b < 4; ++b) proof[4 * i + b] = static_cast<std::uint8_t>(word >> (8 * b));
}

}  // namespace cairn::engine
