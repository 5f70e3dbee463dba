// breaks: a second task may wait for the same socket, in the other direction
// caught by: 05.Readiness.is_registered_once_and_wakes_its_reader_each_time_something_arrives,
//     05.Faults.one_task_reads_and_another_one_writes_the_same_socket
// seen in: the runtime of the originals: an epoll_ctl for every wait, and EEXIST for the second one
// symptom: "File exists", from a write, when another task reads
if (runtime_ != nullptr && runtime_ != &scheduler) return sys::failure(std::errc::invalid_argument);
Runtime& runtime = Runtime::of(scheduler);
auto token = runtime.loop().add(fd_, epoll::Interest::both(), epoll::Trigger::edge, *this);
if (!token) return sys::failure(token.error());
token_ = *token;
runtime_ = &runtime;
runtime.sources_.push_back(*this);
runtime.trace(TraceEvent::watched, fd_);
return {};
