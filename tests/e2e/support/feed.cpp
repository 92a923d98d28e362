#include "tests/e2e/support/feed.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/e2e/support/must.h"

namespace cairn::test {
namespace {

constexpr std::size_t lines_per_run = 3;
constexpr std::int64_t look_ms = 200;
constexpr std::int64_t first_ms = 120'000;

}  // namespace

Feed::Feed(Pool& pool, std::vector<std::string> lines, std::size_t running_min)
    : pool_(pool), lines_(std::move(lines)), running_min_(running_min) {}

Feed::~Feed() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Feed::start() {
  thread_ = std::thread([this] {
    try {
      feed();
    } catch (const std::exception& e) {
      trouble_ += e.what();
    }
  });
  if (!eventually(first_ms, [&] { return accepted_ > 0; })) give_up("the pool accepts nothing");
}

void Feed::feed() {
  while (!stop_ && accepted_ < lines_.size() && trouble_.empty()) {
    if (hungry())
      submit(std::min(lines_per_run, lines_.size() - accepted_));
    else
      pass_ms(look_ms);
  }
}

bool Feed::hungry() const {
  const auto status = pool_.status();
  if (!status) return false;
  std::size_t running = 0;
  for (const Json& sequence : (*status)["sequences"]) running += sequence["ended_ms"] == 0 ? 1 : 0;
  return running < running_min_;
}

void Feed::submit(std::size_t count) {
  const auto first = lines_.begin() + static_cast<std::ptrdiff_t>(accepted_.load());
  const Output out = pool_.produce({first, first + static_cast<std::ptrdiff_t>(count)});
  std::istringstream answers(out.out);
  std::size_t taken = 0;
  for (std::string line; std::getline(answers, line);) {
    const Json answer = Json::parse(line);
    const std::string result = answer.value("result", "none");
    if (result == "accepted" || result == "duplicate")
      ++taken;
    else
      trouble_ += line + "\n";
  }
  if (out.status != 0 || taken != count) {
    trouble_ += "the producer ended with " + std::to_string(out.status) + ": " + out.err;
  }
  accepted_ += taken;
}

std::vector<std::string> Feed::enough() {
  stop_ = true;
  thread_.join();
  EXPECT_EQ(trouble_, "");
  EXPECT_LT(accepted_, lines_.size()) << "the load ended before the trouble did: give the feed more lines";
  return {lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(accepted_.load())};
}

}  // namespace cairn::test
