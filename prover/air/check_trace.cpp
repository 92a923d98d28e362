#include "prover/air/check_trace.h"

namespace cairn::engine {

namespace {

void add(BusBalance& balance, unsigned bus, const KoalaBear* tuple, std::size_t width, KoalaBear times) {
  if (times.is_zero()) return;
  std::vector<std::uint32_t> key(width);
  for (std::size_t i = 0; i < width; ++i) key[i] = tuple[i].canonical();
  const auto [at, fresh] = balance.try_emplace({bus, std::move(key)}, times);
  if (!fresh) at->second += times;
  if (at->second.is_zero()) balance.erase(at);
}

}  // namespace

std::string to_string(const Fault& fault) {
  return fault.table.empty() ? fault.what
                             : fault.table + ", row " + std::to_string(fault.row) + ": " + fault.what;
}

void RowChecker::on_interaction(unsigned bus, Side side, bool, KoalaBear multiplicity, const KoalaBear* tuple,
                                std::size_t width) {
  add(balance_, bus, tuple, width, side == Side::sent ? multiplicity : -multiplicity);
}

void add_boundary(const MachineShape& machine, const KoalaBear* public_values, BusBalance& balance) {
  if (machine.boundary == nullptr) return;
  for (const BoundaryTuple& one : machine.boundary(public_values)) {
    add(balance, one.bus, one.tuple.data(), one.tuple.size(),
        one.received ? -KoalaBear::one() : KoalaBear::one());
  }
}

void report_buses(const MachineShape& machine, const BusBalance& balance, std::vector<Fault>& faults) {
  for (const auto& [key, times] : balance) {
    std::string tuple;
    for (const std::uint32_t x : key.second) tuple += (tuple.empty() ? "" : ", ") + std::to_string(x);
    const std::uint32_t more = times.canonical(), less = (-times).canonical();
    const bool sent = more <= less;
    faults.push_back({"", 0,
                      "bus " + std::string(machine.buses[key.first].name) + ": (" + tuple + ") " +
                          (sent ? "sent " + std::to_string(more) + " more times than received"
                                : "received " + std::to_string(less) + " more times than sent")});
  }
}

}  // namespace cairn::engine
