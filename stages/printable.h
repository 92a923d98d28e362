// Error texts quote bytes from outside and travel into logs, JSON and terminals.
#pragma once

#include <cstddef>
#include <string>

namespace cairn::stages {

inline constexpr std::size_t printable_bytes_max = 400;

/// `text` as one line of printable ASCII, other bytes as '?', cut at printable_bytes_max.
std::string printable(std::string text);

}  // namespace cairn::stages
