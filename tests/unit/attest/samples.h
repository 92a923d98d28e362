// What the tests of attest/ share: keys, a set of them, and a folder of their own.
#pragma once

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

#include "attest/attester.h"
#include "chain/dev_keys.h"

namespace cairn::attest::samples {

inline chain::AttestationDomain domain() { return {31337, chain::dev_key(9).address()}; }

/// `threshold` of the development keys 1 to 3.
inline chain::KeySet key_set(std::uint16_t threshold, std::uint64_t set = 1) {
  chain::KeySet out{.set = set, .threshold = threshold};
  for (std::size_t i = 1; i <= 3; ++i) out.keys.push_back(chain::dev_key(i).address());
  std::ranges::sort(out.keys);
  return out;
}

inline std::vector<chain::SecretKey> keys(std::initializer_list<std::size_t> indices) {
  std::vector<chain::SecretKey> out;
  for (const std::size_t i : indices) out.push_back(chain::dev_key(i));
  return out;
}

inline Attester::Options options(std::uint16_t threshold) {
  return {.domain = domain(),
          .uri_prefix = [] { return std::string("https://example.org/proofs/"); },
          .key_set = [threshold] { return key_set(threshold); }};
}

inline bool never() { return false; }

}  // namespace cairn::attest::samples
