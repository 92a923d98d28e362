#include "stages/stages.h"

#include <algorithm>
#include <optional>

#include "stages/aggregate.h"
#include "stages/hash_commit.h"
#include "stages/ingest.h"
#include "stages/prove.h"
#include "stages/resend.h"
#include "stages/reveal.h"
#include "stages/split.h"
#include "stages/stage_names.h"

namespace cairn::stages {
namespace {

/// The chain is optional for ingest: without one it takes submissions, but cannot follow.
std::optional<Follow> follow_of(const Services& s) {
  if (s.chain == nullptr) return std::nullopt;
  return Follow{s.chain, s.follow, s.count_skip};
}

ChainServices sender_of(const Services& s) { return {*s.chain, *s.signer, s.sender}; }

// clang-format off
const std::vector<StageRow> rows = {
    {kIngest, {Service::catalog}, {kIngest, kSplit},
     [](const Services& s) { return make_ingest(*s.catalog, follow_of(s)); }},
    {kSplit, {Service::backends}, {kProve},
     [](const Services& s) { return make_split(*s.backends); }},
    {kProve, {Service::backends}, {kAggregate},
     [](const Services& s) { return make_prove(*s.backends); }},
    {kAggregate, {Service::backends}, {kAggregate, kHashCommit},
     [](const Services& s) { return make_aggregate(*s.backends); }},
    {kHashCommit, {Service::chain, Service::signer}, {kResend},
     [](const Services& s) { return make_hash_commit(sender_of(s)); }},
    {kReveal, {Service::chain, Service::signer}, {kResend},
     [](const Services& s) { return make_reveal(sender_of(s)); }},
    {kResend, {Service::chain, Service::signer}, {kHashCommit, kReveal},
     [](const Services& s) { return make_resend(sender_of(s)); }},
};
// clang-format on

struct ServiceName {
  std::string_view name;
  bool there;
};

ServiceName look_up(Service service, const Services& s) {
  switch (service) {
    case Service::catalog:
      return {"a catalog", s.catalog != nullptr};
    case Service::backends:
      return {"prover backends", s.backends != nullptr};
    case Service::chain:
      return {"a chain", s.chain != nullptr};
    case Service::signer:
      return {"a signing key", s.signer != nullptr};
  }
  CAIRN_ASSERT(false);
}

}  // namespace

const std::vector<StageRow>& all_stages() { return rows; }

bool needs(const StageRow& row, Service service) {
  return std::find(row.needs.begin(), row.needs.end(), service) != row.needs.end();
}

std::vector<pipeline::Capability> capabilities(const StageRow& row, const Services& services) {
  std::vector<pipeline::Capability> out;
  if (!needs(row, Service::backends) || services.backends == nullptr) return out;
  for (const auto& [name, backend] : *services.backends) out.push_back(name);
  return out;
}

Result<pipeline::Stage> make_stage(std::string_view name, const Services& services) {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const StageRow& r) { return r.name == name; });
  if (row == rows.end()) {
    std::string names;
    for (const StageRow& known : rows) names += (names.empty() ? "" : ", ") + std::string(known.name);
    return Error{Code::not_found, "no stage \"" + std::string(name) + "\"; there is: " + names};
  }
  for (const Service service : row->needs) {
    const ServiceName needed = look_up(service, services);
    if (needed.there) continue;
    return Error{Code::invalid_input, "stage " + std::string(name) + " needs " + std::string(needed.name) +
                                          ", which is not configured here"};
  }
  return pipeline::Stage{std::string(name), row->make(services)};
}

}  // namespace cairn::stages
