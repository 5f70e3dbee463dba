// breaks: when the first is over, the others are asked to stop
// caught by: 05.WhenAny.cancels_the_others_and_waits_for_them
// seen in: "any" made of "all"
// symptom: a question to three servers takes as long as the slowest of them
TaskGroup group(CancelRest::never);
const detail::Children<T> children = detail::start_all(group, tasks);
(void)co_await group.join();
const std::size_t first = group.first_to_end()->id() - children.front()->id();
co_return AnyOf<T>(first, detail::take_all<T>(children));
