// Runs a program, records it, fills the tables of the rv32 machine and says what is wrong with them; and
// looks at one row of a chip by itself.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "prover/air/check_trace.h"
#include "prover/rv32/prove/piece.h"
#include "prover/rv32/prove/trace.h"
#include "prover/rv32/segmented_run.h"
#include "prover/rv32/verify/segment_verifier.h"
#include "tests/unit/prover/rv32/random_program.h"

namespace cairn::rv32::test {

/// The one segment of a program that exits, kept.
inline Segment run_kept(const Image& image, ByteView input = {}) {
  Executor executor = Executor::start(image, input, {}).value();
  Segment segment = executor.run_segment(SegmentLimits(), true);
  CAIRN_ASSERT(segment.ending == Ending::exited);
  return segment;
}

/// All segments of a program that exits, kept, each of at most `cycles` instructions.
inline std::vector<Segment> run_kept_in(const Image& image, std::uint64_t cycles, ByteView input = {}) {
  Executor executor = Executor::start(image, input, {}).value();
  std::vector<Segment> out;
  SegmentLimits limits;
  limits.cycles = cycles;
  while (executor.ending() == Ending::running) out.push_back(executor.run_segment(limits, true));
  CAIRN_ASSERT(executor.ending() == Ending::exited);
  return out;
}

/// All segments of a program that exits, ready to be proved, each of at most `cycles` instructions.
inline std::vector<Segment> segments_of(const Image& image, std::uint64_t cycles, ByteView input = {}) {
  SegmentedRun run = SegmentedRun::start(image, input, {}).value();
  std::vector<Segment> out;
  SegmentLimits limits;
  limits.cycles = cycles;
  while (run.executor().ending() == Ending::running) out.push_back(run.next(limits));
  CAIRN_ASSERT(run.executor().ending() == Ending::exited);
  return out;
}

/// All families, several rounds, and an exit.
inline Assembler all_families(std::uint64_t seed, std::size_t length = 300, std::uint32_t rounds = 3) {
  std::vector<Family> all;
  for (std::size_t f = 0; f < kFamilies; ++f) {
    if (static_cast<Family>(f) != Family::system) all.push_back(static_cast<Family>(f));
  }
  return RandomProgram(seed).make(all, length, rounds).exit(3);
}

/// Tables of a recording; those of the tree only when it is given. Move-only.
class Tables {
 public:
  explicit Tables(const Recording& recording, const TreeTrace* tree = nullptr)
      : log_heights_(log_heights({recording, tree})) {
    constexpr auto widths = []<std::size_t... I>(std::index_sequence<I...>) {
      return std::array{engine::chip_width<Rv32::Chip<I>>...};
    }
    (std::make_index_sequence<Rv32::tables>());
    for (std::size_t i = 0; i < Rv32::tables; ++i) {
      cells_.emplace_back(log_heights_[i] == 0 ? 0 : widths[i] << log_heights_[i]);
      if (log_heights_[i] == 0) {
        views_.push_back({});
      } else {
        views_.push_back({cells_[i].data(), static_cast<std::uint32_t>(widths[i]), log_heights_[i]});
      }
    }
    fill_tables({recording, tree}, views_);
  }
  Tables(Tables&&) = default;

  const std::vector<engine::TableView>& views() const { return views_; }
  template <class Chip>
  const engine::TableView& of() const {
    return views_[Rv32::index_of<Chip>()];
  }

 private:
  engine::LogHeights log_heights_;
  std::vector<std::vector<KoalaBear>> cells_;
  std::vector<engine::TableView> views_;
};

inline std::vector<std::string> to_strings(const std::vector<engine::Fault>& faults) {
  std::vector<std::string> out;
  for (const engine::Fault& fault : faults) out.push_back(to_string(fault));
  return out;
}

inline void check_rows(const Tables& tables, const KoalaBear* public_values, engine::BusBalance& balance,
                       std::vector<engine::Fault>& faults) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (void(tables.views()[I].cells != nullptr
              ? engine::check_table_rows<Rv32::Chip<I>>(tables.views()[I], public_values, balance, faults)
              : void()),
     ...);
  }
  (std::make_index_sequence<Rv32::tables>());
}

/// What is wrong with tables that claim to be of `segment`, where memory begins and ends as `recording` says.
/// Whether that is what the roots say is for the tests of the tree.
inline std::vector<std::string> faults_of(const Tables& tables, const Segment& segment,
                                          const Recording& recording) {
  std::vector<engine::Fault> faults;
  engine::BusBalance balance;
  check_rows(tables, nullptr, balance, faults);
  const auto add = [&](unsigned bus, std::vector<std::uint32_t> tuple, bool received) {
    KoalaBear& times = balance[{bus, tuple}];
    times += received ? -KoalaBear::one() : KoalaBear::one();
    if (times.is_zero()) balance.erase({bus, tuple});
  };
  const bool exited = segment.ending == Ending::exited;
  const auto cycles = static_cast<std::uint32_t>(segment.end.cycle - segment.begin.cycle);
  add(BusOf::execution, {segment.begin.pc, 1, 0, 0, 0}, false);
  add(BusOf::execution,
      {segment.end.pc, 1 + kTimePerCycle * cycles, exited ? 1u : 0u, segment.exit_code & 0xffff,
       segment.exit_code >> 16},
      true);
  for (const TouchedChunk& chunk : recording.chunks) {
    for (std::uint32_t i = 0; i < chunk.times.size(); ++i) {
      if (chunk.times[i] == 0) continue;
      const std::uint32_t address = chunk.index * kChunkBytes + 4 * i;
      add(BusOf::memory, {address, chunk.before[i] & 0xffff, chunk.before[i] >> 16, 0}, false);
      add(BusOf::memory, {address, chunk.after[i] & 0xffff, chunk.after[i] >> 16, chunk.times[i]}, true);
    }
  }
  for (const FetchedWord& at : recording.code)
    add(BusOf::code, {at.pc, at.word & 0xffff, at.word >> 16}, false);
  engine::report_buses(machine_shape(), balance, faults);
  return to_strings(faults);
}

