// breaks: while a wake-up is on its way, others can post
// caught by: 04.EventLoop.wakes_without_holding_the_lock
// seen in: the asynchronous runtime of the originals, where it is a deadlock
// symptom: two switches of threads for each post; or, where waking can block, a server that stalls
const std::scoped_lock lock(posted_mutex_);
posted_.push_back(std::move(callback));
if (posted_.size() == 1) waker_.wake();
