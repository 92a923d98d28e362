#include "stages/printable.h"

#include <algorithm>

namespace cairn::stages {

std::string printable(std::string text) {
  if (text.size() > printable_bytes_max) {
    text.replace(printable_bytes_max - 3, std::string::npos, "...");
  }
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

}  // namespace cairn::stages
