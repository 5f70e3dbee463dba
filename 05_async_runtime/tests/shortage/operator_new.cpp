// An operator new that fails when a test says so. The build links it into a second copy of each program,
// `short_of_memory_NAME`; the program itself is the same. See shortage.hpp and program_memory_test.cpp.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <new>

#include "shortage.hpp"
#include "syscall/observer.hpp"

namespace {

shortage::Shortage* open_shortage() noexcept {
  const char* const name = std::getenv(shortage::kVariable);
  if (name == nullptr) return nullptr;
  const int fd = ::open(name, O_RDWR | O_CLOEXEC);
  shortage::Shortage* const found = shortage::map(fd);
  ::close(fd);
  return found;
}

constinit shortage::Shortage* current = nullptr;

// Watches the calls of the main thread, in which the tasks of these programs run.
class Watch final : public sys::Observer {
 public:
  Watch() : observing_(*this) { current = open_shortage(); }
  int before(std::string_view) noexcept override { return 0; }
  void after(std::string_view name, int error) noexcept override {
    if (current != nullptr && error == 0) current->succeeded(name);
  }

 private:
  sys::ScopedObserver observing_;
};
Watch watch;

}  // namespace

// Not inlined: g++ would see a malloc at one end and an operator delete at the other, and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  const bool fails = current != nullptr && current->takes_this_one();
  void* const memory = fails ? nullptr : std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void* operator new[](std::size_t size) {
  return operator new(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
