// Configuration files: any bytes give values or an error with a place.
#include <cstdint>

#include "common/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace cairn;
  const Environment none = [](const char*) { return static_cast<const char*>(nullptr); };
  auto file = ConfigFile::parse(text(ByteView(bytes, size)), "fuzz.yaml", none);
  if (!file.ok()) return 0;
  ConfigSection root = file->root();
  std::uint64_t number = 5;
  bool flag = false;
  std::string word;
  std::vector<std::string> list;
  ConfigSection store = root.section("store");
  store.read("lease_ms", number, 1, 10);
  store.read("unsafe", flag);
  store.read("name", word, 16);
  root.section("chain").read("rpc", list, 4);
  for (const std::string& name : root.section("backends").names())
    root.section("backends").section(name).names();
  CAIRN_ASSERT(number >= 1 && number <= 10);
  CAIRN_ASSERT(!file->finish().ok() || (word.size() <= 16 && list.size() <= 4));
  return 0;
}
