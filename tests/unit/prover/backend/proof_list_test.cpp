#include "prover/backend/proof_list.h"

#include <gtest/gtest.h>

#include <random>

namespace cairn::prover {
namespace {

Bytes bytes(std::initializer_list<int> numbers) {
  Bytes out;
  for (const int v : numbers) out.push_back(static_cast<std::uint8_t>(v));
  return out;
}

TEST(ProofList, ItemIsPrefixedWithItsLengthBigEndian) {
  EXPECT_EQ(list_of(view("abc")), bytes({0, 0, 0, 3, 'a', 'b', 'c'}));
  EXPECT_EQ(list_of(Bytes(0x10203, 'x'))[1], 1);
}

TEST(ProofList, ItemsComeBackInOrder) {
  const auto joined =
      list_join(list_of(view("one")), *list_join(list_of(view("two")), list_of(view("three"))));
  ASSERT_TRUE(joined.ok());
  const auto items = list_items(*joined, 3);
  ASSERT_TRUE(items.ok());
  ASSERT_EQ(items->size(), 3u);
  EXPECT_EQ(text((*items)[0]), "one");
  EXPECT_EQ(text((*items)[1]), "two");
  EXPECT_EQ(text((*items)[2]), "three");
}

TEST(ProofList, EveryJoinTreeOverTheSameLeavesGivesTheSameBytes) {
  std::vector<Bytes> leaves;
  Bytes expected;
  for (int i = 0; i < 9; ++i) {
    leaves.push_back(list_of(Bytes(static_cast<std::size_t>(i + 1), static_cast<std::uint8_t>(i))));
    append(expected, leaves.back());
  }
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    auto level = leaves;
    while (level.size() > 1) {
      const std::size_t i = random() % (level.size() - 1);
      level[i] = *list_join(level[i], level[i + 1]);
      level.erase(level.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }
    EXPECT_EQ(level[0], expected);
  }
}

TEST(ProofList, MalformedListsAreRefused) {
  const Bytes table[] = {
      {},                                    // no item
      bytes({0, 0, 0}),                      // cut off in a length
      bytes({0, 0, 0, 0}),                   // an empty item
      bytes({0, 0, 0, 2, 'a'}),              // cut off in an item
      bytes({0xff, 0xff, 0xff, 0xff, 'a'}),  // a length beyond everything
      bytes({0, 0, 0, 1, 'a', 0}),           // bytes after the last item
      copy(view("{\"proof\":{}}")),          // not a list at all
  };
  const Bytes good = list_of(view("good"));
  for (const auto& list : table) {
    EXPECT_EQ(list_items(list, 10).error().code, Code::invalid_input) << hex(list);
    EXPECT_EQ(list_join(list, good).error().code, Code::invalid_input) << hex(list);
    EXPECT_EQ(list_join(good, list).error().code, Code::invalid_input) << hex(list);
  }
}

TEST(ProofList, CountIsBounded) {
  const Bytes two = *list_join(list_of(view("a")), list_of(view("b")));
  EXPECT_TRUE(list_items(two, 2).ok());
  EXPECT_EQ(list_items(two, 1).error().what, "the list has more than 1 items");
}

}  // namespace
}  // namespace cairn::prover
