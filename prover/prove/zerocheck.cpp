#include "prover/prove/zerocheck.h"

#include <algorithm>
#include <array>

#include "prover/parallel.h"
#include "prover/poly/dense.h"
#include "prover/poly/dense_kernels.h"
#include "prover/prove/sumcheck_kernels.h"
#include "prover/verify/logup.h"

namespace cairn::engine {

namespace {

/// p(0), p(-1), p(2) of a round.
struct Points {
  Quintic at[3] = {Quintic::zero(), Quintic::zero(), Quintic::zero()};
  friend Points operator+(Points a, const Points& b) {
    for (std::size_t i = 0; i < 3; ++i) a.at[i] += b.at[i];
    return a;
  }
  Points& operator+=(const Points& b) { return *this = *this + b; }
  /// Adds the same to all: a part that does not depend on X.
  void add_constant(const Quintic& x) {
    for (Quintic& value : at) value += x;
  }
};

/// One table in the sumcheck: waits with its claim until its number of variables is left, then is summed.
class TableSum {
 public:
  TableSum(const TableTrace& trace, const KoalaBear* public_values, const std::vector<Quintic>& weights)
      : trace_(trace), public_values_(public_values), weights_(weights.data()), used_(trace.used_rows) {
    std::vector<Quintic> last;
    for (const KoalaBear* column : trace.columns) last.push_back(Quintic::from(column[trace.height() - 1]));
    padding_ = trace.shape->fold(last.data(), last.data() + trace.shape->width, public_values, weights_);
    padding_row_ = std::move(last);
  }

  unsigned log_height() const { return trace_.placed.log_height; }

  /// The sum over the table's rows, for the time before it joins. Constraints of rows are zero.
  Quintic claim(std::span<const Quintic> point) const {
    ExtVector eq = dense_eq_table(point);
    const std::size_t rows = rounded(used_, trace_.height());
    const TableKernels& kernels = trace_.kernels_for(rows);
    const BaseRows base{trace_.columns.data(), public_values_};
    const Quintic sum = parallel_sum(rows, trace_.grain(), Quintic::zero(), [&](std::size_t begin, std::size_t end) {
      Quintic part;
      kernels.interactions(base, weights_, ExtSpan(eq), begin, end, part);
      return part;
    });
    return sum + padding_ * tail_indicator(rows, point);
  }

  Points round(std::size_t half, const ExtSpan& eq, std::span<const Quintic> tau_left) const {
    const std::size_t pairs = rounded(used_, half);
    const TableKernels& kernels = trace_.kernels_for(pairs);
    Points points = parallel_sum(pairs, trace_.grain(), Points{}, [&](std::size_t begin, std::size_t end) {
      Points part;
      if (folded_.empty()) {
        kernels.round_base({trace_.columns.data(), public_values_}, weights_, half, eq, begin, end, part.at);
      } else {
        kernels.round_ext({spans_.data(), public_values_}, weights_, half, eq, begin, end, part.at);
      }
      return part;
    });
    points.add_constant(padding_ * tail_indicator(pairs, tau_left));
    return points;
  }

  /// p(1), for a round whose tau is zero: row by row.
  Quintic at_one(std::size_t half, const ExtSpan& eq) const {
    Quintic sum = Quintic::zero();
    std::vector<Quintic> row(trace_.columns.size());
    for (std::size_t y = 0; y < half; ++y) {
      for (std::size_t i = 0; i < row.size(); ++i) row[i] = value(i, y + half);
      sum += eq.get(y) * trace_.shape->fold(row.data(), row.data() + trace_.shape->width, public_values_, weights_);
    }
    return sum;
  }

  void bind(const Quintic& r, std::size_t half) {
    const std::size_t pairs = rounded(used_, half), width = trace_.columns.size();
    const bool first = folded_.empty();
    if (first) {
      folded_.reserve(width);
      for (std::size_t i = 0; i < width; ++i) {
        folded_.emplace_back(half);
        spans_.emplace_back(folded_.back());
      }
    }
    const DenseKernels& kernels = dense_kernels();
    parallel_for(width, first || half * width > 1 << 14 ? 1 : width, [&](std::size_t from, std::size_t to) {
      for (std::size_t i = from; i < to; ++i) {
        if (first) {
          kernels.fold_base(trace_.columns[i], trace_.columns[i] + half, r, spans_[i].planes, spans_[i].stride, pairs);
        } else {
          kernels.fold_ext(spans_[i].planes, spans_[i].stride, half, r, pairs);
        }
        for (std::size_t k = 0; k < Quintic::degree; ++k) {
          std::fill(folded_[i].plane(k) + pairs, folded_[i].plane(k) + half, padding_row_[i].c[k]);
        }
      }
    });
    used_ = std::min(used_, half);
  }

