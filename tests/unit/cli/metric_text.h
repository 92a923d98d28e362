// One value of a metric, as a scrape would read it.
#pragma once

#include <cstdlib>
#include <limits>
#include <string>

#include "common/metrics.h"

namespace cairn::cli {

/// `series` is the name with its labels, as the text format writes them; NaN also when it is not there.
inline double value_of(const Metrics& metrics, const std::string& series) {
  const std::string text = "\n" + metrics.text();
  const auto at = text.find("\n" + series + " ");
  if (at == std::string::npos) return std::numeric_limits<double>::quiet_NaN();
  return std::strtod(text.c_str() + at + series.size() + 2, nullptr);
}

}  // namespace cairn::cli
