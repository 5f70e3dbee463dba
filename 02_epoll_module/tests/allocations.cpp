#include "allocations.hpp"

#include <malloc.h>

#include <cstdlib>
#include <new>

// Not inlined: g++ would see a malloc at one end and an operator delete at the other, and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  const bool fails = ++allocations::count == allocations::FailNth::fails_at ||
                     size > allocations::Shortage::largest;
  void* const memory = fails ? nullptr : std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  allocations::bytes += malloc_usable_size(memory);
  if (allocations::bytes > allocations::peak) allocations::peak = allocations::bytes;
  return memory;
}
[[gnu::noinline]] void* operator new[](std::size_t size) {
  return operator new(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  if (memory != nullptr) allocations::bytes -= malloc_usable_size(memory);
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}
[[gnu::noinline]] void operator delete[](void* memory) noexcept {
  operator delete(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept {
  operator delete(memory);
}
