// One call on a descriptor, as an awaitable operation.
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

#include "async/core/context.hpp"
#include "async/core/error.hpp"
#include "async/core/operation.hpp"
#include "async/io/io_source.hpp"
#include "syscall/todo.hpp"

namespace async {

// `Call` is a function object that returns a Result<T>; an error for which sys::would_block is true
// means "not yet". Errors: those of the call; Errc::already_waiting if another task waits in this
// direction; EBADF if the source is closed, now or while the operation waits, or is destroyed
// meanwhile; those of IoSource::watch.
template <class Call, class T = typename std::invoke_result_t<Call&>::value_type>
class [[nodiscard]] IoOperation : public Operation<T> {
 public:
  IoOperation(IoSource& source, Direction direction, Call call)
      : source_(source), direction_(direction), call_(std::move(call)) {}

 protected:
  bool attempt() override {
    // #region 5.5 attempt
    if (this->is_evicted() || source_.is_closed()) {
      result_ = sys::failure(std::errc::bad_file_descriptor);
    } else if (source_.waiting(direction_).is_taken_by_other_than(*this)) {
      result_ = sys::failure(Errc::already_waiting);
    } else {
      result_ = call();
    }
    return result_ || !sys::would_block(result_.error());
    // #endregion 5.5
  }
  bool park() override {
    const auto watched = source_.watch(this->context().scheduler());
    if (!watched) return this->refuse(watched.error());
    return defer();
  }
  bool defer() override {
    return source_.waiting(direction_).take(*this) || this->refuse(Errc::already_waiting);
  }

  using Operation<T>::result_;

 private:
  // Charges the bytes that the call moves to the task.
  sys::Result<T> call() {
    auto result = call_();
    this->context().budget().charge(source_.take_transferred());
    return result;
  }

  IoSource& source_;  // may be gone once this operation was evicted
  Direction direction_;
  Call call_;
};

// The same for a call that is worth making only when the source is ready.
template <class Call>
[[nodiscard]] auto io_operation(IoSource& source, Direction direction, Call call) {
  auto if_ready = [&source, direction, call = std::move(call)]() mutable {
    return source.try_io(direction, call);
  };
  return IoOperation<decltype(if_ready)>(source, direction, std::move(if_ready));
}

}  // namespace async
