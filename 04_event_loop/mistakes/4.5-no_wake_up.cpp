// breaks: a post ends a wait that has begun
// caught by: 04.EventLoop.a_post_ends_a_wait_that_has_begun
// seen in: queues that were written for one thread
// symptom: work from another thread is done when the next client comes
const std::scoped_lock lock(posted_mutex_);
posted_.push_back(std::move(callback));
