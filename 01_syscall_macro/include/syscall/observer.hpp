// An observer sees the system calls of a thread, and may make them fail.
//
// Every system call of this workbook goes through sys::call, so one pointer per thread is enough to
// observe them all. This makes two kinds of test possible that depend on neither timing nor luck:
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
// By default there is no observer, and a call then costs one comparison of a thread-local pointer
// with null.
//
// A signal handler runs in the thread that it interrupts, so the calls that the handler makes are
// observed, too. CallCounter allocates memory, which a handler must not do: a test whose handler
// goes through sys::call needs an observer that only sets flags.
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

  // Called before the call named `name` is made. 0 lets the call proceed; any other value is an
  // errno: the call is then not made, and fails with that errno. (So a close that "fails" has
  // closed nothing.)
  virtual int before(std::string_view name) noexcept = 0;

  // Called instead of `before` for a call that transfers up to `size` bytes from or to `fd`: read,
  // recv, sendmsg and similar ones; of a message of several pieces `size` is the sum. Setting it to
  // a smaller value, but not 0, makes the transfer short, which the kernel may do at any time. An
  // observer that does not override this is asked by `before`.
  virtual int before_transfer(std::string_view name, [[maybe_unused]] int fd,
                              [[maybe_unused]] std::size_t& size) noexcept {
    return before(name);
  }

  // Called after the call, whether it was made or not; `error` is its errno, or 0. It must not
  // throw, but may itself make system calls and change errno: the error of the call has been saved
  // before.
  virtual void after(std::string_view name, int error) noexcept = 0;
};

namespace detail {
// The innermost observer of this thread; null if there is none. Constant initialisation means that
// reading it needs no guard.
inline constinit thread_local Observer* observer = nullptr;
}  // namespace detail

// Makes `observer` observe this thread's calls until the end of the scope. Scopes nest: only the
// innermost observer is called, and the outer one is restored when the inner scope ends. The
// observer is not owned, and must outlive the scope.
class ScopedObserver {
 public:
  explicit ScopedObserver(Observer& observer) noexcept : outer_(detail::observer) {
    // #region 1.4 install_observer
    detail::observer = &observer;
    // #endregion 1.4
  }
  ~ScopedObserver() { detail::observer = outer_; }

  // A copy would restore the outer observer twice, the second time perhaps after its lifetime.
  ScopedObserver(const ScopedObserver&) = delete;
  ScopedObserver& operator=(const ScopedObserver&) = delete;

 private:
  Observer* outer_;  // the observer to restore; may be null
};

// Counts calls by name, and lets every call proceed.
class CallCounter : public Observer {
 public:
  int before(std::string_view) noexcept override { return 0; }
  void after(std::string_view name, int error) noexcept override;

  [[nodiscard]] std::size_t of(std::string_view name) const;         // calls of this function
  [[nodiscard]] std::size_t failed_of(std::string_view name) const;  // ... that failed
  [[nodiscard]] std::size_t total() const noexcept { return total_; }
  [[nodiscard]] std::string summary() const;  // "epoll_wait 3, read 2": by name, for messages
  void reset() noexcept;

  struct Count {
    std::size_t made = 0;    // including those that an observer made fail
    std::size_t failed = 0;  // how many of them failed
  };
  using Counts = std::map<std::string, Count, std::less<>>;
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

 private:
  Counts counts_;
  std::size_t total_ = 0;
};

// Fails one call: the n-th (from 1) of all calls, or of the calls to the function that is named.
// All others proceed.
class FailNth : public Observer {
 public:
  FailNth(std::size_t n, int error_number, std::string_view only = {})
      : n_(n), error_number_(error_number), only_(only) {}

  int before(std::string_view name) noexcept override;
  void after(std::string_view, int) noexcept override {}

  // How many calls were counted so far. A fault sweep is complete when a run ends with seen() < n.
  [[nodiscard]] std::size_t seen() const noexcept { return seen_; }
  [[nodiscard]] bool has_failed() const noexcept { return seen_ >= n_; }

 private:
  std::size_t n_;
  int error_number_;
  std::string only_;  // empty: all functions count
  std::size_t seen_ = 0;
};

}  // namespace sys
