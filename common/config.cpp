#include "common/config.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

#include "common/limits.h"

namespace cairn {
namespace {

constexpr std::size_t kEntriesMax = 4096;
constexpr std::size_t kDepthMax = 8;

std::string join_path(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

std::string variable_name(const std::string& path) {
  std::string out = "CAIRN_";
  for (char c : path) {
    const bool separator = c == '.' || c == '-';
    out.push_back(separator ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  }
  return out;
}

/// Nesting that would make yaml-cpp recurse deeply, found before it runs.
bool nested_too_deeply(std::string_view yaml) {
  std::size_t flow = 0, leading = 0;
  bool at_start = true;
  for (char c : yaml) {
    if (c == '\n') {
      at_start = true;
      leading = 0;
      continue;
    }
    if (c == '[' || c == '{') ++flow;
    if ((c == ']' || c == '}') && flow > 0) --flow;
    at_start = at_start && (c == ' ' || c == '-' || c == '?' || c == ':');
    if (at_start) ++leading;
    if (flow > kDepthMax * 2 || leading > 64) return true;
  }
  return false;
}

}  // namespace

Environment process_environment() {
  return [](const char* name) { return static_cast<const char*>(std::getenv(name)); };
}

/// The file flattened to dotted paths, so that reading it is looking up a path.
struct ConfigSection::Values {
  enum class Kind { scalar, list, mapping };
  struct Entry {
    Kind kind;
    int line;
    std::string scalar;
    std::vector<std::string> list;
    bool known = false;  // a reader asked for it
  };

  std::string name;
  Environment environment;
  std::map<std::string, Entry> entries;
  Status problem;

  void fail(int line, const std::string& why) {
    if (!problem.ok()) return;
    problem = Error{Code::invalid_input, name + (line > 0 ? ":" + std::to_string(line) : "") + ": " + why};
  }

  void flatten(const YAML::Node& node, const std::string& path, std::size_t depth) {
    if (!problem.ok()) return;
    const int line = node.Mark().line + 1;
    if (depth > kDepthMax || entries.size() >= kEntriesMax) return fail(line, "too deep or too many keys");
    Entry entry{Kind::mapping, line, {}, {}, path.empty()};
    if (node.IsScalar() || node.IsNull()) {
      entry.kind = Kind::scalar;
      entry.scalar = node.IsNull() ? "" : node.Scalar();
    } else if (node.IsSequence()) {
      entry.kind = Kind::list;
      for (const auto& item : node) {
        if (!item.IsScalar()) return fail(line, "\"" + path + "\" must be a list of plain values");
        entry.list.push_back(item.Scalar());
      }
    }
    if (!entries.emplace(path, std::move(entry)).second) {
      return fail(line, "key \"" + path + "\" is given twice");
    }
    if (!node.IsMap()) return;
    for (const auto& item : node) {
      if (!item.first.IsScalar() || item.first.Scalar().find('.') != std::string::npos) {
        return fail(item.first.Mark().line + 1, "a key must be a plain word without dots");
      }
      flatten(item.second, join_path(path, item.first.Scalar()), depth + 1);
    }
  }

  Entry* find(const std::string& path, Kind kind, std::string_view expected) {
    const auto it = entries.find(path);
    if (it == entries.end()) return nullptr;
    it->second.known = true;
    if (it->second.kind == kind) return &it->second;
    fail(it->second.line, "\"" + path + "\" must be " + std::string(expected));
    return nullptr;
  }

  struct Scalar {
    std::string text;
    int line;           // 0 when it comes from the environment
    std::string where;  // the key or the variable, for messages
  };
  std::optional<Scalar> scalar(const std::string& path) {
    Entry* entry = find(path, Kind::scalar, "a single value");
    const std::string variable = variable_name(path);
    if (const char* value = environment(variable.c_str())) return Scalar{value, 0, variable};
    if (entry == nullptr) return std::nullopt;
    return Scalar{entry->scalar, entry->line, "\"" + path + "\""};
  }
};

void ConfigSection::read(std::string_view key, std::uint64_t& out, std::uint64_t min, std::uint64_t max) {
  const auto found = values_->scalar(join_path(path_, key));
  if (!found) return;
  std::uint64_t value = 0;
  const char* end = found->text.data() + found->text.size();
  const auto parsed = std::from_chars(found->text.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end || value < min || value > max) {
    return values_->fail(found->line, found->where + " must be a whole number from " + std::to_string(min) +
                                          " to " + std::to_string(max));
  }
  out = value;
}

void ConfigSection::read(std::string_view key, std::uint32_t& out, std::uint32_t min, std::uint32_t max) {
  std::uint64_t wide = out;
  read(key, wide, std::uint64_t{min}, std::uint64_t{max});
  out = static_cast<std::uint32_t>(wide);
}

void ConfigSection::read(std::string_view key, bool& out) {
  const auto found = values_->scalar(join_path(path_, key));
  if (!found) return;
  if (found->text != "true" && found->text != "false") {
    return values_->fail(found->line, found->where + " must be true or false");
  }
  out = found->text == "true";
}

void ConfigSection::read(std::string_view key, std::string& out, std::size_t bytes_max) {
  const auto found = values_->scalar(join_path(path_, key));
  if (!found) return;
  if (found->text.size() > bytes_max) {
    return values_->fail(found->line,
                         found->where + " is longer than " + std::to_string(bytes_max) + " bytes");
  }
  out = found->text;
}

void ConfigSection::read(std::string_view key, std::vector<std::string>& out, std::size_t items_max) {
  const std::string path = join_path(path_, key);
  const std::string variable = variable_name(path);
  Values::Entry* entry = values_->find(path, Values::Kind::list, "a list");
  if (const char* value = values_->environment(variable.c_str())) {
    out.clear();
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto comma = rest.find(',');
      out.emplace_back(rest.substr(0, comma));
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
  } else if (entry != nullptr) {
    out = entry->list;
  }
  if (out.size() > items_max) {
    values_->fail(entry ? entry->line : 0,
                  "\"" + path + "\" has more than " + std::to_string(items_max) + " items");
  }
}

void ConfigSection::read_choice(std::string_view key, std::string& out,
                                std::initializer_list<std::string_view> allowed) {
  const auto found = values_->scalar(join_path(path_, key));
  if (!found) return;
  if (std::find(allowed.begin(), allowed.end(), found->text) != allowed.end()) {
    out = found->text;
    return;
  }
  std::string list;
  for (std::string_view choice : allowed) list += (list.empty() ? "" : ", ") + std::string(choice);
  values_->fail(found->line, found->where + " must be one of: " + list);
}

bool ConfigSection::has(std::string_view key) const {
  const std::string path = join_path(path_, key);
  return values_->entries.contains(path) || values_->environment(variable_name(path).c_str()) != nullptr;
}

ConfigSection ConfigSection::section(std::string_view key) {
  const std::string path = join_path(path_, key);
  values_->find(path, Values::Kind::mapping, "a mapping");
  return ConfigSection(values_, path);
}

std::vector<std::string> ConfigSection::names() {
  std::vector<std::string> out;
  const std::string prefix = path_.empty() ? "" : path_ + ".";
  for (auto& [path, entry] : values_->entries) {
    if (path.empty() || !path.starts_with(prefix)) continue;
    if (path.find('.', prefix.size()) != std::string::npos) continue;
    out.push_back(path.substr(prefix.size()));
  }
  return out;
}

void ConfigSection::fail(std::string_view key, std::string_view why) {
  const std::string path = join_path(path_, key);
  const std::string variable = variable_name(path);
  if (values_->environment(variable.c_str()) != nullptr)
    return values_->fail(0, variable + " " + std::string(why));
  const auto it = values_->entries.find(path);
  values_->fail(it == values_->entries.end() ? 0 : it->second.line, "\"" + path + "\" " + std::string(why));
}

namespace {

/// Notes where a document begins.
class DocumentStart final : public YAML::EventHandler {
 public:
  int line = 0;

  void OnDocumentStart(const YAML::Mark& mark) override { line = mark.line + 1; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}
};

/// The line of a second document. YAML::LoadAll would look for further ones for ever in some malformed text.
std::optional<int> second_document(std::string_view yaml) {
  std::istringstream text{std::string(yaml)};
  YAML::Parser parser(text);
  DocumentStart start;
  if (!parser.HandleNextDocument(start) || !parser.HandleNextDocument(start)) return std::nullopt;
  return start.line;
}

}  // namespace

Result<ConfigFile> ConfigFile::load(const std::string& path, const Environment& environment) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{Code::not_found, "cannot open configuration " + path};
  std::string yaml;
  yaml.resize(limits::config_bytes_max + 1);
  file.read(yaml.data(), static_cast<std::streamsize>(yaml.size()));
  // A folder opens like a file, and read as nothing it would be a configuration without any key.
  if (file.bad()) return Error{Code::invalid_input, "cannot read configuration " + path};
  yaml.resize(static_cast<std::size_t>(file.gcount()));
  return parse(yaml, path, environment);
}

Result<ConfigFile> ConfigFile::parse(std::string_view yaml, std::string_view name,
                                     const Environment& environment) {
  auto values = std::make_shared<ConfigSection::Values>();
  values->name = std::string(name);
  values->environment = environment;
  if (yaml.size() > limits::config_bytes_max)
    values->fail(0, "the file is too large");
  else if (nested_too_deeply(yaml))
    values->fail(0, "nested too deeply");
  if (!values->problem.ok()) return values->problem.error();
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    if (const auto line = second_document(yaml)) {
      values->fail(*line, "the file must be one document: nothing behind --- is read");
    } else if (root.IsMap()) {
      values->flatten(root, "", 0);
    } else if (!root.IsNull()) {
      values->fail(1, "the file must be a mapping of keys to values");
    }
  } catch (const YAML::Exception& e) {
    values->fail(e.mark.is_null() ? 0 : e.mark.line + 1, e.msg);
  }
  if (!values->problem.ok()) return values->problem.error();
  return ConfigFile(std::move(values));
}

ConfigSection ConfigFile::root() { return ConfigSection(values_, ""); }

Status ConfigFile::finish() const {
  if (!values_->problem.ok()) return values_->problem;
  const std::string* first = nullptr;
  int line = 0;
  for (const auto& [path, entry] : values_->entries) {
    if (entry.known || (first && entry.line >= line)) continue;
    first = &path;
    line = entry.line;
  }
  if (first == nullptr) return {};
  return Error{Code::invalid_input,
               values_->name + ":" + std::to_string(line) + ": unknown key \"" + *first + "\""};
}

}  // namespace cairn
