// The files of the console, cli/console/*, embedded at build time.
#pragma once

#include <string_view>

namespace cairn::cli {

std::string_view console_html();
std::string_view console_css();
std::string_view console_js();

}  // namespace cairn::cli
