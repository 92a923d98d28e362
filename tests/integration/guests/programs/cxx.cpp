// C++ without exceptions: constructors before main, virtual calls, templates, new and delete.
#include <string.h>
#include <zkvm_io.h>

namespace {

struct Shape {
  virtual ~Shape() = default;
  virtual uint32_t area() const = 0;
};
struct Square final : Shape {
  explicit Square(uint32_t side) : side_(side) {}
  uint32_t area() const override { return side_ * side_; }
  uint32_t side_;
};
struct Oblong final : Shape {
  Oblong(uint32_t a, uint32_t b) : a_(a), b_(b) {}
  uint32_t area() const override { return a_ * b_; }
  uint32_t a_, b_;
};

uint32_t constructed = 0;
struct Counter {
  Counter() { ++constructed; }
  ~Counter() {
    // After main: what is written here is in the journal, too.
    const uint8_t end = '!';
    write_output(&end, 1);
  }
};
Counter before_main;

template <class T>
T sum(const T* values, size_t count) {
  T all = 0;
  for (size_t i = 0; i < count; ++i) all += values[i];
  return all;
}

}  // namespace

int main() {
  Shape* const shapes[] = {new Square(5), new Oblong(2, 3)};
  const uint32_t areas[] = {shapes[0]->area(), shapes[1]->area(), constructed};
  for (Shape* shape : shapes) delete shape;
  const uint64_t total = sum(areas, 3);
  write_output(reinterpret_cast<const uint8_t*>(&total), sizeof total);
}