inline std::vector<std::string> faults_of(const Segment& segment, const Recording& recording) {
  return faults_of(Tables(recording), segment, recording);
}
inline std::vector<std::string> faults_of(const Segment& segment) {
  return faults_of(segment, record(segment).value());
}

/// What is wrong with all tables of a segment from segments_of(), roots included.
inline std::vector<std::string> whole_faults_of(const Segment& segment) {
  const Recording recording = record(segment).value();
  const TreeTrace tree = TreeTrace::make(recording.chunks, recording.code_chunks, segment.siblings).value();
  const Tables tables(recording, &tree);
  const auto public_values = to_public_values(claim_of(segment));
  std::vector<engine::Fault> faults;
  engine::BusBalance balance;
  check_rows(tables, public_values.data(), balance, faults);
  engine::add_boundary(machine_shape(), public_values.data(), balance);
  engine::report_buses(machine_shape(), balance, faults);
  return to_strings(faults);
}

/// Whether the tables of numbers and hashes have a tuple: of `half`, `byte_pair`, `byte_and`, `region` and
/// `hash`. True of all other buses.
inline bool tables_have(unsigned bus, const KoalaBear* tuple) {
  const auto at = [&](std::size_t i) { return tuple[i].canonical(); };
  switch (bus) {
    case BusOf::half:
      return at(0) < 1u << 16;
    case BusOf::byte_pair:
      return at(0) < 256 && at(1) < 256;
    case BusOf::byte_and:
      return at(0) < 256 && at(1) < 256 && at(2) == (at(0) & at(1));
    case BusOf::region: {
      if (at(0) >= Lookups::kRegions || at(1) > 1) return false;
      const Region region = region_of(at(0) << 16);
      return at(1) == 1 ? is_writable(region) : is_readable(region);
    }
    case BusOf::hash: {
      engine::Digest left, right, digest;
      std::copy_n(tuple, 8, left.begin());
      std::copy_n(tuple + 8, 8, right.begin());
      std::copy_n(tuple + 16, 8, digest.begin());
      return engine::Poseidon2Hash::node(left, right) == digest;
    }
    default:
      return true;
  }
}

/// One row by itself: which constraints fail, what it says on the buses, and whether the fixed tables have
/// what it looks up there.
class Row : public engine::Builder<Row, KoalaBear> {
 public:
  explicit Row(std::vector<KoalaBear> structured = {}) : structured_(std::move(structured)) {}

  struct Term {
    unsigned bus;
    engine::Side side;
    std::vector<std::uint32_t> tuple;
    bool operator==(const Term&) const = default;
  };
  std::vector<std::string> failed;
  std::vector<Term> terms;  ///< Those with a multiplicity other than 0.

  bool holds() const { return failed.empty(); }
  std::vector<Term> on(unsigned bus) const {
    std::vector<Term> out;
    for (const Term& term : terms) {
      if (term.bus == bus) out.push_back(term);
    }
    return out;
  }

  void on_constraint(KoalaBear value, const char* name) {
    if (!value.is_zero()) failed.emplace_back(name);
  }
  void on_interaction(unsigned bus, engine::Side side, bool counted, KoalaBear multiplicity,
                      const KoalaBear* tuple, std::size_t width) {
    if (multiplicity.is_zero()) return;
    Term term{bus, side, {}};
    for (std::size_t i = 0; i < width; ++i) term.tuple.push_back(tuple[i].canonical());
    if (!counted && !tables_have(bus, tuple))
      failed.push_back("lookup on bus " + std::string(rv32_buses[bus].name));
    terms.push_back(std::move(term));
  }
  KoalaBear lift(KoalaBear x) const { return x; }
  const KoalaBear* public_values() const { return nullptr; }
  const KoalaBear* structured_values() const { return structured_.data(); }

 private:
  std::vector<KoalaBear> structured_;
};

template <class Chip>
Row row_of_chip(const typename Chip::template Columns<KoalaBear>& columns, std::size_t number_of_row = 0) {
  std::vector<KoalaBear> structured;
  for (const engine::Structured& column : Chip::structured)
    structured.push_back(column.at(number_of_row, Chip::log_height_min));
  Row row(std::move(structured));
  Chip::eval(row, columns);
  return row;
}

/// Words whose halves, bytes, signs and carries are of every kind.
inline constexpr std::uint32_t kEdgeWords[] = {
    0,           1,           2,           0x7fff,      0x8000,      0xffff,
    0x10000,     0x10001,     0x7fff'ffff, 0x8000'0000, 0x8000'0001, 0xffff'0000,
    0xffff'fffe, 0xffff'ffff, 0x00ff'00ff, 0x7f00'0001, 0x1234'5678};

}  // namespace cairn::rv32::test
