// Whether a task was asked to stop, for the task itself and for code that uses std::stop_token.
#pragma once

#include <cstdint>
#include <stop_token>

namespace async {

class StopState {
 public:
  [[nodiscard]] bool is_requested() const noexcept { return requested_; }
  // A second request changes nothing. The callbacks of the token run inside this call.
  void request() {
    // #region stop_state.request
    requested_ = true;
    source_.request_stop();
    // #endregion stop_state.request
  }
  // Allocates memory on the first call.
  [[nodiscard]] std::stop_token token() {
    if (!source_.stop_possible()) {
      source_ = std::stop_source();
      if (requested_) source_.request_stop();
    }
    return source_.get_token();
  }
  // Counts one more wait that ended as cancelled. False from the 10,000th on: a task that loops
  // around waits without checking their results would spin for ever.
  [[nodiscard]] bool count_cancelled_wait() noexcept {
    constexpr std::uint32_t kMost = 10'000;
    if (cancelled_waits_ + 1 == kMost) return false;
    ++cancelled_waits_;
    return true;
  }

 private:
  std::stop_source source_{std::nostopstate};  // made on the first call of `token`
  std::uint32_t cancelled_waits_ = 0;
  bool requested_ = false;
};

}  // namespace async
