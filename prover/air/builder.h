// What a chip's eval is written against. A chip is
//
//   struct Adder {
//     static constexpr std::string_view name = "adder";
//     static constexpr unsigned log_height_min = 4, log_height_max = 22;   // see TableShape
//     static constexpr bool optional = true;                               // may be absent
//     static constexpr std::array<Structured, 0> structured{};             // columns nobody commits to
//     static constexpr bool has_padding = false;                           // only if all rows are real
//     template <class T> struct Columns { T real, a, b, sum; };            // T and nothing else
//     static void pad(Columns<KoalaBear>& row);                            // if not all zeros
//     template <class B, class T = typename B::Expr>
//     CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
//       const auto real = b.flag(row.real, "real");
//       b.assert_zero(row.a + row.b - row.sum, "sum");
//       b.lookup(Bus::byte, real, {row.a});
//     }
//   };
//
// Rows of padding are equal, satisfy the constraints and are on no bus: a proof need not commit to them.
//
// The same text runs over packed base fields, packed extensions, the verifier's extension, degrees, single
// rows and on a device; it sees one row, has no branches on values, and always says the same things in the
// same order. An expression supports + - * and unary -, with other expressions and with KoalaBear constants.
//
// Buses. A permutation bus balances when every tuple is sent as often as it is received. On a lookup bus
// every tuple looked up must be provided; the table that provides says how often, in a column of its own.
// Only the provider's multiplicity is free: all others are flags, which are constrained to be 0 or 1, so
// that no sum of them can wrap around p (the verifier bounds their number).
#pragma once

#include <cstddef>

#include "prover/field/koala_bear.h"

namespace cairn::engine {

template <class Derived, class T>
class Builder;

/// An expression constrained to be 0 or 1. Only a builder makes one.
template <class T>
class Flag {
 public:
  CAIRN_DEVICE const T& value() const { return value_; }

 private:
  template <class, class>
  friend class Builder;
  CAIRN_DEVICE explicit Flag(const T& value) : value_(value) {}
  T value_;
};

/// Direction of an interaction: the sign of its fraction.
enum class Side : bool { sent, received };

/// The part all contexts share. Derived has, for T:
///   void on_constraint(const T& value, const char* name);
///   void on_interaction(unsigned bus, Side, bool counted, const T& multiplicity, const T* tuple, size_t);
///   T lift(KoalaBear) const;
///   const KoalaBear* public_values() const;  const T* structured_values() const;
template <class Derived, class T>
class Builder {
 public:
  using Expr = T;

  /// Every row must make `value` zero. Degree at most 3. The name is for people.
  CAIRN_DEVICE void assert_zero(const T& value, const char* name = "") { self().on_constraint(value, name); }
  CAIRN_DEVICE void assert_equal(const T& a, const T& b, const char* name = "") { assert_zero(a - b, name); }
  CAIRN_DEVICE void assert_bool(const T& value, const char* name = "") {
    assert_zero(value * (value - KoalaBear::one()), name);
  }
  /// Constrains `value` to 0 or 1.
  CAIRN_DEVICE Flag<T> flag(const T& value, const char* name = "") {
    assert_bool(value, name);
    return Flag<T>(value);
  }
  /// The flag that is 1 in every row, padding included.
  CAIRN_DEVICE Flag<T> always() const { return Flag<T>(self().lift(KoalaBear::one())); }

  /// Permutation buses.
  template <std::size_t N>
  CAIRN_DEVICE void send(unsigned bus, const Flag<T>& flag, const T (&tuple)[N]) {
    self().on_interaction(bus, Side::sent, false, flag.value(), tuple, N);
  }
  template <std::size_t N>
  CAIRN_DEVICE void receive(unsigned bus, const Flag<T>& flag, const T (&tuple)[N]) {
    self().on_interaction(bus, Side::received, false, flag.value(), tuple, N);
  }
  /// Lookup buses: `tuple` must be among those provided; provided `count` times by the one provider.
  template <std::size_t N>
  CAIRN_DEVICE void lookup(unsigned bus, const Flag<T>& flag, const T (&tuple)[N]) {
    self().on_interaction(bus, Side::sent, false, flag.value(), tuple, N);
  }
  template <std::size_t N>
  CAIRN_DEVICE void provide(unsigned bus, const T& count, const T (&tuple)[N]) {
    self().on_interaction(bus, Side::received, true, count, tuple, N);
  }

  /// Public value i, the same in every row.
  CAIRN_DEVICE T public_value(std::size_t i) const { return self().lift(self().public_values()[i]); }
  /// The chip's i-th structured column.
  CAIRN_DEVICE const T& structured(std::size_t i) const { return self().structured_values()[i]; }
  CAIRN_DEVICE T constant(KoalaBear x) const { return self().lift(x); }
  CAIRN_DEVICE T constant(std::uint32_t x) const { return self().lift(KoalaBear::from(x)); }

 private:
  CAIRN_DEVICE Derived& self() { return static_cast<Derived&>(*this); }
  CAIRN_DEVICE const Derived& self() const { return static_cast<const Derived&>(*this); }
};

/// Columns of a chip, and the row as an array of them.
template <class Chip>
inline constexpr std::size_t chip_width = sizeof(typename Chip::template Columns<unsigned char>);

template <class Columns, class T>
CAIRN_DEVICE T* as_array(Columns& columns) {
  return reinterpret_cast<T*>(&columns);
}

}  // namespace cairn::engine
