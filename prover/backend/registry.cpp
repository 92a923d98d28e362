#include "prover/backend/registry.h"

namespace cairn::prover {
namespace {

/// Names come from producers: shown short and printable.
std::string shown(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, 64)) out += c >= ' ' && c <= '~' ? c : '?';
  return "\"" + out + "\"";
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "there is none" : "there is: " + out;
}

Error unknown(std::string_view field, std::string_view name, const std::vector<std::string>& names) {
  return {Code::invalid_input,
          "field \"" + std::string(field) + "\": " + shown(name) + " is not known; " + listed(names)};
}

}  // namespace

Status Backends::add(std::string name, std::vector<std::string> programs,
                     std::unique_ptr<ProverBackend> backend) {
  CAIRN_ASSERT(backend != nullptr);
  if (entries_.contains(name)) return Error{Code::conflict, "backend " + shown(name) + " is given twice"};
  entries_[std::move(name)] = {{programs.begin(), programs.end()}, std::move(backend)};
  return {};
}

Result<ProverBackend*> Backends::find(std::string_view name, std::string_view program) const {
  const auto it = entries_.find(name);
  if (it == entries_.end()) return unknown("backend", name, names());
  if (!it->second.programs.contains(program)) return unknown("program", program, programs(name));
  return it->second.backend.get();
}

std::vector<std::string> Backends::names() const {
  std::vector<std::string> out;
  for (const auto& [name, entry] : entries_) out.push_back(name);
  return out;
}

std::vector<std::string> Backends::programs(std::string_view name) const {
  const auto it = entries_.find(name);
  if (it == entries_.end()) return {};
  return {it->second.programs.begin(), it->second.programs.end()};
}

}  // namespace cairn::prover
