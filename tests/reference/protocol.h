// The verifier of docs/proof-system/protocol.md, the slow and obvious way: an independent second opinion on
// every proof that the engine's verifier accepts or refuses.
#pragma once

#include <functional>

#include "tests/reference/whir.h"

namespace cairn::reference {

/// One interaction of one row.
struct Interaction {
  unsigned bus;
  bool received;
  Quintic multiplicity;
  std::vector<Quintic> tuple;
  bool provided;  ///< the multiplicity is free
};

/// What a row says, at any values of its columns: constraints and interactions each in order, and how they
/// alternate.
struct RowSays {
  std::vector<Quintic> constraints;
  std::vector<Interaction> interactions;
  std::vector<bool> is_constraint;

  void zero(const Quintic& value) {
    constraints.push_back(value);
    is_constraint.push_back(true);
  }
  /// A flag says that it is 0 or 1.
  void flag(const Quintic& value) { zero(value * (value - Quintic::one())); }
  void on_bus(Interaction one) {
    interactions.push_back(std::move(one));
    is_constraint.push_back(false);
  }
};

/// A structured column: its numbers, and its value by row number and log2 height.
struct Structured {
  unsigned kind, low, low_b, count;
  std::function<KoalaBear(std::uint64_t, unsigned)> at;
};

struct Table {
  std::string name;
  unsigned width, height_min, height_max;
  bool optional;
  std::vector<Structured> structured;
  Words padding;  ///< of all columns; none: all rows are committed
  std::function<RowSays(const Point& columns, const Point& structured, const Words& publics)> row;

  /// What it says where only the number of things matters.
  RowSays sample(std::size_t publics) const {
    return row(Point(width, Quintic::one()), Point(structured.size(), Quintic::one()),
               Words(publics, word_of(1)));
  }
};

struct Bus {
  std::string name;
  unsigned kind, width;
};

struct BoundaryTuple {
  unsigned bus;
  bool received;
  Words tuple;
};

struct Machine {
  std::string name;
  std::size_t public_values;
  std::vector<Bus> buses;
  std::vector<Table> tables;
  std::function<std::vector<BoundaryTuple>(const Words& publics)> boundary;
};

/// The eight words that stand for it.
Words digest_of(const Machine& machine);

/// "none", or the first reason to refuse the proof.
std::string verify(const Machine& machine, std::span<const std::uint8_t> proof, const Words& publics);

}  // namespace cairn::reference
