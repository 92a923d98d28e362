// The address of a load or store: rs1 + offset mod 2^32.
//
//   rs1.lo + offset.lo        = lo + 2^16 k_0
//   rs1.hi + offset.hi + k_0  = hi + 2^16 k_1,   k_0 and k_1 bits
//
// The chip takes off lo what is below a multiple of 4 and looks up the rest as a half: so lo and
// k_0 are the ones that are meant, for rs1.lo and offset.lo are halves. The region table has hi
// only when the access is allowed, and then hi < 2^14: so hi and k_1 are.
//
// Nobody looks up whether the word's address is a multiple of 4. The memory bus has no others:
// words enter it from chunks, at multiples of 4, and the first access to any other address would
// have nothing to take.
#pragma once

#include "prover/rv32/address_space.h"
#include "prover/rv32/chips/limbs.h"

namespace cairn::rv32 {

template <class T>
struct Address {
  Word<T> offset;  ///< Sign-extended.
  T carry[2];
};

template <class T>
CAIRN_DEVICE T word_address(const Word<T>& address) {
  return address.lo + address.hi * kTwoTo16;
}

/// lo and hi.
template <class B, class T = typename B::Expr>
CAIRN_DEVICE Word<T> address_of(B& b, const Word<T>& base, const Address<T>& at) {
  b.assert_bool(at.carry[0], "carry into the upper half");
  b.assert_bool(at.carry[1], "carry out of the address");
  return {base.lo + at.offset.lo - at.carry[0] * kTwoTo16,
          base.hi + at.offset.hi + at.carry[0] - at.carry[1] * kTwoTo16};
}

/// `lo`: of the address of the whole word.
template <class B, class T = typename B::Expr>
CAIRN_DEVICE void check_address(B& b, const Flag<T>& real, const T& lo, const T& hi, bool write) {
  check_half(b, real, lo);
  b.lookup(BusOf::region, real, {hi, b.constant(write ? 1u : 0u)});
}

inline void put(Address<KoalaBear>& to, std::uint32_t base, std::uint32_t offset, bool write,
                Lookups& lookups) {
  put(to.offset, offset);
  to.carry[0] = flag_of(low_half(base) + low_half(offset) > 0xffff);
  to.carry[1] = flag_of(std::uint64_t{base} + offset > UINT32_MAX);
  const std::uint32_t address = base + offset;
  lookups.half(low_half(address) & ~3u);
  lookups.region(high_half(address), write);
}

}  // namespace cairn::rv32
