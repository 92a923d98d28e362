#include "tests/reference/protocol.h"

#include <algorithm>

namespace cairn::reference {
namespace {

/// Rows `begin` to `begin + length` of a table, column by column from cell `cells` on.
struct PlacedPiece {
  std::uint64_t begin, length, cells;
};
struct Placed {
  std::size_t table;
  unsigned h;
  std::uint64_t rows;  // committed
  std::vector<PlacedPiece> pieces;
  std::uint64_t fractions, first_constraint;  // where it begins
};
struct Shape {
  std::vector<Placed> tables;  // the layout's order
  std::uint64_t cells = 0, fractions = 0, constraints = 0;
  unsigned n = 0, n_fractions = 0, rounds = 0;
};

unsigned log2_up(std::uint64_t x) {
  unsigned log = 0;
  while ((std::uint64_t{1} << log) < x) ++log;
  return log;
}

Quintic power(const Quintic& x, std::uint64_t exponent) {
  Quintic out = Quintic::one();
  for (std::uint64_t i = 0; i < exponent; ++i) out = out * x;
  return out;
}

struct Header {
  unsigned r = 0;
  std::vector<std::uint64_t> rows;
};

Header read_header(const Machine& machine, const Words& digest, std::span<const std::uint8_t> bytes,
                   const Words& publics, ProofWords& proof) {
  if (bytes.size() < 8) throw Refused{"truncated"};
  if (proof.raw() != 0x504e5243 || proof.raw() != 3) throw Refused{"bad_header"};
  const std::size_t words = 8 + 1 + machine.tables.size() + machine.public_values;
  if (bytes.size() < 8 + 4 * words) throw Refused{"truncated"};
  const Words header = proof.next(words);
  if (!std::equal(digest.begin(), digest.end(), header.begin())) throw Refused{"other_machine"};
  Header out;
  out.r = header[8].canonical();
  if (out.r < 1 || out.r > 4) throw Refused{"bad_rate"};
  for (std::size_t i = 0; i < machine.tables.size(); ++i) {
    out.rows.push_back(header[9 + i].canonical());
    if (out.rows[i] > std::uint64_t{1} << 24) throw Refused{"bad_height"};
  }
  if (!std::equal(publics.begin(), publics.end(),
                  header.end() - static_cast<std::ptrdiff_t>(machine.public_values), header.end())) {
    throw Refused{"public_values"};
  }
  return out;
}

/// The powers of two that a table's committed rows are made of, the largest first.
std::vector<PlacedPiece> pieces_of(std::uint64_t rows) {
  std::vector<PlacedPiece> out;
  std::uint64_t begin = 0;
  for (std::uint64_t length = std::uint64_t{1} << 24; length > 0; length /= 2) {
    if (rows - begin < length) continue;
    out.push_back({begin, length, 0});
    begin += length;
  }
  return out;
}

Shape shape_of(const Machine& machine, const std::vector<std::uint64_t>& rows,
               const std::vector<BoundaryTuple>& boundary) {
  Shape out;
  std::vector<std::uint64_t> on_bus(machine.buses.size(), 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Table& table = machine.tables[i];
    if (rows[i] == 0 && table.optional) continue;
    const unsigned h = log2_up(std::max<std::uint64_t>(rows[i], 1));
    if (h < table.height_min || h > table.height_max) throw Refused{"bad_height"};
    out.tables.push_back({i, h, rows[i], pieces_of(rows[i]), 0, 0});
  }
  if (out.tables.empty()) throw Refused{"bad_height"};
  for (const Placed& placed : out.tables) {
    const std::uint64_t height = std::uint64_t{1} << placed.h;
    const bool may_end = !machine.tables[placed.table].padding.empty();
    const std::uint64_t unit = std::max<std::uint64_t>(height / 16, 32);
    if (placed.rows != height && (!may_end || placed.rows % unit != 0)) throw Refused{"bad_rows"};
  }
  std::sort(out.tables.begin(), out.tables.end(),
            [](const Placed& a, const Placed& b) { return a.h != b.h ? a.h > b.h : a.table < b.table; });
  for (Placed& placed : out.tables) {
    const Table& table = machine.tables[placed.table];
    const RowSays said = table.sample(machine.public_values);
    placed.fractions = out.fractions;
    placed.first_constraint = out.constraints;
    out.fractions += std::uint64_t{said.interactions.size()} << placed.h;
    out.constraints += said.constraints.size();
    for (const Interaction& one : said.interactions) on_bus[one.bus] += std::uint64_t{1} << placed.h;
  }
  for (std::uint64_t length = std::uint64_t{1} << 24; length > 0; length /= 2) {
    for (Placed& placed : out.tables) {
      for (PlacedPiece& piece : placed.pieces) {
        if (piece.length != length) continue;
        piece.cells = out.cells;
        out.cells += machine.tables[placed.table].width * length;
      }
    }
  }
  out.n = std::max(8u, log2_up(out.cells));
  out.n_fractions = out.fractions == 0 ? 0 : log2_up(out.fractions);
  out.rounds = out.tables[0].h;
  if (out.n > 26 || out.n_fractions > 31) throw Refused{"too_large"};
  for (const BoundaryTuple& one : boundary) ++on_bus[one.bus];
  for (const std::uint64_t count : on_bus) {
    if (count >= KoalaBear::modulus) throw Refused{"multiplicity_overflow"};
  }
  return out;
}

/// The last variable is bound first.
Point backwards(const Point& rho) { return Point(rho.rbegin(), rho.rend()); }

/// Coefficients of a message are behind the constant one, which the sum over {0, 1} with the factor eq gives.
Quintic round(Transcript& transcript, ProofWords& proof, std::size_t degree, const Quintic& tau,
              const Quintic& sum, Point& rho) {
  const auto c = transcript.extension(proof, degree);
  Quintic at_one = Quintic::zero();
  for (const Quintic& x : c) at_one = at_one + x;
  Quintic value = sum - tau * at_one, power = Quintic::one();
  rho.push_back(transcript.challenge());
  for (const Quintic& x : c) {
    power = power * rho.back();
    value = value + x * power;
  }
  return value;
}

/// The multilinear extension of a column given by its rows.
Quintic extension_of(const std::function<KoalaBear(std::uint64_t, unsigned)>& column, const Point& point) {
  const auto h = static_cast<unsigned>(point.size());
  std::vector<Quintic> values;
  for (std::uint64_t row = 0; row < std::uint64_t{1} << h; ++row)
    values.push_back(Quintic::from(column(row, h)));
  for (const Quintic& x : point) {
    const std::size_t half = values.size() / 2;
    for (std::size_t i = 0; i < half; ++i) values[i] = values[i] + x * (values[half + i] - values[i]);
    values.resize(half);
  }
  return values[0];
}

/// The multilinear extension of: is the row's number at least `rows`?
Quintic at_least(std::uint64_t rows, const Point& point) {
  return extension_of([&](std::uint64_t row, unsigned) { return word_of(row >= rows ? 1 : 0); }, point);
}

/// c - Σ A_i t_i - A_last (bus + 1).
struct Fingerprint {
  Quintic c;
  std::vector<Quintic> a;
  Quintic denominator(unsigned bus, const std::vector<Quintic>& tuple) const {
    Quintic out = c - a.back() * word_of(bus + 1);
    for (std::size_t i = 0; i < tuple.size(); ++i) out = out - a[i] * tuple[i];
    return out;
  }
};

struct GkrClaim {
  Point z;
  Quintic n = Quintic::zero(), d = Quintic::one();
};

GkrClaim verify_gkr(const Shape& shape, const Quintic& boundary_n, const Quintic& boundary_d,
                    Transcript& transcript, ProofWords& proof) {
  if (shape.fractions == 0) {
    if (boundary_d.is_zero()) throw Refused{"zero_denominator"};
    if (!boundary_n.is_zero()) throw Refused{"bus_unbalanced"};
    return {};
  }
  GkrClaim claim;
  const auto join = [&](const std::vector<Quintic>& sent) {
    const Quintic beta = transcript.challenge();
    claim.n = (Quintic::one() - beta) * sent[0] + beta * sent[2];
    claim.d = (Quintic::one() - beta) * sent[1] + beta * sent[3];
    return beta;
  };
  const auto top = transcript.extension(proof, 4);
  const Quintic n = top[0] * top[3] + top[2] * top[1], d = top[1] * top[3];
  if ((d * boundary_d).is_zero()) throw Refused{"zero_denominator"};
  if (!(n * boundary_d + boundary_n * d).is_zero()) throw Refused{"bus_unbalanced"};
  claim.z = {join(top)};
  for (unsigned k = 1; k < shape.n_fractions; ++k) {
    const Quintic lambda = transcript.challenge();
    Quintic sum = claim.n + lambda * claim.d;
    Point rho;
    for (unsigned s = 0; s < k; ++s) sum = round(transcript, proof, 2, claim.z[k - 1 - s], sum, rho);
    const auto sent = transcript.extension(proof, 4);
    if (sum != sent[0] * sent[3] + sent[2] * sent[1] + lambda * sent[1] * sent[3]) throw Refused{"gkr_layer"};
    claim.z = backwards(rho);
    claim.z.push_back(join(sent));
  }
  return claim;
}

std::vector<Claim> verify_rows(const Machine& machine, const Shape& shape, const Fingerprint& fingerprint,
                               const GkrClaim& gkr, const Words& publics, Transcript& transcript,
                               ProofWords& proof) {
  const Quintic alpha = transcript.challenge();
  Point tau;
  for (std::size_t i = gkr.z.size(); i < shape.rounds; ++i) tau.push_back(transcript.challenge());
  tau.insert(tau.end(), gkr.z.begin(), gkr.z.end());
  tau = last(tau, shape.rounds);

  // What the fractions behind the last interaction add to the denominators: 1 each.
  Quintic sum = Quintic::zero();
  if (shape.fractions != 0) {
    sum = gkr.n + alpha * gkr.d;
    for (std::uint64_t i = shape.fractions; i < std::uint64_t{1} << shape.n_fractions; ++i) {
      sum = sum - alpha * eq(bits(i, shape.n_fractions), gkr.z);
    }
  }
  // The constant parts of the denominators are left in the sum here, so every fraction is taken whole below.
  Point rho;
  for (unsigned s = 0; s < shape.rounds; ++s)
    sum = round(transcript, proof, 3, tau[shape.rounds - 1 - s], sum, rho);

  std::vector<Claim> claims;
  for (const Placed& placed : shape.tables) {
    const Table& table = machine.tables[placed.table];
    const Point at = backwards(slice(rho, 0, placed.h));
    const auto values = transcript.extension(proof, table.width);
    Point structured;
    for (const Structured& column : table.structured) structured.push_back(extension_of(column.at, at));
    const RowSays said = table.row(values, structured, publics);
    for (std::size_t i = 0; i < said.interactions.size(); ++i) {
      const Interaction& one = said.interactions[i];
      const std::size_t above = shape.n_fractions - placed.h;
      const Quintic e = eq(bits((placed.fractions >> placed.h) + i, above), slice(gkr.z, 0, above));
      const Quintic numerator = one.received ? -one.multiplicity : one.multiplicity;
      sum = sum - e * (numerator + alpha * fingerprint.denominator(one.bus, one.tuple));
    }
    for (std::size_t i = 0; i < said.constraints.size(); ++i) {
      sum = sum - power(alpha, 2 + placed.first_constraint + i) * said.constraints[i];
    }
    // A column is its pieces in their rows, and its padding in each row behind them.
    Quintic behind = Quintic::zero();
    if (placed.rows < std::uint64_t{1} << placed.h) behind = at_least(placed.rows, at);
    for (std::size_t c = 0; c < values.size(); ++c) {
      Claim claim{{}, values[c]};
      for (const PlacedPiece& piece : placed.pieces) {
        const std::size_t v = log2_up(piece.length), above = placed.h - v;
        claim.parts.push_back({eq(bits(piece.begin / piece.length, above), slice(at, 0, above)),
                               piece.cells / piece.length + c, last(at, v)});
      }
      if (!table.padding.empty()) claim.value = claim.value - behind * table.padding[c];
      claims.push_back(std::move(claim));
    }
  }
  if (!sum.is_zero()) throw Refused{"zerocheck"};
  return claims;
}

void verify_all(const Machine& machine, std::span<const std::uint8_t> bytes, const Words& publics) {
  ProofWords proof(bytes);
  const Words digest = digest_of(machine);
  const Header header = read_header(machine, digest, bytes, publics, proof);
  const auto boundary = machine.boundary(publics);
  const Shape shape = shape_of(machine, header.rows, boundary);
  const Parameters parameters = parameters_of(header.r, shape.n);

  Transcript transcript("cairn proof", 3, digest);
  Words observed = {word_of(header.r)};
  for (const std::uint64_t rows : header.rows) observed.push_back(word_of(rows));
  observed.insert(observed.end(), publics.begin(), publics.end());
  transcript.absorb(2, observed);
  const Commitment commitment = read_commitment(parameters, shape.cells, transcript, proof);

  Fingerprint fingerprint;
  fingerprint.c = transcript.challenge();
  unsigned widest = 0;
  for (const Bus& bus : machine.buses) widest = std::max(widest, bus.width);
  const unsigned coordinates = log2_up(widest + 1);
  Point a;
  for (unsigned i = 0; i < coordinates; ++i) a.push_back(transcript.challenge());
  for (std::uint64_t i = 0; i < std::uint64_t{1} << coordinates; ++i)
    fingerprint.a.push_back(eq(bits(i, coordinates), a));

  Quintic boundary_n = Quintic::zero(), boundary_d = Quintic::one();
  for (const BoundaryTuple& one : boundary) {
    std::vector<Quintic> tuple;
    for (const KoalaBear word : one.tuple) tuple.push_back(Quintic::from(word));
    const Quintic d = fingerprint.denominator(one.bus, tuple);
    boundary_n = boundary_n * d + (one.received ? -boundary_d : boundary_d);
    boundary_d = boundary_d * d;
  }
  const GkrClaim gkr = verify_gkr(shape, boundary_n, boundary_d, transcript, proof);
  const auto claims = verify_rows(machine, shape, fingerprint, gkr, publics, transcript, proof);
  verify_opening(parameters, commitment, claims, transcript, proof);
  if (!proof.at_end()) throw Refused{"trailing_bytes"};
}

void put(Words& out, std::uint64_t number) { out.push_back(word_of(number)); }
void put(Words& out, const std::string& text) {
  put(out, text.size());
  for (const char c : text) put(out, static_cast<unsigned char>(c));
}
void put(Words& out, const Quintic& x) { out.insert(out.end(), x.c.begin(), x.c.end()); }

void put_table(Words& out, const Table& table, std::size_t publics) {
  KoalaBear b = word_of(1);
  const auto next = [&] { return b = b * word_of(3); };
  const auto next_element = [&] {
    Quintic x;
    for (KoalaBear& c : x.c) c = next();
    return x;
  };
  Point columns, structured;
  Words public_values;
  for (unsigned i = 0; i < table.width; ++i) columns.push_back(next_element());
  for (std::size_t i = 0; i < table.structured.size(); ++i) structured.push_back(next_element());
  for (std::size_t i = 0; i < publics; ++i) public_values.push_back(next());
  const RowSays said = table.row(columns, structured, public_values);

  put(out, table.name);
  put(out, table.width);
  put(out, table.height_min);
  put(out, table.height_max);
  put(out, table.optional ? 1 : 0);
  put(out, table.padding.empty() ? 0 : 1);
  out.insert(out.end(), table.padding.begin(), table.padding.end());
  put(out, table.structured.size());
  for (const Structured& column : table.structured) {
    for (const unsigned x : {column.kind, column.low, column.low_b, column.count}) put(out, x);
  }
  put(out, said.interactions.size());
  std::size_t emissions = said.constraints.size();
  for (std::size_t i = 0; i < said.interactions.size(); ++i) {
    put(out, said.interactions[i].bus);
    put(out, said.interactions[i].received ? 1 : 0);
    put(out, said.interactions[i].provided ? 1 : 0);
    emissions += 1 + said.interactions[i].tuple.size();
  }
  put(out, emissions);
  auto constraint = said.constraints.begin();
  auto interaction = said.interactions.begin();
  for (const bool is_constraint : said.is_constraint) {
    if (is_constraint) {
      put(out, 0);
      put(out, *constraint++);
      continue;
    }
    put(out, 1);
    put(out, interaction->multiplicity);
    for (const Quintic& element : interaction->tuple) {
      put(out, 2);
      put(out, element);
    }
    ++interaction;
  }
}

}  // namespace

Words digest_of(const Machine& machine) {
  Words out;
  put(out, std::string("cairn machine 2"));
  put(out, machine.name);
  put(out, machine.public_values);
  put(out, machine.buses.size());
  for (const Bus& bus : machine.buses) {
    put(out, bus.name);
    put(out, bus.kind);
    put(out, bus.width);
  }
  put(out, machine.tables.size());
  for (const Table& table : machine.tables) put_table(out, table, machine.public_values);
  const auto boundary = machine.boundary(Words(machine.public_values, word_of(0)));
  put(out, boundary.size());
  for (const BoundaryTuple& one : boundary) {
    put(out, one.bus);
    put(out, one.received ? 1 : 0);
  }
  const std::size_t length = out.size();
  while (out.size() % 8 != 0 || out.size() < 16) out.push_back(word_of(0));
  return leaf_digest(out, length);
}

std::string verify(const Machine& machine, std::span<const std::uint8_t> proof, const Words& publics) {
  try {
    verify_all(machine, proof, publics);
  } catch (const Refused& refused) {
    return refused.why;
  }
  return "none";
}

}  // namespace cairn::reference
