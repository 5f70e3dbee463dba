// What can be awaited: tasks, and operations of all kinds. For functions that accept either.
//
//   auto both = co_await async::when_all(stream.read(buffer), ask(server));
//   int number = async::block_on(receiver.receive()).value_or(0);
#pragma once

#include <concepts>
#include <coroutine>
#include <type_traits>
#include <utility>

#include "async/core/task.hpp"

namespace async {

// A Task, an Operation, or what this_task() returns.
template <class A>
concept Awaitable = std::is_object_v<A> && std::move_constructible<A> &&
                    requires(A& awaiter) { awaiter.await_resume(); };

// The type of `co_await` on an A.
template <Awaitable A>
using AwaitResult = decltype(std::declval<A&>().await_resume());

// Turns any awaitable into a Task. An operation must not have begun.
template <class T>
[[nodiscard]] Task<T> as_task(Task<T> task) noexcept {
  return task;
}
template <Awaitable A>
[[nodiscard]] Task<AwaitResult<A>> as_task(A awaiter) {
  co_return co_await std::move(awaiter);
}

}  // namespace async
