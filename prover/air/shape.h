// What there is to know about a machine without looking at its constraints: tables, widths, degrees,
// buses. Prover and verifier work from it; soundness is computed from it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prover/air/structured.h"
#include "prover/field/koala_bear.h"
#include "prover/field/quintic.h"

namespace cairn::engine {

enum class BusKind : std::uint8_t {
  permutation = 1,  ///< As often sent as received; all multiplicities are flags.
  lookup = 2,       ///< One table provides, with multiplicities of its own; the others look up by flags.
};

/// One row of a machine's list of buses. Tuples of one bus all have the same width.
struct Bus {
  std::string_view name;
  BusKind kind;
  std::uint8_t width;
};

struct Interaction {
  std::uint8_t bus;
  std::uint8_t width;
  bool received;  ///< The numerator is minus the multiplicity.
  bool counted;   ///< The multiplicity is free (provider), not a flag.
};

/// What eval says, one at a time, in the order it says it: `index` of the constraint, or of the interaction
/// whose multiplicity or tuple element number `element` it is.
struct Emission {
  enum class Kind : std::uint8_t { constraint, multiplicity, element };
  Kind kind;
  std::uint8_t element;
  std::uint16_t index;
  std::uint8_t degree;
};

/// A chip as the machine sees it.
struct TableShape {
  std::string_view name;
  std::uint32_t width = 0;  ///< Committed columns.
  std::vector<Structured> structured;
  std::uint32_t constraints = 0;
  std::vector<Interaction> interactions;
  std::vector<Emission> emissions;
  unsigned degree = 0;  ///< Largest degree of an emission in the columns.
  unsigned log_height_min = 0, log_height_max = 0;
  bool optional = false;  ///< May be absent from a proof.
  /// What all rows behind the committed ones are; empty: every row is committed.
  std::vector<KoalaBear> padding;

  /// sum of weights[i] * (i-th emission), at a row of extension elements.
  Quintic (*fold)(const Quintic* columns, const Quintic* structured, const KoalaBear* public_values,
                  const Quintic* weights) = nullptr;
  /// The emissions themselves.
  void (*emit)(const Quintic* columns, const Quintic* structured, const KoalaBear* public_values,
               Quintic* emissions) = nullptr;
};

/// One interaction that the verifier itself adds, from public values.
struct BoundaryTuple {
  std::uint8_t bus;
  bool received;
  std::vector<KoalaBear> tuple;
};

struct MachineShape {
  std::string_view name;
  std::uint32_t public_values = 0;
  std::vector<Bus> buses;
  std::vector<TableShape> tables;
  std::vector<Interaction> boundary_interactions;
  std::vector<BoundaryTuple> (*boundary)(const KoalaBear* public_values) = nullptr;
  /// Identifies the machine, constraints included: see machine_digest.
  std::array<KoalaBear, 8> digest{};

  /// Tuple elements of the widest bus plus one for the tag, rounded up to a power of two, as its logarithm.
  unsigned log_fingerprint() const;
};

/// Smallest and largest log2 height any table may state.
inline constexpr unsigned kLogHeightMin = 4;
inline constexpr unsigned kLogHeightMax = 24;
/// A machine has at most this many tables, columns per table, interactions per table.
inline constexpr std::size_t kTablesMax = 64;
inline constexpr std::size_t kWidthMax = 1024;
inline constexpr std::size_t kInteractionsMax = 256;
inline constexpr unsigned kDegreeMax = 3;

/// What is wrong with a machine, as a sentence; nothing when it is well formed: widths agree with the buses,
/// flags and counts are used on the right kind of bus, each lookup bus has one provider, degrees are at most
/// kDegreeMax, structured columns fit the smallest height, limits hold, and the row of padding satisfies the
/// constraints and is on no bus, whatever its number and the public values.
std::optional<std::string> check_machine(const MachineShape& machine);

/// Digest of the name, the tables with their padding, the buses, and of every emission's value at one fixed
/// row: two machines that differ in a constraint differ in it, but for a chance of about 2^-150.
/// docs/proof-system/protocol.md §2.
std::array<KoalaBear, 8> machine_digest(const MachineShape& machine);

}  // namespace cairn::engine
