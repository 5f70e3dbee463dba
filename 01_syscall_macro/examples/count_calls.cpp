// Counts the system calls of a small job, then makes one of them fail.
//
//   cmake -S 01_syscall_macro -B build/01 && cmake --build build/01
//   build/01/bin/count_calls
//
// You will see a table of the calls that writing and reading a message through a pipe takes, and
// what the job says when its second write is refused with ENOSPC, which no pipe would ever do. Each
// descriptor is closed in both cases; compare with `strace -c -f build/01/bin/count_calls`, which
// sees the whole process and slows it down.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "syscall/call.hpp"
#include "syscall/observer.hpp"
#include "syscall/open_descriptors.hpp"

namespace {

// Writes each piece into a pipe and reads all of them back.
sys::Result<std::string> through_a_pipe(std::initializer_list<std::string_view> pieces) {
  std::array<int, 2> ends{};
  SYS_TRY(sys::call<::pipe2>(ends.data(), O_CLOEXEC));
  const auto [reader, writer] = ends;

  sys::Result<> written;
  for (const std::string_view piece : pieces) {
    const void* const bytes = piece.data();
    written = sys::without_value(sys::call_uninterrupted<::write>(writer, bytes, piece.size()));
    if (!written) break;
  }
  (void)sys::call<::close>(writer);

  std::string text;
  std::array<char, 4> buffer{};  // small, to have something to count
  void* const into = buffer.data();
  while (auto count = sys::call_uninterrupted<::read>(reader, into, buffer.size())) {
    if (*count == 0) break;  // the writer is closed, and everything is read
    text.append(buffer.data(), static_cast<std::size_t>(*count));
  }
  (void)sys::call<::close>(reader);
  SYS_TRY(written);
  return text;
}

void print(const sys::Result<std::string>& result) {
  if (result)
    std::printf("the job says: \"%s\"\n", result->c_str());
  else
    std::printf("the job fails: %s\n", result.error().message().c_str());
}

void print(const sys::CallCounter& counter) {
  std::printf("\n%-8s %6s %7s\n", "call", "made", "failed");
  for (const auto& [name, count] : counter.counts())
    std::printf("%-8s %6zu %7zu\n", name.c_str(), count.made, count.failed);
  std::printf("%-8s %6zu\n\n", "all", counter.total());
}

}  // namespace

int main() {
  const sys::DescriptorWatch descriptors;
  {
    sys::CallCounter counter;
    sys::ScopedObserver watching(counter);
    print(through_a_pipe({"one door ", "to the kernel"}));
    print(counter);
  }
  {
    sys::FailNth second_write(2, ENOSPC, "write");
    sys::ScopedObserver watching(second_write);
    std::printf("once more, and the second write fails with ENOSPC:\n");
    print(through_a_pipe({"one door ", "to the kernel"}));
  }
  std::printf("descriptors left open: %td\n", descriptors.change());
}
