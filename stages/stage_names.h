// The names of the stages: one spelling for ids, metrics, log fields and configuration keys.
#pragma once

#include <string_view>

namespace cairn::stages {

inline constexpr std::string_view kIngest = "ingest";
inline constexpr std::string_view kSplit = "split";
inline constexpr std::string_view kProve = "prove";
inline constexpr std::string_view kAggregate = "aggregate";
inline constexpr std::string_view kHashCommit = "hash_commit";
inline constexpr std::string_view kReveal = "reveal";
inline constexpr std::string_view kResend = "resend";

}  // namespace cairn::stages
