// The shape of the machine is that of its documents.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>

#include "prover/rv32/verify/segment_verifier.h"

namespace cairn::rv32 {
namespace {

TEST(Machine, IsAsTheDocumentsSay) {
  const std::regex row(R"(\| `(\w+)` \|.*\| (\d+) \| (\d+) \| (\d+) \|)");
  ASSERT_NE(std::getenv("CAIRN_SOURCE_DIR"), nullptr) << "ctest sets it";
  std::map<std::string, std::array<std::size_t, 3>, std::less<>> said;
  for (const char* page : {"machine.md", "memory-and-products.md", "memory-tree.md"}) {
    std::ifstream in(std::string(std::getenv("CAIRN_SOURCE_DIR")) + "/docs/rv32/" + page);
    ASSERT_TRUE(in) << page;
    for (std::string line; std::getline(in, line);) {
      std::smatch found;
      if (std::regex_match(line, found, row)) said[found[1]] = {std::stoul(found[2]), std::stoul(found[3]), std::stoul(found[4])};
    }
  }
  for (const engine::TableShape& table : machine_shape().tables) {
    const auto at = said.find(table.name);
    const std::array<std::size_t, 3> is = {table.width, table.constraints, table.interactions.size()}, none = {};
    EXPECT_EQ(at == said.end() ? none : at->second, is) << table.name << ": columns, constraints, interactions";
  }
}

}  // namespace
}  // namespace cairn::rv32
