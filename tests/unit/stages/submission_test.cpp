#include "stages/submission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "common/json.h"
#include "common/limits.h"
#include "pipeline/task.h"
#include "stages/printable.h"
#include "tests/unit/stages/samples.h"

namespace cairn::stages {
namespace {

using samples::line;
using samples::submission;
using ::testing::HasSubstr;

Json sample() { return Json::parse(line(submission(3))); }

Error refusal(const std::string& text) {
  const auto parsed = parse_submission(text, samples::catalog);
  EXPECT_FALSE(parsed.ok()) << text.substr(0, 200);
  return parsed.ok() ? Error{Code::conflict, "accepted"} : parsed.error();
}

TEST(Submission, IsReadFromItsLine) {
  const auto parsed = parse_submission(line(submission(3)), samples::catalog);
  ASSERT_TRUE(parsed.ok()) << parsed.error().what;
  EXPECT_EQ(*parsed, submission(3));
}

TEST(Submission, TakesOneToAllBatchesUpToTheHighestHeight) {
  for (const std::size_t batches : {std::size_t{1}, limits::batches_max}) {
    Submission s = submission(batches);
    s.start_height = limits::height_max - batches + 1;
    s.end_height = limits::height_max;
    const auto parsed = parse_submission(line(s), samples::catalog);
    ASSERT_TRUE(parsed.ok()) << parsed.error().what;
    EXPECT_EQ(*parsed, s);
  }
}

struct Refused {
  const char* name;
  const char* patch;  ///< RFC 7396 merge patch of the sample line
  const char* says;
};
class BadField : public ::testing::TestWithParam<Refused> {};

TEST_P(BadField, IsNamed) {
  Json object = sample();
  object.merge_patch(Json::parse(GetParam().patch));
  const Error error = refusal(object.dump());
  EXPECT_EQ(error.code, Code::invalid_input);
  EXPECT_THAT(error.what, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Submission, BadField,
    ::testing::Values(
        Refused{"NoStart", R"({"start_height":null})", "\"start_height\" is missing"},
        Refused{"StartNotANumber", R"({"start_height":"100"})", "\"start_height\" must be"},
        Refused{"StartNegative", R"({"start_height":-1})", "\"start_height\" must be"},
        Refused{"StartFraction", R"({"start_height":100.0})", "\"start_height\" must be"},
        Refused{"StartTooHigh", R"({"start_height":9007199254740993})", "\"start_height\" is above"},
        Refused{"NoEnd", R"({"end_height":null})", "\"end_height\" is missing"},
        Refused{"EndTooHigh", R"({"end_height":9007199254740993})", "\"end_height\" is above"},
        Refused{"EndTooLow", R"({"end_height":101})", "\"end_height\" is 101, but 3 batches"},
        Refused{"EndTooFar", R"({"end_height":103})", "from 100 end at 102"},
        Refused{"EndBelowStart", R"({"end_height":99})", "\"end_height\" is 99"},
        Refused{"NoBackend", R"({"backend":null})", "\"backend\" is missing"},
        Refused{"UnknownBackend", R"({"backend":"zk"})",
                "\"backend\" is unknown: \"zk\"; there is: groth16, tree"},
        Refused{"NoProgram", R"({"program":null})", "\"program\" is missing"},
        Refused{"UnknownProgram", R"({"backend":"groth16","program":"nosuch.elf"})",
                "\"program\" is unknown: \"nosuch.elf\"; groth16 has: chain_step, other"},
        Refused{"NoClaim", R"({"claim":null})", "\"claim\" is missing"},
        Refused{"ClaimShort", R"({"claim":"0x00"})", "\"claim\" must be 0x and 64 hex digits"},
        Refused{"ClaimNotHex",
                R"({"claim":"0xzz00000000000000000000000000000000000000000000000000000000000000"})",
                "\"claim\" must be 0x and 64 hex digits"},
        Refused{"ClaimLong",
                R"({"claim":"0x0000000000000000000000000000000000000000000000000000000000000000f"})",
                "\"claim\" is longer"},
        Refused{"ClaimWithout0x",
                R"({"claim":"0000000000000000000000000000000000000000000000000000000000000000"})",
                "\"claim\" must be 0x and 64 hex digits"},
        Refused{"NoSequenceId", R"({"sequence_id":null})", "\"sequence_id\" is missing"},
        Refused{"SequenceIdShort", R"({"sequence_id":"0x12"})", "\"sequence_id\" must be"},
        Refused{"NoBatches", R"({"batches":null})", "\"batches\" is missing"},
        Refused{"BatchesNotAnArray", R"({"batches":{}})", "\"batches\" must be an array"},
        Refused{"BatchesEmpty", R"({"batches":[]})", "\"batches\" has 0 items"},
        Refused{"BatchNotAnObject", R"({"batches":[{"input":{}},7,{"input":{}}]})",
                "batches[1]: expected a JSON object"},
        Refused{"BatchWithoutInput", R"({"batches":[{"input":{}},{"input":{}},{}]})",
                "batches[2]: field \"input\" is missing"},
        Refused{"BatchWithMore", R"({"batches":[{"input":{},"x":1}]})",
                "batches[0]: field \"x\" is not known"},
        Refused{"InputNotAnObject", R"({"batches":[{"input":[1]}]})",
                "batches[0].input must be a JSON object"},
        Refused{"InputWithFraction", R"({"batches":[{"input":{"a":[{"b":1},{"b":0.5}]}}]})",
                "batches[0].input.a[1].b must be a whole number"},
        Refused{"InputBeyond64Bits", R"({"batches":[{"input":{"a":18446744073709551616}}]})",
                "batches[0].input.a must be a whole number within 64 bits"},
        Refused{"UnknownKey", R"({"hieght":1})", "\"hieght\" is not known"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Submission, TooManyBatchesAreRefused) {
  const Submission s = submission(limits::batches_max + 1);
  EXPECT_THAT(refusal(line(s)).what, HasSubstr("\"batches\" has 65 items, must have 1 to 64"));
}

TEST(Submission, WhatIsNotOneJsonObjectIsRefused) {
  for (const std::string text : {"", " ", "null", "7", "[]", "{", "{}x", "\xff", "{\"a\":1,}"}) {
    EXPECT_EQ(refusal(text).code, Code::invalid_input) << text;
  }
}

TEST(Submission, RepeatedKeysAreRefused) {
  std::string text = line(submission(1));
  text.insert(1, "\"claim\":\"0x00\",");
  EXPECT_THAT(refusal(text).what, HasSubstr("\"claim\" is given twice"));
}

TEST(Submission, OversizedAndDeepLinesAreRefused) {
  EXPECT_THAT(refusal(std::string(limits::json_line_bytes_max + 1, ' ')).what, HasSubstr("at most"));
  Submission deep = submission(1);
  deep.inputs[0] = "{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_THAT(refusal(line(deep)).what, HasSubstr("nested too deeply"));
}

// A path is spelt out for an error alone: a long one over many numbers costs no more than the same bytes
// elsewhere.
TEST(Submission, LongKeysOverManyNumbersAreReadAsFastAsOthers) {
  const std::string numbers = "[0" + [] {
    std::string out;
    for (int i = 0; i < 60'000; ++i) out += ",1";
    return out;
  }() + "]";
  const std::string long_text(100'000, 'k');
  const auto fastest_ns = [](const std::string& input) {
    Submission s = submission(1);
    s.inputs[0] = input;
    const std::string text = line(s);
    auto best = std::chrono::nanoseconds::max();
    for (int i = 0; i < 5; ++i) {
      const auto begun = std::chrono::steady_clock::now();
      EXPECT_TRUE(parse_submission(text, samples::catalog).ok());
      best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - begun);
    }
    return static_cast<double>(best.count());
  };
  const double beside = fastest_ns("{\"k\":\"" + long_text + "\",\"n\":" + numbers + "}");
  const double above = fastest_ns("{\"" + long_text + "\":" + numbers + "}");
  EXPECT_LT(above, 3 * beside);
}

TEST(Submission, ErrorsArePrintableAndShortWhateverTheyQuote) {
  Json key = sample();
  key[std::string(100'000, 'k') + "\n\x1b[31m"] = 1;
  Json path = sample();
  path["batches"][0]["input"]["\n\x1b[31m\xc3\xa9" + std::string(50'000, 'p')] = 0.5;
  Json program = sample();
  program["program"] = "\x1b[31m\n\xc3\xa9";
  for (const std::string& text :
       {key.dump(), path.dump(), program.dump(), "\"" + std::string(90'000, 'x') + "\xff\x1b\n"}) {
    const Error error = refusal(text);
    EXPECT_LE(error.what.size(), printable_bytes_max);
    for (const char c : error.what) EXPECT_TRUE(c >= ' ' && c <= '~') << error.what;
  }
}

TEST(Submission, MeansTheSameInWhateverOrderAndSpacingItIsWritten) {
  Submission s = submission(2);
  s.inputs[0] = R"({"a":"é\n","b":[1,-2,{"c":null,"d":true}]})";
  const std::string other = "  " + Json::parse(line(s)).dump(3) + "\r\n";
  std::string shuffled = line(s);
  const std::string written = s.inputs[0];
  shuffled.replace(shuffled.find(written), written.size(),
                   "{\"b\" : [1, -2,{\"d\":true,\t\"c\":null}], \"a\":\"\\u00e9\\u000a\"}");
  const auto one = make_admit(samples::catalog)(view(line(s)));
  ASSERT_TRUE(one.ok()) << one.error().what;
  for (const std::string& text : {other, shuffled}) {
    const auto two = make_admit(samples::catalog)(view(text));
    ASSERT_TRUE(two.ok()) << two.error().what;
    EXPECT_EQ(*one, *two);
  }
}

TEST(Submission, HexOfEitherCaseMeansTheSame) {
  std::string upper = line(submission(1));
  const std::string digits = hex(samples::digest(0xc1));
  std::string shouted = digits;
  for (char& c : shouted) c = static_cast<char>(std::toupper(c));
  upper.replace(upper.find(digits), digits.size(), shouted);
  EXPECT_EQ(*parse_submission(upper, samples::catalog), submission(1));
}

TEST(Submission, AnyDifferenceMakesAnotherGroup) {
  const Submission s = submission(2);
  std::vector<Submission> others(7, s);
  others[0].start_height += 1, others[0].end_height += 1;
  others[1].backend = "groth16";
  others[2].program = "other";
  others[3].claim[31] ^= 1;
  others[4].sequence_id[0] ^= 1;
  others[5].inputs[1] = "{}";
  std::swap(others[6].inputs[0], others[6].inputs[1]);
  for (std::size_t i = 0; i < others.size(); ++i) {
    EXPECT_NE(group_of(s), group_of(others[i])) << i;
    for (std::size_t k = 0; k < i; ++k) EXPECT_NE(group_of(others[k]), group_of(others[i]));
  }
}

TEST(Submission, AttachedOnChainIsTheSameAsFromAProducer) {
  const Submission s = submission(2);
  const auto attached = parse_attached(view(line(s, false)), s.sequence_id, samples::catalog);
  ASSERT_TRUE(attached.ok()) << attached.error().what;
  EXPECT_EQ(ingest_task(*attached), *make_admit(samples::catalog)(view(line(s))));
}

TEST(Submission, AttachedIsCompressedWhereThatIsSmallerAndMeansTheSame) {
  const Submission s = submission(3);
  const std::string whole = line(s, false);
  const Bytes frame = attach(whole);
  EXPECT_LT(frame.size(), whole.size());
  const auto attached = parse_attached(frame, s.sequence_id, samples::catalog);
  ASSERT_TRUE(attached.ok()) << attached.error().what;
  EXPECT_EQ(*attached, s);
  EXPECT_EQ(attach("{}"), copy("{}"));
}

TEST(Submission, AttachedFramesAreBoundedByWhatTheyHold) {
  std::string spaces = line(submission(1), false);
  spaces.insert(1, limits::json_line_bytes_max - spaces.size(), ' ');
  EXPECT_TRUE(parse_attached(attach(spaces), samples::digest(1), samples::catalog).ok());
  spaces.insert(1, 1, ' ');
  const Bytes frame = attach(spaces);
  EXPECT_LT(frame.size(), 1000u);
  const auto attached = parse_attached(frame, samples::digest(1), samples::catalog);
  ASSERT_FALSE(attached.ok());
  EXPECT_EQ(attached.error().code, Code::invalid_input);
  EXPECT_THAT(attached.error().what, HasSubstr("more than 262144"));
}

TEST(Submission, AttachedLineNamesNoSequence) {
  const auto attached = parse_attached(view(line(submission(1))), samples::digest(1), samples::catalog);
  ASSERT_FALSE(attached.ok());
  EXPECT_THAT(attached.error().what, HasSubstr("\"sequence_id\" is not known"));
}

TEST(Submission, AdmitMakesTheFirstTaskOfTheGroup) {
  const auto spec = make_admit(samples::catalog)(view(line(submission(3))));
  ASSERT_TRUE(spec.ok()) << spec.error().what;
  EXPECT_TRUE(pipeline::check(*spec).ok());
  EXPECT_EQ(spec->stage, "ingest");
  EXPECT_EQ(spec->height, 100u);
  EXPECT_EQ(spec->group.substr(0, 34), "0000000000000064-0000000000000066-");
  EXPECT_EQ(spec->group.size(), 50u);
  EXPECT_EQ(spec->id, spec->group + "/i");
}

// Groups are remembered by id in stored state: another encoding would run finished work again.
TEST(Submission, GroupOfAKnownSubmissionStaysTheSame) {
  EXPECT_EQ(group_of(submission(1)), "0000000000000064-0000000000000064-1295ae6a8a807e43");
}

TEST(Submission, DecodesWhatItEncodes) {
  for (const std::size_t batches : {1, 2, 64}) {
    const auto back = decode_submission(encode(submission(batches)));
    ASSERT_TRUE(back.ok()) << back.error().what;
    EXPECT_EQ(*back, submission(batches));
  }
}

TEST(Submission, DecodeChecksEverythingAgain) {
  std::vector<Submission> bad(7, submission(2));
  bad[0].end_height += 1;
  bad[1].inputs.clear();
  bad[2].inputs[0] = "{ }";
  bad[3].inputs[0] = "[]";
  bad[4].inputs[0] = "{\"a\":0.5}";
  bad[5].backend = std::string(65, 'b');
  bad[6].start_height = limits::height_max + 1, bad[6].end_height = limits::height_max + 2;
  for (std::size_t i = 0; i < bad.size(); ++i) {
    const auto decoded = decode_submission(encode(bad[i]));
    ASSERT_FALSE(decoded.ok()) << i;
    EXPECT_EQ(decoded.error().code, Code::corrupt) << i;
  }
}

}  // namespace
}  // namespace cairn::stages
