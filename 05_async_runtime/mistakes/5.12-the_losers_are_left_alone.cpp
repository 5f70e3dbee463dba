// breaks: the losers are over when when_any is
// caught by: 05.WhenAny.cancels_the_others_and_waits_for_them,
//     05.WhenAny.waits_for_a_loser_that_is_slow_to_stop
// seen in: Promise.race, and every "the first answer wins" that does not wait for the second
// symptom: a crash in a task that is no longer known: it uses what the winner's caller had
class NextTurn final : public Operation<> {
  bool attempt() override { return std::exchange(has_waited_, true); }
  bool park() override {
    this->wake();
    return true;
  }
  bool has_waited_ = false;
};
detail::Children<T> children;
for (Task<T>& task : tasks) {
  children.push_back(make_spawned(std::move(task)));
  Scheduler::here().start(children.back());
}
std::size_t first = 0;
while (!children[first]->is_over()) {
  NextTurn turn;
  (void)co_await std::move(turn);
  first = (first + 1) % children.size();
}
for (const auto& child : children) child->request_stop();
std::vector<ValueOf<T>> results(children.size());
results[first] = children[first]->outcome().template take_as<ValueOf<T>>();
co_return AnyOf<T>(first, std::move(results));
