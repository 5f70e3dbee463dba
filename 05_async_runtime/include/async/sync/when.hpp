// Several tasks at once.
//
//   auto both = co_await async::when_all(fetch(a), fetch(b));
//   use(std::get<0>(both), std::get<1>(both));
//
//   std::vector<async::Task<Reply>> questions = ask_everyone();
//   async::AnyOf<Reply> first = co_await async::when_any(std::move(questions));
//   use(first.index, first.value());
//
//   auto next = co_await async::select(receiver.receive(), every_second.next());
//   if (next.index == 0) use(std::get<0>(next.results));   // each may have its own result type
//
// These functions take tasks or any other awaitables. They run concurrently, each in its own
// TaskContext, and all are over when the `co_await` is. If the waiting task is asked to stop, so
// are they.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "async/core/awaitable.hpp"
#include "async/core/spawn.hpp"
#include "async/core/task.hpp"
#include "async/sync/task_group.hpp"

namespace async {

// What a Task<T> contributes: its T, or Void.
template <class T>
using ValueOf = typename Outcome<T>::Value;

// What all of them returned, and which ended first. The others were asked to stop, but may have
// completed in the same turn, so nothing that they have read or received is lost.
template <class Results>
class FirstOf {
 public:
  FirstOf(std::size_t first, Results all) noexcept : index(first), results(std::move(all)) {}
  // For results of one type. A reference; for bool, the proxy that vector<bool> uses instead.
  [[nodiscard]] decltype(auto) value() noexcept { return results[index]; }

  std::size_t index;  // which of them ended first
  Results results;    // in the order in which they were given
};
template <class T>
using AnyOf = FirstOf<std::vector<ValueOf<T>>>;
template <class... T>
using Selected = FirstOf<std::tuple<ValueOf<T>...>>;

namespace detail {

// The tasks of a group, of one type or of several. All are created before the first is started, so
// nothing throws while only some of them are started.
template <class T>
using Children = std::vector<std::shared_ptr<Spawned<T>>>;
template <class... T>
using MixedChildren = std::tuple<std::shared_ptr<Spawned<T>>...>;

template <class T>
Children<T> start_all(TaskGroup& group, std::vector<Task<T>>& tasks) {
  Children<T> children;
  children.reserve(tasks.size());
  for (Task<T>& task : tasks) children.push_back(make_spawned(std::move(task)));
  for (const auto& child : children) group.start(child);
  return children;
}
template <class... T>
MixedChildren<T...> start_all(TaskGroup& group, Task<T>... tasks) {
  MixedChildren<T...> children(make_spawned(std::move(tasks))...);
  std::apply([&](const auto&... child) { (group.start(child), ...); }, children);
  return children;
}

template <class T>
std::vector<ValueOf<T>> take_all(const Children<T>& children) {
  std::vector<ValueOf<T>> values;
  values.reserve(children.size());
  for (const auto& child : children)
    values.push_back(child->outcome().template take_as<ValueOf<T>>());
  return values;
}
template <class... T>
std::tuple<ValueOf<T>...> take_all(const MixedChildren<T...>& children) {
  const auto take = [](const auto&... child) {
    return std::tuple<ValueOf<T>...>(child->outcome().template take_as<ValueOf<T>>()...);
  };
  return std::apply(take, children);
}

}  // namespace detail

// The results, in the order of the tasks. If a task throws, the others are asked to stop, and the
// first exception is thrown once all are over. A Result with an error is a result like any other.
template <class T>
Task<std::vector<ValueOf<T>>> when_all(std::vector<Task<T>> tasks) {
  TaskGroup group(CancelRest::after_exception);
  const detail::Children<T> children = detail::start_all(group, tasks);
  (void)co_await group.join();
  co_return detail::take_all<T>(children);
}

// The same for tasks, and other awaitables, of different types.
template <Awaitable... A>
Task<std::tuple<ValueOf<AwaitResult<A>>...>> when_all(A... awaitables) {
  TaskGroup group(CancelRest::after_exception);
  const auto children = detail::start_all(group, as_task(std::move(awaitables))...);
  (void)co_await group.join();
  co_return detail::take_all<AwaitResult<A>...>(children);
}

// When the first task is over, the others are asked to stop. Waits for all. If a task throws, first
// or not, the first exception is thrown. Throws std::invalid_argument if there is no task.
template <class T>
Task<AnyOf<T>> when_any(std::vector<Task<T>> tasks) {
  if (tasks.empty()) throw std::invalid_argument("when_any of no operations");
  // #region 5.12 when_any
  TaskGroup group(CancelRest::after_first);
  const detail::Children<T> children = detail::start_all(group, tasks);
  (void)co_await group.join();
  // Tasks that are started in succession have consecutive numbers.
  const std::size_t first = group.first_to_end()->id() - children.front()->id();
  co_return AnyOf<T>(first, detail::take_all<T>(children));
  // #endregion 5.12
}

// The same for two or more tasks, or other awaitables, whose results are of one type.
template <Awaitable A, Awaitable... More>
  requires(sizeof...(More) > 0 && (std::is_same_v<AwaitResult<A>, AwaitResult<More>> && ...))
auto when_any(A first, More... more) {
  std::vector<Task<AwaitResult<A>>> tasks;
  tasks.reserve(1 + sizeof...(more));
  tasks.push_back(as_task(std::move(first)));
  (tasks.push_back(as_task(std::move(more))), ...);
  return when_any(std::move(tasks));
}

// The same for results of different types.
template <Awaitable... A>
  requires(sizeof...(A) > 0)
Task<Selected<AwaitResult<A>...>> select(A... awaitables) {
  TaskGroup group(CancelRest::after_first);
  const auto children = detail::start_all(group, as_task(std::move(awaitables))...);
  (void)co_await group.join();
  const std::size_t first = group.first_to_end()->id() - std::get<0>(children)->id();
  co_return Selected<AwaitResult<A>...>(first, detail::take_all<AwaitResult<A>...>(children));
}

}  // namespace async
