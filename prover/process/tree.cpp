#include "prover/process/tree.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace cairn::prover {
namespace {

/// A bound on one look at a tree that grows while it is looked at.
constexpr std::size_t processes_max = 4096;

void append_children(pid_t pid, std::vector<pid_t>& out) {
  std::error_code error;
  const std::filesystem::directory_iterator threads("/proc/" + std::to_string(pid) + "/task", error);
  if (error) return;
  for (auto thread = begin(threads); thread != end(threads); thread.increment(error)) {
    std::ifstream file(thread->path() / "children");
    for (pid_t child = 0; file >> child && out.size() < processes_max;) out.push_back(child);
    if (error) return;
  }
}

std::uint64_t resident_pages(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  return file >> total >> resident ? resident : 0;
}

}  // namespace

std::uint64_t resident_bytes(pid_t root) {
  static const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::vector<pid_t> tree;
  append_children(root, tree);
  std::uint64_t pages = 0;
  for (std::size_t i = 0; i < tree.size(); ++i) {
    pages += resident_pages(tree[i]);
    append_children(tree[i], tree);
  }
  return pages * page_bytes;
}

}  // namespace cairn::prover
