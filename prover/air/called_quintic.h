// Extension elements whose operations are calls: a chip's text over them is small and quick to compile, which
// is what counts where it runs once, in shapes and verifiers.
#pragma once

#include "prover/air/value_builder.h"

namespace cairn::engine {

/// In memory and in value a Quintic.
struct CalledQuintic {
  Quintic value;

  [[gnu::noinline]] friend CalledQuintic operator+(const CalledQuintic& a, const CalledQuintic& b) {
    return {a.value + b.value};
  }
  [[gnu::noinline]] friend CalledQuintic operator-(const CalledQuintic& a, const CalledQuintic& b) {
    return {a.value - b.value};
  }
  [[gnu::noinline]] friend CalledQuintic operator*(const CalledQuintic& a, const CalledQuintic& b) {
    return {a.value * b.value};
  }
  [[gnu::noinline]] friend CalledQuintic operator+(const CalledQuintic& a, KoalaBear b) {
    return {a.value + b};
  }
  [[gnu::noinline]] friend CalledQuintic operator-(const CalledQuintic& a, KoalaBear b) {
    return {a.value - b};
  }
  [[gnu::noinline]] friend CalledQuintic operator*(const CalledQuintic& a, KoalaBear b) {
    return {a.value * b};
  }
  [[gnu::noinline]] friend CalledQuintic operator+(KoalaBear a, const CalledQuintic& b) {
    return {a + b.value};
  }
  [[gnu::noinline]] friend CalledQuintic operator-(KoalaBear a, const CalledQuintic& b) {
    return {a - b.value};
  }
  [[gnu::noinline]] friend CalledQuintic operator*(KoalaBear a, const CalledQuintic& b) {
    return {a * b.value};
  }
  [[gnu::noinline]] CalledQuintic operator-() const { return {-value}; }
  CalledQuintic& operator+=(const CalledQuintic& b) { return *this = *this + b; }
  CalledQuintic& operator-=(const CalledQuintic& b) { return *this = *this - b; }
  CalledQuintic& operator*=(const CalledQuintic& b) { return *this = *this * b; }
  CalledQuintic& operator+=(KoalaBear b) { return *this = *this + b; }
  CalledQuintic& operator-=(KoalaBear b) { return *this = *this - b; }
  CalledQuintic& operator*=(KoalaBear b) { return *this = *this * b; }
  CalledQuintic square() const { return *this * *this; }
  CalledQuintic cube() const { return *this * *this * *this; }
  CalledQuintic doubled() const { return *this + *this; }
};
static_assert(sizeof(CalledQuintic) == sizeof(Quintic) && alignof(CalledQuintic) == alignof(Quintic));

[[gnu::noinline]] inline void weigh_into(Quintic& sum, const Quintic& weight, const CalledQuintic& value) {
  sum += weight * value.value;
}
inline CalledQuintic lift_to(KoalaBear x, const CalledQuintic*) { return {Quintic::from(x)}; }

}  // namespace cairn::engine
