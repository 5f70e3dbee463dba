#include "uring/runtime.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "syscall/result.hpp"

namespace uring {
namespace {

constexpr unsigned kEntries = 4096;

// What liburing returns: a count, or an error number below 0.
sys::Result<> checked(int result) {
  if (result < 0) return sys::failure(-result);
  return {};
}

__kernel_timespec as_timespec(std::chrono::nanoseconds time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return {.tv_sec = seconds.count(), .tv_nsec = (time - seconds).count()};
}

}  // namespace

Buffer::~Buffer() {
  if (runtime_ != nullptr) runtime_->give_back(number_);
}

std::span<std::byte> Buffer::bytes() const noexcept {
  if (runtime_ == nullptr) return {};
  return {runtime_->memory_of(number_), size_};
}

// Ends a wait when another thread has posted.
class Runtime::WakeUp final : public Request {
 public:
  explicit WakeUp(epoll::Waker& waker) : waker_(waker) {}

 private:
  void prepare(io_uring_sqe& entry) override {
    ::io_uring_prep_poll_multishot(&entry, waker_.fd(), POLLIN);
  }
  void on_completion(int, unsigned) override { waker_.drain(); }
  epoll::Waker& waker_;
};

sys::Result<std::unique_ptr<Runtime>> Runtime::create() {
  auto waker = epoll::Waker::create();
  SYS_TRY(waker);
  std::unique_ptr<Runtime> runtime(new Runtime(std::move(*waker)));
  SYS_TRY(runtime->set_up_ring());
  SYS_TRY(runtime->set_up_store());
  runtime->submit(*runtime->wake_up_, runtime->wake_up_);
  return runtime;
}

Runtime::Runtime(epoll::Waker waker)
    : Scheduler(own_timers_),
      waker_(std::move(waker)),
      memory_(kBuffers * kBufferSize),
      wake_up_(std::make_shared<WakeUp>(waker_)) {
  ring_.ring_fd = -1;
}

sys::Result<> Runtime::set_up_ring() {
  // Completions are made while this thread waits, and at no other time: its code is not interrupted for
  // them.
  return checked(::io_uring_queue_init(kEntries, &ring_,
                                       IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN));
}

sys::Result<> Runtime::set_up_store() {
  store_.reset(
      static_cast<io_uring_buf_ring*>(std::aligned_alloc(4096, kBuffers * sizeof(io_uring_buf))));
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(store_.get());
  registration.ring_entries = kBuffers;
  registration.bgid = kBufferGroup;
  SYS_TRY(checked(::io_uring_register_buf_ring(&ring_, &registration, 0)));
  ::io_uring_buf_ring_init(store_.get());
  for (std::uint16_t i = 0; i < kBuffers; ++i) give_back(i);
  return {};
}

Runtime::~Runtime() {
  const Closing closing(*this);  // tasks are destroyed, and their sockets closed with them
  if (ring_.ring_fd < 0) return;
  ::io_uring_prep_cancel64(&next_entry(), 0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
  while (Request* const starving = starving_.pop_front()) dispatch(*starving, -ECANCELED, 0);
  while (pending_ != 0) {
    (void)submit_and_wait(std::nullopt);
    dispatch_completions();
  }
  ::io_uring_queue_exit(&ring_);
}

io_uring_sqe& Runtime::next_entry() {
  io_uring_sqe* entry = ::io_uring_get_sqe(&ring_);
  while (entry == nullptr) {  // the ring is full
    ::io_uring_submit(&ring_);
    entry = ::io_uring_get_sqe(&ring_);
  }
  entry->user_data = 0;  // no request
  return *entry;
}

void Runtime::hand_in(Request& request) {
  io_uring_sqe& entry = next_entry();
  request.prepare(entry);
  ::io_uring_sqe_set_data(&entry, &request);
}

void Runtime::submit(Request& request, std::shared_ptr<void> owner) {
  request.owner_ = std::move(owner);
  ++pending_;
  hand_in(request);
}

void Runtime::cancel(Request& request) {
  if (!request.is_pending()) return;
  if (request.is_linked()) {
    request.unlink();
    dispatch(request, -ECANCELED, 0);
  } else {
    ::io_uring_prep_cancel(&next_entry(), &request, 0);
  }
}

sys::Result<> Runtime::submit_and_wait(std::optional<std::chrono::nanoseconds> limit) {
  int result = 0;
  if (!limit) {
    result = ::io_uring_submit_and_wait(&ring_, 1);
  } else if (limit->count() <= 0) {
    result = ::io_uring_submit_and_get_events(&ring_);
  } else {
    __kernel_timespec time = as_timespec(*limit);
    io_uring_cqe* first = nullptr;
    result = ::io_uring_submit_and_wait_timeout(&ring_, &first, 1, &time, nullptr);
  }
  if (result == -ETIME || result == -EINTR) return {};
  return checked(result);
}

sys::Result<> Runtime::wait(std::optional<std::chrono::nanoseconds> limit) {
  if (const auto due = timers().next()) {
    const std::chrono::nanoseconds until = *due - async::Clock::now();
    limit = limit ? std::min(*limit, until) : until;
  }
  SYS_TRY(submit_and_wait(limit));
  now_ = async::Clock::now();
  dispatch_completions();
  timers().fire(now_);
  run_posted();
  return {};
}

void Runtime::dispatch_completions() {
  io_uring_cqe* found = nullptr;
  while (::io_uring_peek_cqe(&ring_, &found) == 0) {
    const io_uring_cqe completion = *found;
    ::io_uring_cqe_seen(&ring_, found);
    auto* const request = static_cast<Request*>(::io_uring_cqe_get_data(&completion));
    if (request == nullptr) continue;  // of a cancellation
    ++counters_.events;
    dispatch(*request, completion.res, completion.flags);
  }
}

void Runtime::dispatch(Request& request, int result, unsigned flags) {
  if (result == -ENOBUFS) {  // all are lent, or were a moment ago
    if (free_buffers_ != 0) return hand_in(request);
    return starving_.push_back(request);
  }
  std::shared_ptr<void> owner = request.owner_;
  if ((flags & IORING_CQE_F_MORE) == 0) {
    request.owner_ = nullptr;
    --pending_;
  }
  request.on_completion(result, flags);
  if (async::Waiter* const waiter = request.waiting_.waiter()) {
    ++counters_.woken;
    waiter->wake();
  }
}

Buffer Runtime::taken(int size, unsigned flags) noexcept {
  if ((flags & IORING_CQE_F_BUFFER) == 0) return {};
  --free_buffers_;
  return {*this, static_cast<std::uint16_t>(flags >> IORING_CQE_BUFFER_SHIFT),
          static_cast<std::size_t>(size)};
}

void Runtime::give_back(std::uint16_t buffer) noexcept {
  ::io_uring_buf_ring_add(store_.get(), memory_of(buffer), kBufferSize, buffer,
                          ::io_uring_buf_ring_mask(kBuffers), 0);
  ::io_uring_buf_ring_advance(store_.get(), 1);
  ++free_buffers_;
  if (Request* const starving = starving_.pop_front()) hand_in(*starving);
}

void Runtime::post(event_loop::Callback&& callback) {
  {
    const std::scoped_lock lock(mutex_);
    posted_.push_back(std::move(callback));
  }
  wake();
}

void Runtime::run_posted() {
  std::vector<event_loop::Callback> ready;
  {
    const std::scoped_lock lock(mutex_);
    ready.swap(posted_);
  }
  for (auto& callback : ready) callback();
}

}  // namespace uring
