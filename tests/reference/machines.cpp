#include "tests/reference/machines.h"

namespace cairn::reference {
namespace {

enum class BusKind : unsigned { permutation = 1, lookup = 2 };
Bus bus(const char* name, BusKind kind, unsigned width) { return {name, static_cast<unsigned>(kind), width}; }

Quintic of(std::uint64_t x) { return Quintic::from(word_of(x)); }
const Quintic one = of(1);

/// Hands out the columns of a row in their order.
class Columns {
 public:
  explicit Columns(const Point& values) : values_(values) {}
  Quintic next() { return values_[at_++]; }
  Point next(std::size_t count) {
    at_ += count;
    return slice(values_, at_ - count, at_);
  }

 private:
  const Point& values_;
  std::size_t at_ = 0;
};

/// The elements of several lists, one behind the other.
Point tuple(std::initializer_list<Point> parts) {
  Point out;
  for (const Point& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

/// What a row says, in the words of the document.
struct Says : RowSays {
  void boolean(const Quintic& x) { flag(x); }
  void booleans(const Point& all) {
    for (const Quintic& x : all) flag(x);
  }
  void equal(const Quintic& a, const Quintic& b) { zero(a - b); }
  void send(unsigned on, const Quintic& m, Point values) { on_bus({on, false, m, std::move(values), false}); }
  void receive(unsigned on, const Quintic& m, Point values) {
    on_bus({on, true, m, std::move(values), false});
  }
  void lookup(unsigned on, const Quintic& m, Point values) {
    on_bus({on, false, m, std::move(values), false});
  }
  void provide(unsigned on, const Quintic& count, Point values) {
    on_bus({on, true, count, std::move(values), true});
  }
};

Structured row_bits(unsigned low, unsigned count) {
  return {1, low, 0, count,
          [=](std::uint64_t row, unsigned) { return word_of((row >> low) % (1u << count)); }};
}
Structured bits_and(unsigned low, unsigned low_b, unsigned count) {
  return {2, low, low_b, count, [=](std::uint64_t row, unsigned) {
            return word_of((row >> low) & (row >> low_b) & ((1u << count) - 1));
          }};
}
Structured first_row() {
  return {5, 0, 0, 0, [](std::uint64_t row, unsigned) { return word_of(row == 0 ? 1 : 0); }};
}
Structured row_number() {
  return {7, 0, 0, 0, [](std::uint64_t row, unsigned) { return word_of(row); }};
}

using engine::poseidon2::final_constants;
using engine::poseidon2::initial_constants;
using engine::poseidon2::internal_diagonal;
using engine::poseidon2::partial_constants;

Quintic cube(const Quintic& x) { return x * x * x; }

/// The block matrix, entry by entry.
Point external(const Point& x) {
  const unsigned m[4][4] = {{2, 3, 1, 1}, {1, 2, 3, 1}, {1, 1, 2, 3}, {3, 1, 1, 2}};
  Point out(16, Quintic::zero());
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 16; ++j) {
      out[i] = out[i] + x[j] * word_of(m[i % 4][j % 4] * (i / 4 == j / 4 ? 2u : 1u));
    }
  }
  return out;
}
Point internal(const Point& x) {
  Quintic sum = Quintic::zero();
  for (const Quintic& element : x) sum = sum + element;
  Point out;
  for (std::size_t i = 0; i < 16; ++i) out.push_back(x[i] * word_of(internal_diagonal[i]) + sum);
  return out;
}

RowSays permutation_row(const Point& columns, const Point&, const Words&) {
  Columns at(columns);
  Says out;
  const Quintic count = at.next();
  const Point input = at.next(16);
  Point state = external(input);
  const auto full_round = [&](const std::uint32_t(&constants)[16]) {
    for (std::size_t i = 0; i < 16; ++i) state[i] = cube(state[i] + word_of(constants[i]));
    state = external(state);
    const Point written = at.next(16);
    for (std::size_t i = 0; i < 16; ++i) out.equal(state[i], written[i]);
    state = written;
  };
  for (const auto& constants : initial_constants) full_round(constants);
  for (const std::uint32_t constant : partial_constants) {
    const Quintic written = at.next();
    out.equal(cube(state[0] + word_of(constant)), written);
    state[0] = written;
    state = internal(state);
  }
  for (const auto& constants : final_constants) full_round(constants);
  out.provide(0, count, tuple({input, state}));
  return out;
}

enum : unsigned { byte_and, byte_pair, operation, access, memory };

RowSays byte_pairs_row(const Point& columns, const Point& structured, const Words&) {
  Says out;
  out.provide(byte_and, columns[0], structured);
  out.provide(byte_pair, columns[1], slice(structured, 0, 2));
  return out;
}

RowSays step_row(const Point& columns, const Point& structured, const Words&) {
  Columns at(columns);
  const Quintic real = at.next(), op = at.next(), x = at.next(), y = at.next(), z = at.next();
  const Point a = at.next(4), b = at.next(4), c = at.next(4);
  const Quintic time = structured[0] * word_of(4);
  Says out;
  out.flag(real);
  out.send(access, real, tuple({{time + of(1), x}, a, {Quintic::zero()}}));
  out.send(access, real, tuple({{time + of(2), y}, b, {Quintic::zero()}}));
  out.send(access, real, tuple({{time + of(3), z}, c, {one}}));
  out.send(operation, real, tuple({{op}, a, b, c}));
  return out;
}

RowSays alu_row(const Point& columns, const Point&, const Words&) {
  Columns at(columns);
  const Point f = at.next(7), a = at.next(4), b = at.next(4), n = at.next(4), d = at.next(4), k = at.next(4);
  const Quintic s = at.next(), t = at.next(), differ = at.next();
  Quintic real = Quintic::zero(), code = Quintic::zero();
  for (std::size_t i = 0; i < 7; ++i) {
    real = real + f[i];
    code = code + f[i] * word_of(i + 1);
  }
  const Quintic g = one - (f[1] + f[5] + f[6]) * word_of(2);
  Says out;
  out.booleans(f);
  out.flag(real);
  for (std::size_t i = 0; i < 4; ++i) {
    out.boolean(k[i]);
    out.zero(g * (a[i] - d[i]) + b[i] - k[i] * word_of(256) + (i > 0 ? k[i - 1] : Quintic::zero()));
  }
  out.boolean(s);
  out.boolean(t);
  out.equal(differ, s + t - s * t * word_of(2));
  for (std::size_t i = 0; i < 4; ++i) out.lookup(byte_and, real, {a[i], b[i], n[i]});
  out.lookup(byte_pair, real, {d[0], d[1]});
  out.lookup(byte_pair, real, {d[2], d[3]});
  out.lookup(byte_and, real, {a[3], of(128), s * word_of(128)});
  out.lookup(byte_and, real, {b[3], of(128), t * word_of(128)});
  Point c;
  for (std::size_t i = 0; i < 4; ++i) {
    c.push_back((f[0] + f[1]) * d[i] + f[2] * n[i] + f[3] * (a[i] + b[i] - n[i]) +
                f[4] * (a[i] + b[i] - n[i] * word_of(2)));
  }
  c[0] = c[0] + f[5] * (differ * s + (one - differ) * k[3]) + f[6] * k[3];
  out.receive(operation, real, tuple({{code}, a, b, c}));
  return out;
}

RowSays shift_row(const Point& columns, const Point&, const Words&) {
  Columns at(columns);
  const Quintic sll = at.next(), srl = at.next(), sra = at.next();
  const Point a = at.next(4), b = at.next(4), e = at.next(3), l = at.next(4);
  const Quintic power = at.next(), m = at.next();
  const Point low = at.next(4), high = at.next(4), u = at.next(4);
  const Quintic negative = at.next(), sign = at.next();
  const Quintic right = srl + sra, real = sll + right;
  Says out;
  out.booleans({sll, srl, sra});
  out.flag(real);
  out.booleans(l);
  out.equal(l[0] + l[1] + l[2] + l[3], real);
  out.booleans(e);
  out.equal(power, (one + e[0]) * (one + e[1] * word_of(3)) * (one + e[2] * word_of(15)));
  out.zero((one - right) * (m - power));
  out.zero(right * (m * power - of(256)));
  out.boolean(sign);
  out.equal(negative, sra * sign);
  for (std::size_t i = 0; i < 4; ++i) {
    out.equal(a[i] * m, low[i] + high[i] * word_of(256));
    const Quintic to_left = i > 0 ? low[i] + high[i - 1] : low[i],
                  to_right = i < 3 ? high[i] + low[i + 1] : high[i];
    const Quintic ones = i == 3 ? negative * (of(256) - m) : Quintic::zero();
    out.equal(u[i], to_left + right * (to_right - to_left) + ones);
  }
  out.lookup(byte_and, real,
             {b[0], of(31),
              e[0] + e[1] * word_of(2) + e[2] * word_of(4) + l[1] * word_of(8) + l[2] * word_of(16) +
                  l[3] * word_of(24)});
  out.lookup(byte_and, real, {a[3], of(128), sign * word_of(128)});
  for (std::size_t i = 0; i < 4; ++i) out.lookup(byte_pair, real, {low[i], high[i]});
  Point c;
  for (std::size_t i = 0; i < 4; ++i) {
    Quintic sum = l[0] * u[i];
    for (std::size_t j = 1; j < 4; ++j) {
      Quintic w = i + j > 3 ? negative * word_of(255) : right * u[i + j];
      if (i >= j) w = w + sll * u[i - j];
      sum = sum + l[j] * w;
    }
    c.push_back(sum);
  }
  out.receive(operation, real, tuple({{sll * word_of(8) + srl * word_of(9) + sra * word_of(10)}, a, b, c}));
  return out;
}

RowSays memory_row(const Point& columns, const Point&, const Words&) {
  Columns at(columns);
  const Quintic real = at.next(), write = at.next(), time = at.next(), address = at.next();
  const Point v = at.next(4), p = at.next(4);
  const Quintic before = at.next();
  const Point g = at.next(3);
  Says out;
  out.flag(real);
  out.boolean(write);
  for (std::size_t i = 0; i < 4; ++i) out.zero((one - write) * (v[i] - p[i]));
  out.equal(time - before - one, g[0] + g[1] * word_of(256) + g[2] * word_of(65536));
  out.lookup(byte_pair, real, {g[0], g[1]});
  out.lookup(byte_pair, real, {g[2], Quintic::zero()});
  out.receive(access, real, tuple({{time, address}, v, {write}}));
  out.receive(memory, real, tuple({{address}, p, {before}}));
  out.send(memory, real, tuple({{address}, v, {time}}));
  return out;
}

RowSays boundary_row(const Point& columns, const Point& structured, const Words& publics) {
  Columns at(columns);
  const Point initial = at.next(4), final = at.next(4);
  const Quintic time = at.next();
  Says out;
  for (std::size_t i = 0; i < 4; ++i) out.zero(structured[1] * (final[i] - publics[i]));
  out.lookup(byte_pair, one, {initial[0], initial[1]});
  out.lookup(byte_pair, one, {initial[2], initial[3]});
  out.send(memory, one, tuple({{structured[0]}, initial, {Quintic::zero()}}));
  out.receive(memory, one, tuple({{structured[0]}, final, {time}}));
  return out;
}

std::vector<BoundaryTuple> no_boundary(const Words&) { return {}; }

Words zeros(std::size_t count) { return Words(count, word_of(0)); }
/// Zeros but for some columns.
Words zeros_but(std::size_t count, std::initializer_list<std::pair<std::size_t, KoalaBear>> others) {
  Words out = zeros(count);
  for (const auto& [column, value] : others) out[column] = value;
  return out;
}

/// The permutation of zeros, which nobody looks up.
Words permutation_of_zeros() {
  Words out = zeros(1 + 16);
  Point state = external(Point(16, Quintic::zero()));
  const auto write = [&](const Quintic& x) { out.push_back(x.c[0]); };
  const auto full_round = [&](const std::uint32_t(&constants)[16]) {
    for (std::size_t i = 0; i < 16; ++i) state[i] = cube(state[i] + word_of(constants[i]));
    state = external(state);
    for (const Quintic& x : state) write(x);
  };
  for (const auto& constants : initial_constants) full_round(constants);
  for (const std::uint32_t constant : partial_constants) {
    state[0] = cube(state[0] + word_of(constant));
    write(state[0]);
    state = internal(state);
  }
  for (const auto& constants : final_constants) full_round(constants);
  return out;
}

}  // namespace

Machine demo_machine() {
  const auto bytes = [](const Point& column, const Point& structured, const Words&) -> RowSays {
    Says out;
    out.provide(0, column[0], {structured[0]});
    return out;
  };
  const auto cubes = [](const Point& column, const Point&, const Words&) -> RowSays {
    const Quintic real = column[0], x = column[1];
    Says out;
    out.flag(real);
    out.equal(cube(x), column[2]);
    out.lookup(0, real, {x});
    out.send(1, real, {x, column[2]});
    return out;
  };
  const auto sums = [](const Point& column, const Point&, const Words&) -> RowSays {
    const Quintic real = column[0], x = column[1], y = column[2];
    Says out;
    out.flag(real);
    out.equal(x + y, column[3]);
    out.receive(1, real, {x, y});
    return out;
  };
  return {"demo-1",
          2,
          {bus("byte", BusKind::lookup, 1), bus("pair", BusKind::permutation, 2)},
          {{"byte", 1, 8, 8, false, {row_bits(0, 8)}, zeros(1), bytes},
           {"cubes", 3, 4, 20, true, {}, {word_of(0), word_of(3), word_of(27)}, cubes},
           {"sums", 4, 4, 20, false, {}, {word_of(0), word_of(2), word_of(5), word_of(7)}, sums}},
          [](const Words& publics) {
            return std::vector<BoundaryTuple>{{1, false, {publics[0], publics[1]}}};
          }};
}

Machine poseidon2_machine() {
  return {"poseidon2-1",
          32,
          {bus("permutation", BusKind::lookup, 32)},
          {{"poseidon2", 165, 4, 22, true, {}, permutation_of_zeros(), permutation_row}},
          [](const Words& publics) {
            return std::vector<BoundaryTuple>{{0, false, publics}};
          }};
}

Machine calculator() {
  return {"calculator-1",
          4,
          {bus("byte_and", BusKind::lookup, 3), bus("byte_pair", BusKind::lookup, 2),
           bus("operation", BusKind::permutation, 13), bus("access", BusKind::permutation, 7),
           bus("memory", BusKind::permutation, 6)},
          {{"byte_pairs",
            2,
            16,
            16,
            false,
            {row_bits(8, 8), row_bits(0, 8), bits_and(8, 0, 8)},
            zeros(2),
            byte_pairs_row},
           {"step", 17, 4, 22, true, {row_number()}, zeros(17), step_row},
           {"alu", 30, 4, 22, true, {}, zeros(30), alu_row},
           {"shift", 34, 4, 22, true, {}, zeros_but(34, {{18, word_of(1)}, {19, word_of(1)}}), shift_row},
           {"memory", 16, 4, 22, true, {}, zeros_but(16, {{13, -word_of(1)}}), memory_row},
           {"boundary", 9, 4, 22, false, {row_number(), first_row()}, {}, boundary_row}},
          no_boundary};
}

}  // namespace cairn::reference
