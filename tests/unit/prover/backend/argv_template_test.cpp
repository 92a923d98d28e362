#include "prover/backend/argv_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cairn::prover {
namespace {

using testing::ElementsAre;
using testing::Pair;

const ArgvValues values{{"input", "/w/in"}, {"output", "/w/out"}, {"program_dir", "/p"}};

Result<ArgvTemplate> parse(const std::vector<std::string>& argv) {
  return ArgvTemplate::parse(argv, {"input"}, {"output", "program_dir"});
}

TEST(ArgvTemplate, SubstitutesWholeElementsAndPartsOfThem) {
  const auto argv =
      parse({"node", "{program_dir}/prove.mjs", "{input}", "--out={output}.tmp", "{input}{output}"});
  ASSERT_TRUE(argv.ok());
  EXPECT_THAT(argv->expand(values),
              ElementsAre("node", "/p/prove.mjs", "/w/in", "--out=/w/out.tmp", "/w/in/w/out"));
}

TEST(ArgvTemplate, ValuesAreNotReadAgain) {
  const auto argv = parse({"x", "{input}"});
  EXPECT_THAT(argv->expand({{"input", "{output} $(id) ; 'a b'"}}),
              ElementsAre("x", "{output} $(id) ; 'a b'"));
}

TEST(ArgvTemplate, DoubledBracesStandForBraces) {
  const auto argv = parse({"awk", "{{ print }}", "{{input}}", "{{{input}}}", ""});
  ASSERT_TRUE(argv.ok());
  EXPECT_THAT(argv->expand(values), ElementsAre("awk", "{ print }", "{input}", "{/w/in}", ""));
}

TEST(ArgvTemplate, FixedElementsAreThoseKnownBeforeATask) {
  const auto argv = parse({"node", "{program_dir}/a", "{program_dir}{output}", "{input}"});
  EXPECT_THAT(argv->fixed({{"program_dir", "/p"}}), ElementsAre(Pair(0, "node"), Pair(1, "/p/a")));
}

TEST(ArgvTemplate, MistakesAreNamed) {
  const std::pair<std::vector<std::string>, std::string> table[] = {
      {{}, "the command line is empty"},
      {{"x", "{input}", "{inptu}"}, "element 2: {inptu} is not a placeholder here"},
      {{"x", "{input}", "{}"}, "element 2: {} is not a placeholder here"},
      {{"x", "{input}", "{claim}"}, "element 2: {claim} is not a placeholder here"},
      {{"x", "{input}", "{output"}, "element 2: has a lone brace; write {{ or }} for a brace"},
      {{"x", "{input}", "output}"}, "element 2: has a lone brace; write {{ or }} for a brace"},
      {{"x", "{output}"}, "{input} is used nowhere"},
      {{"x", "{{input}}"}, "{input} is used nowhere"},
      {{"x", "{input}", std::string("a\0b", 3)}, "element 2: has a NUL byte"},
      {{"x", "{input}", std::string(5000, 'a')}, "element 2: longer than 4096 bytes"},
      {std::vector<std::string>(65, "{input}"), "more than 64 elements"},
  };
  for (const auto& [argv, what] : table) {
    const auto parsed = parse(argv);
    ASSERT_FALSE(parsed.ok()) << what;
    EXPECT_EQ(parsed.error().code, Code::invalid_input);
    EXPECT_EQ(parsed.error().what, what);
  }
}

}  // namespace
}  // namespace cairn::prover
