#include "prover/backend/argv_template.h"

#include <algorithm>
#include <set>

namespace cairn::prover {
namespace {

constexpr std::size_t elements_max = 64;
constexpr std::size_t element_bytes_max = 4096;

const std::string* find(const ArgvValues& values, std::string_view name) {
  const auto it = std::find_if(values.begin(), values.end(), [&](const auto& v) { return v.first == name; });
  return it == values.end() ? nullptr : &it->second;
}

std::string braced(std::string_view name) { return "{" + std::string(name) + "}"; }

Error bad(std::string what) { return {Code::invalid_input, std::move(what)}; }

}  // namespace

Result<ArgvTemplate::Element> ArgvTemplate::parse_element(std::string_view text) {
  if (text.size() > element_bytes_max)
    return bad("longer than " + std::to_string(element_bytes_max) + " bytes");
  if (text.find('\0') != text.npos) return bad("has a NUL byte");
  Element element;
  std::string literal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '{' && c != '}') {
      literal += c;
    } else if (i + 1 < text.size() && text[i + 1] == c) {
      literal += c;
      ++i;
    } else {
      const auto end = text.find('}', i);
      if (c == '}' || end == text.npos) return bad("has a lone brace; write {{ or }} for a brace");
      if (!literal.empty()) element.push_back({std::exchange(literal, {}), false});
      element.push_back({std::string(text.substr(i + 1, end - i - 1)), true});
      i = end;
    }
  }
  if (!literal.empty() || element.empty()) element.push_back({literal, false});
  return element;
}

Result<ArgvTemplate> ArgvTemplate::parse(const std::vector<std::string>& argv,
                                         std::initializer_list<std::string_view> required,
                                         std::initializer_list<std::string_view> optional) {
  if (argv.empty()) return bad("the command line is empty");
  if (argv.size() > elements_max) return bad("more than " + std::to_string(elements_max) + " elements");
  std::set<std::string_view> known(optional);
  known.insert(required);
  std::set<std::string_view> missing(required);
  ArgvTemplate out;
  for (std::size_t i = 0; i < argv.size(); ++i) {
    const std::string at = "element " + std::to_string(i);
    auto element = parse_element(argv[i]);
    if (!element.ok()) return element.error().in(at);
    for (const auto& part : *element) {
      if (!part.placeholder) continue;
      if (!known.contains(part.text))
        return bad(at + ": " + braced(part.text) + " is not a placeholder here");
      missing.erase(part.text);
    }
    out.elements_.push_back(*std::move(element));
  }
  if (!missing.empty()) return bad(braced(*missing.begin()) + " is used nowhere");
  return out;
}

std::vector<std::string> ArgvTemplate::expand(const ArgvValues& values) const {
  std::vector<std::string> argv;
  for (const auto& element : elements_) {
    std::string& text = argv.emplace_back();
    for (const auto& part : element) {
      const std::string* value = part.placeholder ? find(values, part.text) : &part.text;
      CAIRN_ASSERT(value != nullptr);
      text += *value;
    }
  }
  return argv;
}

std::vector<std::pair<std::size_t, std::string>> ArgvTemplate::fixed(const ArgvValues& values) const {
  std::vector<std::pair<std::size_t, std::string>> out;
  for (std::size_t i = 0; i < elements_.size(); ++i) {
    const auto known = [&](const Part& part) {
      return !part.placeholder || find(values, part.text) != nullptr;
    };
    if (!std::all_of(elements_[i].begin(), elements_[i].end(), known)) continue;
    ArgvTemplate one;
    one.elements_.push_back(elements_[i]);
    out.emplace_back(i, one.expand(values).front());
  }
  return out;
}

}  // namespace cairn::prover
