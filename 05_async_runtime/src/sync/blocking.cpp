#include "async/sync/blocking.hpp"

#include <csignal>

#include "syscall/call.hpp"

namespace async {
namespace {

constinit thread_local const ThreadPool* pool_of_this_thread = nullptr;

}  // namespace

void ThreadPool::submit(Job job) {
  const std::scoped_lock lock(mutex_);
  jobs_.push_back(std::move(job));
  // #region blocking.submit
  const bool may_grow = threads_.size() < most_ || pool_of_this_thread == this;
  if (jobs_.size() > idle_ && may_grow) add_thread();
  // #endregion blocking.submit
  news_.notify_one();
}

void ThreadPool::add_thread() {
  // A thread inherits the signal mask of the thread that creates it. No thread of the pool may take
  // a signal: the signalfd, or the handler, that waits for the signal elsewhere would miss it
  // [signal(7)].
  sigset_t all, before;
  ::sigfillset(&all);
  const sigset_t* const blocked = &all;
  const sigset_t* const as_it_was = &before;
  (void)sys::call_status<::pthread_sigmask>(SIG_SETMASK, blocked, &before);
  try {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  } catch (...) {
    // The thread cannot be created, or there is no memory for it. If a thread exists, it will do
    // the job; otherwise the job would never be done.
    (void)sys::call_status<::pthread_sigmask>(SIG_SETMASK, as_it_was, nullptr);
    if (!threads_.empty()) return;
    jobs_.pop_back();
    throw;
  }
  (void)sys::call_status<::pthread_sigmask>(SIG_SETMASK, as_it_was, nullptr);
}

void ThreadPool::work(const std::stop_token& stop) {
  pool_of_this_thread = this;
  // #region blocking.work
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    news_.wait(lock, stop, [this] { return !jobs_.empty(); });
    --idle_;
    if (stop.stop_requested()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;  // its captures are destroyed before the lock is taken again
    lock.lock();
  }
  // #endregion blocking.work
}

// Neither pool is ever destroyed: that would wait for its threads. In a child after fork(2) there
// are none, and in the process itself one may be blocked in a read that nothing ends.
ThreadPool& ThreadPool::shared() {
  static ThreadPool& pool = *new ThreadPool(4);
  return pool;
}

ThreadPool& ThreadPool::for_names() {
  static ThreadPool& pool = *new ThreadPool(4);
  return pool;
}

}  // namespace async
