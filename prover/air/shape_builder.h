// The context that counts: degrees, constraints, interactions and the order of what eval says.
#pragma once

#include <algorithm>

#include "prover/air/builder.h"
#include "prover/air/shape.h"

namespace cairn::engine {

/// An expression known by its degree in the columns.
struct Degree {
  unsigned degree = 0;

  friend Degree operator+(Degree a, Degree b) { return {std::max(a.degree, b.degree)}; }
  friend Degree operator-(Degree a, Degree b) { return {std::max(a.degree, b.degree)}; }
  friend Degree operator*(Degree a, Degree b) { return {a.degree + b.degree}; }
  Degree operator-() const { return *this; }
  friend Degree operator+(Degree a, KoalaBear) { return a; }
  friend Degree operator-(Degree a, KoalaBear) { return a; }
  friend Degree operator*(Degree a, KoalaBear) { return a; }
  friend Degree operator+(KoalaBear, Degree a) { return a; }
  friend Degree operator-(KoalaBear, Degree a) { return a; }
  friend Degree operator*(KoalaBear, Degree a) { return a; }
  Degree& operator+=(Degree b) { return *this = *this + b; }
  Degree& operator-=(Degree b) { return *this = *this - b; }
  Degree& operator*=(Degree b) { return *this = *this * b; }
  Degree& operator+=(KoalaBear) { return *this; }
  Degree& operator-=(KoalaBear) { return *this; }
  Degree& operator*=(KoalaBear) { return *this; }
  Degree square() const { return {2 * degree}; }
  Degree cube() const { return {3 * degree}; }
  Degree doubled() const { return *this; }
};

class ShapeBuilder : public Builder<ShapeBuilder, Degree> {
 public:
  ShapeBuilder(TableShape& table, const KoalaBear* public_values, const Degree* structured)
      : table_(table), public_values_(public_values), structured_(structured) {}

  void on_constraint(const Degree& value, const char*) {
    say(Emission::Kind::constraint, table_.constraints++, 0, value);
  }
  void on_interaction(unsigned bus, Side side, bool counted, const Degree& multiplicity, const Degree* tuple,
                      std::size_t width) {
    const auto index = static_cast<std::uint32_t>(table_.interactions.size());
    table_.interactions.push_back(
        {static_cast<std::uint8_t>(bus), static_cast<std::uint8_t>(width), side == Side::received, counted});
    say(Emission::Kind::multiplicity, index, 0, multiplicity);
    for (std::size_t i = 0; i < width; ++i) say(Emission::Kind::element, index, i, tuple[i]);
  }
  Degree lift(KoalaBear) const { return {0}; }
  const KoalaBear* public_values() const { return public_values_; }
  const Degree* structured_values() const { return structured_; }

 private:
  void say(Emission::Kind kind, std::uint32_t index, std::size_t element, Degree value) {
    table_.emissions.push_back({kind, static_cast<std::uint8_t>(element), static_cast<std::uint16_t>(index),
                                static_cast<std::uint8_t>(value.degree)});
    table_.degree = std::max(table_.degree, value.degree);
  }
  TableShape& table_;
  const KoalaBear* public_values_;
  const Degree* structured_;
};

}  // namespace cairn::engine
