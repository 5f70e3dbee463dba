// breaks: the winner is the one that ended first
// caught by: 05.WhenAny.gives_index_and_value_of_the_first,
//     05.WhenAny.cancels_the_others_and_waits_for_them
// seen in: code that asks afterwards which task is done: by then all are
// symptom: the answer that is used is "Operation canceled", although another one was there
TaskGroup group(CancelRest::after_first);
const detail::Children<T> children = detail::start_all(group, tasks);
(void)co_await group.join();
std::size_t first = 0;
while (!children[first]->is_over()) ++first;
co_return AnyOf<T>(first, detail::take_all<T>(children));
