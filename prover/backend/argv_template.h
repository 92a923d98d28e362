// A command line with placeholders: {"node", "{program_dir}/prove.mjs", "{input}", "{output}"}.
// "{name}" stands for a value anywhere in an element; "{{" and "}}" stand for the braces
// themselves.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/result.h"

namespace cairn::prover {

/// Value of each placeholder.
using ArgvValues = std::vector<std::pair<std::string_view, std::string>>;

class ArgvTemplate {
 public:
  ArgvTemplate() = default;
  /// Errors: invalid_input naming the element (empty command line, unknown placeholder, a lone
  /// brace, a NUL byte, a placeholder of `required` that is used nowhere). `optional` may be used
  /// too.
  static Result<ArgvTemplate> parse(const std::vector<std::string>& argv,
                                    std::initializer_list<std::string_view> required,
                                    std::initializer_list<std::string_view> optional);

  bool empty() const { return elements_.empty(); }
  /// Requires a value for each placeholder that is used (asserted).
  std::vector<std::string> expand(const ArgvValues& values) const;
  /// The elements that use no placeholder except those in `values`, expanded: what is known before
  /// a task is. Pairs of index and text.
  std::vector<std::pair<std::size_t, std::string>> fixed(const ArgvValues& values) const;

 private:
  struct Part {
    std::string text;  ///< literal, or the name of a placeholder
    bool placeholder;
  };
  using Element = std::vector<Part>;

  static Result<Element> parse_element(std::string_view text);

  std::vector<Element> elements_;
};

}  // namespace cairn::prover
