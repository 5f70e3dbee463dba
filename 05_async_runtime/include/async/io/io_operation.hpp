// One call on a descriptor, as something to await.
//
//   auto UdpSocket::receive(std::span<std::byte> buffer) {
//     return io_operation(source_, Direction::read, [this, buffer] {
//       return socket_.receive(buffer);                    // would_block: it is tried again later
//     });
//   }
//
// The call is made in the task's own turn and nowhere else. An operation that is cancelled or
// destroyed has therefore read nothing, accepted no client, and taken no message.
#pragma once

#include <type_traits>
#include <utility>

#include "async/core/error.hpp"
#include "async/core/operation.hpp"
#include "async/io/io_source.hpp"
#include "syscall/todo.hpp"

namespace async {

// `Call` is a function object that returns a Result<T>; an error for which sys::would_block is true
// means "not yet". Where the source is known not to be ready, it says so without asking the kernel.
// Errors: those of the call; Errc::already_waiting if another task waits in this
// direction; EBADF if the source is closed meanwhile; those of IoSource::park.
template <class Call, class T = typename std::invoke_result_t<Call&>::value_type>
class [[nodiscard]] IoOperation : public Operation<T, IoWaiter> {
 public:
  IoOperation(IoSource& source, Direction direction, Call call)
      : Operation<T, IoWaiter>(&source, direction), call_(std::move(call)) {}

  [[nodiscard]] sys::Result<T> await_resume() {
    if (source_ != nullptr) this->context().charge(source_->take_transferred());
    this->hold_.release();  // even if the operation has a name, and lives on
    return Operation<T, IoWaiter>::await_resume();
  }

 protected:
  bool attempt() override {
    // #region 5.5 attempt
    if (source_ == nullptr || source_->is_closed()) {
      result_ = sys::failure(std::errc::bad_file_descriptor);
      return true;
    }
    if (source_->is_taken(direction_, *this)) {
      result_ = sys::failure(Errc::already_waiting);
      return true;
    }
    result_ = call_();
    if (result_ || !sys::would_block(result_.error())) return true;
    source_->clear_readiness(direction_);
    return false;
    // #endregion 5.5
  }

  using Operation<T, IoWaiter>::result_;

 private:
  using IoWaiter::direction_;
  using IoWaiter::source_;
  Call call_;
};

// The same for a call that is worth making only when the source is ready.
template <class Call>
[[nodiscard]] auto io_operation(IoSource& source, Direction direction, Call call) {
  auto if_ready = [&source, direction, call = std::move(call)]() mutable {
    using Result = std::invoke_result_t<Call&>;
    return source.is_ready(direction) ? call() : Result(sys::failure(EAGAIN));
  };
  return IoOperation<decltype(if_ready)>(source, direction, std::move(if_ready));
}

}  // namespace async
