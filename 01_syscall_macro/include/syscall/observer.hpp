// An observer sees the system calls of a thread, and may make them fail.
//
// Every system call of this workbook goes through sys::call, and so one pointer per thread is
// enough to see them all. Two kinds of test come from it that need no clock and no luck:
//
//   cost tests     sys::CallCounter calls;
//                  {
//                    sys::ScopedObserver watching(calls);
//                    answer_one_request();
//                  }
//                  EXPECT_EQ(calls.of("recv"), 1);
//
//   fault sweeps   sys::FailNth third(3, EMFILE);       // the third call of any kind fails
//                  sys::ScopedObserver watching(third);
//                  accept_clients();                    // and nothing may crash, hang or leak
//
// There is none by default. That costs a call one comparison of a thread-local pointer with null.
//
// A signal handler runs in the thread that it interrupts, so the calls that it makes are watched,
// too; and CallCounter allocates, which no handler may do. A test whose handler goes through
// sys::call watches with an observer that only sets flags.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "syscall/todo.hpp"

namespace sys {

class Observer {
 public:
  virtual ~Observer() = default;

  // Before the call named `name` is made. 0 lets it go ahead; any other value is an errno: the call
  // is then not made at all, and fails with it. (So a close that "fails" has closed nothing.)
  virtual int before(std::string_view name) noexcept = 0;

  // The same before a call that moves up to `size` bytes from or to `fd`: read, recv, sendmsg and their
  // kin. A smaller `size`, though not 0, makes the transfer short, as the kernel may.
  virtual int before_transfer(std::string_view name, [[maybe_unused]] int fd,
                              [[maybe_unused]] std::size_t& size) noexcept {
    return before(name);
  }

  // After the call, made or not; `error` is its errno, or 0. It may not throw, but it may well make
  // system calls of its own and change errno: the call's error has been put in safety before.
  virtual void after(std::string_view name, int error) noexcept = 0;
};

namespace detail {
// The innermost observer of this thread; null for none. Constant initialisation means that reading
// it needs no guard.
inline constinit thread_local Observer* observer = nullptr;
}  // namespace detail

// Makes `observer` watch this thread's calls, from here to the end of the scope. Scopes nest: the
// inner one alone is asked, and the outer one is back when it ends. Not owned; must outlive the
// scope.
class ScopedObserver {
 public:
  explicit ScopedObserver(Observer& observer) noexcept : outer_(detail::observer) {
    // #region 1.4 install_observer
    detail::observer = &observer;
    // #endregion 1.4
  }
  ~ScopedObserver() { detail::observer = outer_; }

  // A copy would put the outer observer back twice, the second time perhaps after its end.
  ScopedObserver(const ScopedObserver&) = delete;
  ScopedObserver& operator=(const ScopedObserver&) = delete;

 private:
  Observer* outer_;  // the observer before it; may be null
};

// Counts calls by name. Lets every call pass.
class CallCounter : public Observer {
 public:
  int before(std::string_view) noexcept override { return 0; }
  void after(std::string_view name, int error) noexcept override;

  [[nodiscard]] std::size_t of(std::string_view name) const;         // calls of this function
  [[nodiscard]] std::size_t failed_of(std::string_view name) const;  // ... that gave an error
  [[nodiscard]] std::size_t total() const noexcept { return total_; }
  [[nodiscard]] std::string summary() const;  // "epoll_wait 3, read 2": by name, for messages
  void reset() noexcept;

  struct Count {
    std::size_t made = 0;    // made to fail by an observer included
    std::size_t failed = 0;  // how many of them gave an error
  };
  using Counts = std::map<std::string, Count, std::less<>>;
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

 private:
  Counts counts_;
  std::size_t total_ = 0;
};

// Fails one call: the n-th (from 1) of all functions, or of the one that is named. All others pass.
class FailNth : public Observer {
 public:
  FailNth(std::size_t n, int error_number, std::string_view only = {})
      : n_(n), error_number_(error_number), only_(only) {}

  int before(std::string_view name) noexcept override;
  void after(std::string_view, int) noexcept override {}

  // How many calls were counted so far. A sweep is over when a run ends with seen() < n.
  [[nodiscard]] std::size_t seen() const noexcept { return seen_; }
  [[nodiscard]] bool has_failed() const noexcept { return seen_ >= n_; }

 private:
  std::size_t n_;
  int error_number_;
  std::string only_;  // empty: all functions count
  std::size_t seen_ = 0;
};

}  // namespace sys
