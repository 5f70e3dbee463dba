// breaks: a task that waits in the other direction is woken, too
// caught by: 05.Readiness.one_event_wakes_the_reader_and_the_writer,
//     05.Faults.one_task_reads_and_another_one_writes_the_same_socket
// seen in: registrations that are made when they are needed, and made once
// symptom: an upload stalls when the peer reads slowly; a lost wake-up
if (runtime_ == &scheduler) return {};
if (runtime_ != nullptr) return sys::failure(std::errc::invalid_argument);
Runtime& runtime = Runtime::of(scheduler);
const auto interest =
    is_ready(Direction::read) ? epoll::Interest::write() : epoll::Interest::read();
auto token = runtime.loop().add(fd_, interest, epoll::Trigger::edge, *this);
if (!token) return sys::failure(token.error());
token_ = *token;
runtime_ = &runtime;
runtime.sources_.push_back(*this);
runtime.trace(TraceEvent::watched, fd_);
return {};
