// The macro that the originals put around each system call, what the preprocessor makes of it, and
// the template that took its place.
//
//   cmake -S 01_syscall_macro -B build/01 && cmake --build build/01
//   build/01/bin/expanded
//
// You will see the macro's expansion, printed by the preprocessor itself, the same call through
// sys::call, and then five things that the macro cannot do, each tried out.
#include <fcntl.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <iostream>
#include <string>
#include <string_view>

#include "syscall/call.hpp"
#include "syscall/observer.hpp"

namespace {

// #region macro
// -1 becomes the error of the last call, everything else is the result.
#define SYSCALL(call)                          \
  [&]() -> sys::Result<decltype(::call)> {     \
    const auto res = ::call;                   \
    if (res == -1) return sys::failure(errno); \
    return res;                                \
  }()
// #endregion macro

// The same macro after a log line was added, in the natural place.
#define SYSCALL_LOGGED(call)                   \
  [&]() -> sys::Result<decltype(::call)> {     \
    const auto res = ::call;                   \
    write_log(#call);                          \
    if (res == -1) return sys::failure(errno); \
    return res;                                \
  }()

// TEXT(x) is what x expands to, as text: the arguments are expanded on the way to TEXT_OF.
#define TEXT_OF(...) #__VA_ARGS__
#define TEXT(...) TEXT_OF(__VA_ARGS__)

// A log whose file cannot be opened: this call fails, too, and errno is its own from then on.
void write_log(std::string_view) {
  (void)::open("/there/is/no/such/log", O_WRONLY | O_CLOEXEC);
}

// The same log for sys::call, as an observer.
class Logged : public sys::Observer {
 public:
  int before(std::string_view) noexcept override { return 0; }
  void after(std::string_view name, int) noexcept override { write_log(name); }
};

template <class T>
std::string tell(const sys::Result<T>& result) {
  return result ? "value " + std::to_string(*result) : "error \"" + result.error().message() + '"';
}

// Preprocessed text is one long line: breaks it where a reader would.
std::string broken_up(std::string_view text) {
  std::string lines = "    ";
  for (std::size_t i = 0; i < text.size(); ++i) {
    lines += text[i];
    if (text[i] != ';' && text[i] != '{') continue;
    if (i + 1 < text.size() && text[i + 1] == ' ') ++i;
    lines += text.substr(i + 1).starts_with('}') ? "\n    " : "\n      ";
  }
  return lines;
}

template <auto Function, class... Args>
concept Compiles = requires(Args... args) { sys::call<Function>(args...); };
template <auto Function, class... Args>
concept CompilesRepeated = requires(Args... args) { sys::call_uninterrupted<Function>(args...); };
// The macro's comparison, for a function that returns a pointer.
template <class Pointer>
concept ComparesWithMinusOne = requires(Pointer pointer) { pointer == -1; };

constexpr std::string_view yes_or_no(bool yes) {
  return yes ? "yes" : "no";
}

void show_expansion() {
  std::cout << "SYSCALL(epoll_wait(epoll_fd, events, 1024, 1000)) expands to\n"
            << broken_up(TEXT(SYSCALL(epoll_wait(epoll_fd, events, 1024, 1000)))) << "\n\n"
            << "The template is called with the function as its argument:\n"
            << "    sys::call<::epoll_wait>(epoll_fd, events, 1024, 1000)\n\n"
            << "Both turn -1 into the reason:\n"
            << "    SYSCALL(close(-1))       " << tell(SYSCALL(close(-1))) << '\n'
            << "    sys::call<::close>(-1)   " << tell(sys::call<::close>(-1)) << "\n\n";
}

void show_counting() {
  sys::CallCounter counter;
  sys::FailNth second(2, ENOSPC);
  std::cout << "1. Count the calls, or make one fail\n";
  {
    sys::ScopedObserver watching(counter);
    (void)SYSCALL(getppid());
    (void)sys::call<::getppid>();
  }
  sys::ScopedObserver watching(second);
  std::cout << "    of one call through each, an observer saw: " << counter.summary() << '\n'
            << "    told to fail the second call:  first " << tell(sys::call<::getpagesize>())
            << ", second " << tell(sys::call<::getpagesize>()) << "\n\n";
}

void show_errno_order() {
  Logged logged;
  sys::ScopedObserver watching(logged);
  std::cout << "2. Read errno before anything else can change it\n"
            << "    close(-1), and a log that fails in between:\n"
            << "    the macro with a log line   " << tell(SYSCALL_LOGGED(close(-1))) << '\n'
            << "    sys::call with an observer  " << tell(sys::call<::close>(-1)) << "\n\n";
}

void show_other_functions() {
  pid_t child = 0;
  std::string name = "nobody";
  const std::array<char*, 2> arguments{name.data(), nullptr};
  const posix_spawn_file_actions_t* const no_actions = nullptr;
  const posix_spawnattr_t* const no_attributes = nullptr;
  constexpr const char* path = "/there/is/no/such/program";
  std::cout << "3. Know functions that report their errors in another way\n"
            << "    posix_spawn of a program that does not exist returns the error number:\n"
            << "    the macro             "
            << tell(SYSCALL(
                   posix_spawn(&child, path, no_actions, no_attributes, arguments.data(), environ)))
            << ", taken for success\n"
            << "    sys::call compiles?   "
            << yes_or_no(Compiles<::posix_spawn, pid_t*, const char*, decltype(no_actions),
                                  decltype(no_attributes), char* const*, char**>)
            << '\n'
            << "    sys::call_status      "
            << (sys::call_status<::posix_spawn>(&child, path, no_actions, no_attributes,
                                                arguments.data(), environ)
                    .error()
                    .message())
            << '\n'
            << "    mmap returns a pointer: does `pointer == -1` compile? "
            << yes_or_no(ComparesWithMinusOne<void*>) << "; sys::call_mapping is its door\n\n";
}

void show_hygiene() {
  std::cout << "4. Keep its names to itself\n"
            << "    SYSCALL(close(res)) with a `res` of your own expands to\n"
            << broken_up(TEXT(SYSCALL(close(res)))) << '\n'
            << "    which closes the new `res`, not yours.\n\n";
}

void show_refusal() {
  std::cout << "5. Refuse what must not be done\n"
            << "    repeating read after a signal compiles?   "
            << yes_or_no(CompilesRepeated<::read, int, void*, std::size_t>) << '\n'
            << "    repeating close after a signal compiles?  "
            << yes_or_no(CompilesRepeated<::close, int>)
            << ", because it could close another file\n";
}

}  // namespace

int main() {
  show_expansion();
  show_counting();
  show_errno_order();
  show_other_functions();
  show_hygiene();
  show_refusal();
}
