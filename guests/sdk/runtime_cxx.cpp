// What C++ without exceptions asks of its runtime.
#include <stddef.h>
#include <stdlib.h>

extern "C" {
void* __dso_handle = nullptr;
[[noreturn]] void __cxa_pure_virtual() { abort(); }
[[noreturn]] void __cxa_deleted_virtual() { abort(); }
}

namespace {
void* allocate(size_t bytes) {
  void* const at = malloc(bytes ? bytes : 1);
  if (!at) abort();
  return at;
}
}  // namespace

void* operator new(size_t bytes) { return allocate(bytes); }
void* operator new[](size_t bytes) { return allocate(bytes); }
void operator delete(void* at) noexcept { free(at); }
void operator delete[](void* at) noexcept { free(at); }
void operator delete(void* at, size_t) noexcept { free(at); }
void operator delete[](void* at, size_t) noexcept { free(at); }
