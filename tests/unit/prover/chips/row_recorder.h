// What one row of a chip says: whether its constraints hold, and its terms on the buses. And whether the
// tables that it looks up have what it asks for.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "prover/chips/word.h"

namespace cairn::engine::test {

struct Term {
  unsigned bus;
  Side side;
  KoalaBear multiplicity;
  std::vector<std::uint32_t> tuple;
  bool operator==(const Term&) const = default;
};

class RowRecorder : public Builder<RowRecorder, KoalaBear> {
 public:
  explicit RowRecorder(std::vector<KoalaBear> structured = {}, std::vector<KoalaBear> public_values = {})
      : structured_(std::move(structured)), public_values_(std::move(public_values)) {}

  void on_constraint(KoalaBear value, const char* name) {
    if (!value.is_zero()) failed.emplace_back(name);
  }
  void on_interaction(unsigned bus, Side side, bool, KoalaBear multiplicity, const KoalaBear* tuple,
                      std::size_t width) {
    Term term = {bus, side, multiplicity, {}};
    for (std::size_t i = 0; i < width; ++i) term.tuple.push_back(tuple[i].canonical());
    terms.push_back(std::move(term));
  }
  KoalaBear lift(KoalaBear x) const { return x; }
  const KoalaBear* public_values() const { return public_values_.data(); }
  const KoalaBear* structured_values() const { return structured_.data(); }

  /// Constraints hold, and what is looked up in byte tables is there.
  bool holds() const { return failed.empty() && bytes_hold(); }

  bool bytes_hold() const {
    for (const Term& term : terms) {
      if (term.multiplicity.is_zero()) continue;
      const auto& t = term.tuple;
      if (term.bus == WordBus::byte_and && (t[0] > 255 || t[1] > 255 || t[2] != (t[0] & t[1]))) return false;
      if (term.bus == WordBus::byte_pair && (t[0] > 255 || t[1] > 255)) return false;
    }
    return true;
  }

  /// The terms on one bus that count.
  std::vector<Term> on(unsigned bus) const {
    std::vector<Term> out;
    for (const Term& term : terms) {
      if (term.bus == bus && !term.multiplicity.is_zero()) out.push_back(term);
    }
    return out;
  }

  std::vector<std::string> failed;
  std::vector<Term> terms;

 private:
  std::vector<KoalaBear> structured_, public_values_;
};

template <class Chip>
RowRecorder record(const typename Chip::template Columns<KoalaBear>& row,
                   std::vector<KoalaBear> structured = {}, std::vector<KoalaBear> public_values = {}) {
  RowRecorder recorder(std::move(structured), std::move(public_values));
  Chip::eval(recorder, row);
  return recorder;
}

/// Words whose bytes, signs and carries are of every kind.
inline constexpr std::array<std::uint32_t, 20> edge_words = {
    0,          1,          2,          31,         32,         127,        128,
    255,        256,        0xffff,     0x10000,    0x7fffffff, 0x80000000, 0x80000001,
    0xfffffffe, 0xffffffff, 0x00ff00ff, 0xff00ff00, 0x7f000001, 0x01020304};

}  // namespace cairn::engine::test
