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
//   if (next.index == 0) use(std::get<0>(next.results));   // each may have a result of its own kind
//
// Tasks or any other awaitables. They run side by side, each in its own TaskContext, and all are over when the `co_await` is. If the
// waiting task is asked to stop, so are they.
#pragma once

#include <cstddef>
#include <memory>
#include <source_location>
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

// What all of them returned, and which was first. The others were asked to stop, but may have been
// done in the same turn: so nothing that they have read or received is lost.
template <class T>
class AnyOf {
 public:
  AnyOf(std::size_t first, std::vector<ValueOf<T>> all) noexcept
      : index(first), results(std::move(all)) {}
  // A reference; for a bool, what a vector<bool> has in its place.
  [[nodiscard]] typename std::vector<ValueOf<T>>::reference value() noexcept {
    return results[index];
  }

  std::size_t index;                // the task that ended first
  std::vector<ValueOf<T>> results;  // in the order in which the tasks were given
};

// The same for results of different types.
template <class... T>
class Selected {
 public:
  Selected(std::size_t first, std::tuple<ValueOf<T>...> all) noexcept
      : index(first), results(std::move(all)) {}

  std::size_t index;                  // which of them ended first
  std::tuple<ValueOf<T>...> results;  // in the order in which they were given
};

namespace detail {

template <class T>
using Children = std::vector<std::shared_ptr<Spawned<T>>>;

template <class T>
Children<T> start_all(TaskGroup& group, std::vector<Task<T>>& tasks) {
  Children<T> children;
  children.reserve(tasks.size());
  for (Task<T>& task : tasks)
    children.push_back(make_spawned(std::move(task), std::source_location::current()));
  // Only now, so that nothing throws with only some of them started.
  for (const auto& child : children) group.start(child);
  return children;
}

// Several of different types.
template <class... T>
class Mixed {
 public:
  explicit Mixed(Task<T>... tasks)
      : children_(make_spawned(std::move(tasks), std::source_location::current())...) {}
  // Nothing throws with only some of them started.
  void start(TaskGroup& group) {
    std::apply([&group](const auto&... child) { (group.start(child), ...); }, children_);
  }
  [[nodiscard]] std::size_t index_of(const TaskContext* wanted) const {
    std::size_t index = 0;
    const auto passes = [&](const TaskContext* child) { return child != wanted && ++index != 0; };
    std::apply([&](const auto&... child) { return (passes(child.get()) && ...); }, children_);
    return index;
  }
  [[nodiscard]] std::tuple<ValueOf<T>...> take() const {
    const auto take_all = [](const auto&... child) {
      return std::tuple<ValueOf<T>...>(child->outcome().template take_as<ValueOf<T>>()...);
    };
    return std::apply(take_all, children_);
  }

 private:
  std::tuple<std::shared_ptr<Spawned<T>>...> children_;
};

template <class T>
std::vector<ValueOf<T>> take_all(const Children<T>& children) {
  std::vector<ValueOf<T>> values;
  values.reserve(children.size());
  for (const auto& child : children)
    values.push_back(child->outcome().template take_as<ValueOf<T>>());
  return values;
}

}  // namespace detail

// The results, in the order of the tasks. If one throws, the others are asked to stop, and the first
// exception is thrown once all are over. A Result with an error is a result like any other.
template <class T>
Task<std::vector<ValueOf<T>>> when_all(std::vector<Task<T>> tasks) {
  TaskGroup group(CancelRest::after_exception);
  const detail::Children<T> children = detail::start_all(group, tasks);
  (void)co_await group.join();
  co_return detail::take_all<T>(children);
}

// The same for tasks, and other awaitables, of different kinds.
template <Awaitable... A>
Task<std::tuple<ValueOf<AwaitResult<A>>...>> when_all(A... awaitables) {
  TaskGroup group(CancelRest::after_exception);
  detail::Mixed<AwaitResult<A>...> children(as_task(std::move(awaitables))...);
  children.start(group);
  (void)co_await group.join();
  co_return children.take();
}

// When the first of them is over, the others are asked to stop. Waits for all. If one throws, first
// or not, the first exception is thrown. std::invalid_argument if there is none.
template <class T>
Task<AnyOf<T>> when_any(std::vector<Task<T>> tasks) {
  if (tasks.empty()) throw std::invalid_argument("when_any of nothing");
  // #region 5.12 when_any
  TaskGroup group(CancelRest::after_first);
  const detail::Children<T> children = detail::start_all(group, tasks);
  (void)co_await group.join();
  std::size_t first = 0;
  while (children[first].get() != group.first_to_end()) ++first;
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

// The same for results of different types: what each of them returned, and which was first.
template <Awaitable... A>
  requires(sizeof...(A) > 0)
Task<Selected<AwaitResult<A>...>> select(A... awaitables) {
  TaskGroup group(CancelRest::after_first);
  detail::Mixed<AwaitResult<A>...> children(as_task(std::move(awaitables))...);
  children.start(group);
  (void)co_await group.join();
  co_return Selected<AwaitResult<A>...>(children.index_of(group.first_to_end()), children.take());
}

}  // namespace async
