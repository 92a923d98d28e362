#include "prover/air/shape.h"

#include <algorithm>
#include <bit>

#include "prover/hash/poseidon2.h"

namespace cairn::engine {

namespace {

std::string in_table(const TableShape& table, std::string_view what) {
  return std::string(table.name) + ": " + std::string(what);
}

std::optional<std::string> check_interaction(const MachineShape& machine, const Interaction& one) {
  if (one.bus >= machine.buses.size()) return "uses a bus that the machine does not list";
  const Bus& bus = machine.buses[one.bus];
  const std::string name(bus.name);
  if (one.width != bus.width) return "tuple of another width than bus " + name;
  if (one.counted && bus.kind != BusKind::lookup) return "provides on a permutation bus: " + name;
  if (!one.counted && one.received && bus.kind == BusKind::lookup) return "receives on a lookup bus: " + name;
  return std::nullopt;
}

/// The fixed row at which emissions are recorded: value n is sum_k 3^(5n + k + 1) X^k.
struct FixedRow {
  KoalaBear power = KoalaBear::one();
  KoalaBear base() { return power *= KoalaBear::from(3); }
  Quintic next() {
    Quintic out;
    for (KoalaBear& c : out.c) c = base();
    return out;
  }
};

/// In a row of any number, with any public values.
std::optional<std::string> check_padding(const MachineShape& machine, const TableShape& table) {
  if (table.padding.empty()) return std::nullopt;
  if (table.padding.size() != table.width) return "padding of another width";
  FixedRow any;
  std::vector<Quintic> columns, structured(table.structured.size() + 1), emitted(table.emissions.size());
  for (const KoalaBear x : table.padding) columns.push_back(Quintic::from(x));
  for (Quintic& x : structured) x = any.next();
  std::vector<KoalaBear> publics(machine.public_values + 1);
  for (KoalaBear& x : publics) x = any.base();
  table.emit(columns.data(), structured.data(), publics.data(), emitted.data());
  for (std::size_t i = 0; i < emitted.size(); ++i) {
    const Emission& said = table.emissions[i];
    if (emitted[i].is_zero()) continue;
    if (said.kind == Emission::Kind::constraint)
      return "padding breaks constraint " + std::to_string(said.index);
    if (said.kind == Emission::Kind::multiplicity) {
      return "padding counts on bus " + std::string(machine.buses[table.interactions[said.index].bus].name);
    }
  }
  return std::nullopt;
}

std::optional<std::string> check_table(const MachineShape& machine, const TableShape& table) {
  if (table.width == 0 || table.width > kWidthMax) return in_table(table, "too few or too many columns");
  if (table.interactions.size() > kInteractionsMax) return in_table(table, "too many interactions");
  if (table.degree > kDegreeMax) return in_table(table, "degree above 3");
  if (table.log_height_min < kLogHeightMin || table.log_height_max > kLogHeightMax ||
      table.log_height_min > table.log_height_max) {
    return in_table(table, "heights out of range");
  }
  for (const Structured& column : table.structured) {
    const unsigned a = column.low, b = column.low_b;
    const bool two = column.kind == Structured::Kind::bits_and || column.kind == Structured::Kind::bits_xor;
    if (column.bits_read() > table.log_height_min)
      return in_table(table, "structured column reads too many bits");
    if (two && std::max(a, b) - std::min(a, b) < column.count)
      return in_table(table, "structured bits overlap");
  }
  for (const Interaction& one : table.interactions) {
    if (const auto wrong = check_interaction(machine, one)) return in_table(table, *wrong);
  }
  if (const auto wrong = check_padding(machine, table)) return in_table(table, *wrong);
  return std::nullopt;
}

/// Words of the digest's message.
struct Words {
  std::vector<KoalaBear> words;
  void put(std::uint64_t x) { words.push_back(KoalaBear::from(x)); }
  void put(const Quintic& x) { words.insert(words.end(), x.c.begin(), x.c.end()); }
  void put(std::string_view text) {
    put(text.size());
    for (const char c : text) put(static_cast<unsigned char>(c));
  }
};

void put_table(Words& out, const TableShape& table, std::size_t public_values) {
  out.put(table.name);
  for (const std::uint64_t x : {std::uint64_t{table.width}, std::uint64_t{table.log_height_min},
                                std::uint64_t{table.log_height_max}, std::uint64_t{table.optional}}) {
    out.put(x);
  }
  out.put(!table.padding.empty());
  out.words.insert(out.words.end(), table.padding.begin(), table.padding.end());
  out.put(table.structured.size());
  for (const Structured& column : table.structured) {
    out.put(static_cast<std::uint64_t>(column.kind));
    out.put(column.low);
    out.put(column.low_b);
    out.put(column.count);
  }
  out.put(table.interactions.size());
  for (const Interaction& one : table.interactions) {
    out.put(one.bus);
    out.put(one.received);
    out.put(one.counted);
  }
  FixedRow row;
  std::vector<Quintic> columns(table.width), structured(table.structured.size()),
      emitted(table.emissions.size());
  std::vector<KoalaBear> publics(public_values + 1);
  for (Quintic& x : columns) x = row.next();
  for (Quintic& x : structured) x = row.next();
  for (std::size_t i = 0; i < public_values; ++i) publics[i] = row.base();
  table.emit(columns.data(), structured.data(), publics.data(), emitted.data());
  out.put(emitted.size());
  for (std::size_t i = 0; i < emitted.size(); ++i) {
    out.put(static_cast<std::uint64_t>(table.emissions[i].kind));
    out.put(emitted[i]);
  }
}

}  // namespace

unsigned MachineShape::log_fingerprint() const {
  unsigned widest = 0;
  for (const Bus& bus : buses) widest = std::max<unsigned>(widest, bus.width);
  return static_cast<unsigned>(std::bit_width(widest));  // ceil(log2(widest + 1))
}

std::optional<std::string> check_machine(const MachineShape& machine) {
  if (machine.tables.empty() || machine.tables.size() > kTablesMax) return "too few or too many tables";
  for (const TableShape& table : machine.tables) {
    if (auto wrong = check_table(machine, table)) return wrong;
  }
  for (const Interaction& one : machine.boundary_interactions) {
    if (auto wrong = check_interaction(machine, one)) return "boundary: " + *wrong;
    if (one.counted) return "boundary: provides";
  }
  for (std::size_t bus = 0; bus < machine.buses.size(); ++bus) {
    std::size_t providers = 0;
    for (const TableShape& table : machine.tables) {
      providers += std::any_of(table.interactions.begin(), table.interactions.end(),
                               [&](const Interaction& one) { return one.bus == bus && one.counted; });
    }
    const bool lookup = machine.buses[bus].kind == BusKind::lookup;
    if (lookup && providers != 1)
      return "a lookup bus needs exactly one provider: " + std::string(machine.buses[bus].name);
  }
  return std::nullopt;
}

std::array<KoalaBear, 8> machine_digest(const MachineShape& machine) {
  Words out;
  out.put("cairn machine 2");
  out.put(machine.name);
  out.put(machine.public_values);
  out.put(machine.buses.size());
  for (const Bus& bus : machine.buses) {
    out.put(bus.name);
    out.put(static_cast<std::uint64_t>(bus.kind));
    out.put(bus.width);
  }
  out.put(machine.tables.size());
  for (const TableShape& table : machine.tables) put_table(out, table, machine.public_values);
  out.put(machine.boundary_interactions.size());
  for (const Interaction& one : machine.boundary_interactions) {
    out.put(one.bus);
    out.put(one.received);
  }
  return Poseidon2Hash::leaf(out.words);
}

}  // namespace cairn::engine