  /// The committed columns once all variables are bound.
  std::vector<Quintic> values() const {
    std::vector<Quintic> out;
    for (std::size_t i = 0; i < trace_.shape->width; ++i) out.push_back(value(i, 0));
    return out;
  }

 private:
  /// Rows or pairs that must be looked at, of `count`; the others are padding. Whole vectors.
  static std::size_t rounded(std::size_t used, std::size_t count) {
    return std::min((used + 15) / 16 * 16, count);
  }
  Quintic value(std::size_t column, std::size_t row) const {
    return folded_.empty() ? Quintic::from(trace_.columns[column][row]) : folded_[column].get(row);
  }

  const TableTrace& trace_;
  const KoalaBear* public_values_;
  const Quintic* weights_;
  std::size_t used_;
  Quintic padding_;  // the weighted emissions of the last row
  std::vector<Quintic> padding_row_;
  std::vector<ExtVector> folded_;
  std::vector<ExtSpan> spans_;
};

/// Coefficients 1, 2, 3 of the cubic through p(0), p(1), p(-1), p(2).
std::array<Quintic, 3> coefficients(const Points& points, const Quintic& one) {
  const Quintic &zero = points.at[0], &minus = points.at[1], &two = points.at[2];
  const Quintic c2 = (one + minus).halve() - zero;
  const Quintic odd = one - minus;  // 2 c1 + 2 c3
  const Quintic c3 = (two - zero - c2.doubled().doubled() - odd) * KoalaBear::from(6).inverse();
  return {odd.halve() - c3, c2, c3};
}

}  // namespace

template <class Sponge>
std::vector<TableClaim> prove_zerocheck(Writer<Sponge>& writer, const Layout& layout, std::span<const TableTrace> traces,
                                        const KoalaBear* public_values, std::span<const Quintic> tau,
                                        std::span<const std::vector<Quintic>> weights, const Quintic& sum) {
  std::vector<TableSum> tables;
  tables.reserve(traces.size());
  for (std::size_t i = 0; i < traces.size(); ++i) tables.emplace_back(traces[i], public_values, weights[i]);
  std::vector<Quintic> waiting;
  for (const TableSum& table : tables) {
    waiting.push_back(table.log_height() == layout.rounds ? Quintic::zero() : table.claim(tau.last(table.log_height())));
  }
  ExtVector eq_space = dense_eq_table(tau.subspan(1));
  const ExtSpan eq(eq_space);
  std::vector<Quintic> point;
  Quintic left = sum;
  for (unsigned round = 0; round < layout.rounds; ++round) {
    const unsigned variables = layout.rounds - round;
    const std::size_t half = std::size_t{1} << (variables - 1);
    const auto joined = [&](std::size_t i) { return tables[i].log_height() >= variables; };
    Points points;
    for (std::size_t i = 0; i < tables.size(); ++i) {
      if (joined(i)) {
        points += tables[i].round(half, eq, tau.subspan(round + 1));
      } else {
        points.add_constant(waiting[i]);
      }
    }
    Quintic one = Quintic::zero();
    if (tau[round].is_zero()) {
      for (std::size_t i = 0; i < tables.size(); ++i) one += joined(i) ? tables[i].at_one(half, eq) : waiting[i];
    } else {
      one = (left - (Quintic::one() - tau[round]) * points.at[0]) * tau[round].inverse();
    }
    const auto c = coefficients(points, one);
    writer.extension(c);
    const Quintic r = writer.challenge();
    point.push_back(r);
    left = points.at[0] + r * (c[0] + r * (c[1] + r * c[2]));
    for (std::size_t i = 0; i < tables.size(); ++i) {
      if (joined(i)) tables[i].bind(r, half);
    }
    if (half > 1) {
      const SumcheckKernels& kernels = sumcheck_kernels_for(half / 2);
      parallel_for(half / 2, 1 << 14, [&](std::size_t begin, std::size_t end) {
        kernels.eq_halve(eq, half / 2, begin, end);
      });
    }
  }
  std::vector<TableClaim> claims;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    TableClaim claim{traces[i].placed.table, {point.end() - tables[i].log_height(), point.end()}, tables[i].values()};
    writer.extension(claim.values);
    claims.push_back(std::move(claim));
  }
  return claims;
}

template std::vector<TableClaim> prove_zerocheck(Writer<Poseidon2Sponge>&, const Layout&, std::span<const TableTrace>,
                                                 const KoalaBear*, std::span<const Quintic>,
                                                 std::span<const std::vector<Quintic>>, const Quintic&);

}  // namespace cairn::engine
