#include "runtime_model.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "epoll/socket.hpp"

namespace async::testing {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-global-names-in-headers)

constexpr std::size_t kMostWorkers = 24;
constexpr std::chrono::hours kNeverComes{1000};

Task<> yield_once() {
  const auto passed = co_await yield();
  (void)passed;
}

// Counts the frames that hold one.
class FrameCount {
 public:
  explicit FrameCount(int& count) : count_(count) { ++count_; }
  ~FrameCount() { --count_; }
  FrameCount(const FrameCount&) = delete;
  FrameCount& operator=(const FrameCount&) = delete;

 private:
  int& count_;
};

}  // namespace

// --- what is waited for

RuntimeModel::Room::Room(std::size_t size) : capacity(size) {
  auto ends = channel<int>(size);
  sender.emplace(std::move(ends.first));
  receiver.emplace(std::move(ends.second));
}

std::size_t RuntimeModel::Room::waiting_messages() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(messages, [](const auto& message) { return message->is_sent; }));
}

void RuntimeModel::Room::close() {
  is_closed = true;
  for (const auto& message : messages) message->may_fail = !message->is_sent;
}

RuntimeModel::Pair::Pair() {
  auto fds = epoll::make_socket_pair(SOCK_STREAM).value();
  stream.emplace(epoll::TcpStream::adopt(std::move(fds.first)));
  peer = std::move(fds.second);
}

RuntimeModel::RuntimeModel(Choices& choices) : choices_(choices) {
  start_again();
}

RuntimeModel::~RuntimeModel() {
  for (const WorkerPtr& worker : workers_) worker->joins.reset();  // two may wait for one another
}

void RuntimeModel::require(bool condition, std::string_view what) {
  if (!condition && wrong_.empty()) wrong_ = what;
}

// --- a worker

Task<int> RuntimeModel::work(WorkerPtr me) {
  const FrameCount alive(alive_);
  const std::uint32_t count = 1 + choices_.below(3);
  for (std::uint32_t i = 0; i < count; ++i) co_await operate(me);
  me->is_over = true;
  co_return me->number;
}

Task<> RuntimeModel::operate(WorkerPtr me) {
  const FrameCount alive(alive_);
  const Kind kind = static_cast<Kind>(choices_.below(kKinds));
  ++moves_;
  me->waits = kind;
  me->which = choices_.below(2);
  me->room = rooms_[me->which];
  me->pair = pairs_[me->which];
  switch (kind) {
    case Kind::sleep:
    case Kind::no_sleep:
    case Kind::yield:
      co_await sleep(me, kind);
      break;
    case Kind::event:
    case Kind::event_or_timeout:
    case Kind::either_event:
      co_await wait_for_events(me, kind);
      break;
    case Kind::send:
      if (me->room->sender) co_await send(me);
      break;
    case Kind::receive:
      if (me->room->receiver) co_await receive(me);
      break;
    case Kind::permit:
      co_await take_permit(me);
      break;
    case Kind::lock:
      co_await take_lock(me);
      break;
    case Kind::read:
      if (me->pair->stream) co_await read(me);
      break;
    case Kind::join:
      co_await join(me);
      break;
    case Kind::count:
      break;
  }
  end(*me);
}

void RuntimeModel::end(Worker& me) {
  me.waits.reset();
  me.room.reset();
  me.message.reset();
  me.pair.reset();
  me.joins.reset();
  ++moves_;
  ++operations_;
}

bool RuntimeModel::is_other_waiting(const Worker& me) const {
  return std::ranges::any_of(workers_, [&](const WorkerPtr& other) {
    const bool has_same =
        me.waits == Kind::receive ? other->room == me.room : other->pair == me.pair;
    return other.get() != &me && other->waits == me.waits && has_same;
  });
}

Task<> RuntimeModel::sleep(WorkerPtr me, Kind kind) {
  sys::Result<> slept;
  if (kind == Kind::sleep) {
    slept = co_await sleep_for(kNeverComes);
    require(!slept, "a sleep without an end has ended");
  } else if (kind == Kind::no_sleep) {
    slept = co_await sleep_for(0ns);
  } else {
    slept = co_await yield();
  }
  require(slept || (me->is_cancelled && slept.error() == std::errc::operation_canceled),
          "a sleep has failed");
}

Task<> RuntimeModel::wait_for_events(WorkerPtr me, Kind kind) {
  std::error_code error;
  std::size_t which = me->which;
  const auto sets = sets_;
  const std::array were_set{events_[0].is_set(), events_[1].is_set()};
  if (kind == Kind::event) {
    error = sys::error_of(co_await events_[which].wait());
  } else if (kind == Kind::event_or_timeout) {
    error = sys::error_of(co_await timeout(0ns, events_[which].wait()));
  } else {
    auto first = co_await select(events_[0].wait(), events_[1].wait());
    which = first.index;
    error = which == 0 ? sys::error_of(std::get<0>(first.results))
                       : sys::error_of(std::get<1>(first.results));
  }
  const bool was_set = were_set[which] || events_[which].is_set() || sets_[which] != sets[which];
  if (!error) {
    require(was_set, "an event has come that was not set");
  } else if (error == std::errc::timed_out) {
    require(kind == Kind::event_or_timeout, "an event has timed out");
  } else {
    require(me->is_cancelled && error == std::errc::operation_canceled, "an event has failed");
  }
}

Task<> RuntimeModel::send(WorkerPtr me) {
  const auto room = me->room;
  const auto message = std::make_shared<Message>();
  message->number = ++next_number_;
  message->may_fail = room->is_closed || me->is_cancelled;
  me->message = message;
  room->messages.push_back(message);
  ++room->sends;
  const auto sent = co_await room->sender->send(message->number);
  --room->sends;
  if (sent) {
    message->is_sent = true;
    const bool is_there = std::ranges::count(room->messages, message) == 1;
    require(message->is_received || is_there || !room->receiver, "a message is lost");
    co_return;
  }
  require(!message->is_received, "a message was received, and its send has failed");
  std::erase(room->messages, message);
  const bool was_cancelled = me->is_cancelled && sent.error() == std::errc::operation_canceled;
  require(was_cancelled || (room->is_closed && sent.error() == Errc::closed), "a send has failed");
}

// Those before it must be messages that were not sent after all.
void RuntimeModel::on_message(Room& room, int number) {
  while (!room.messages.empty() && room.messages.front()->number != number) {
    const Message& passed = *room.messages.front();
    require(!passed.is_sent && passed.may_fail, "a message was overtaken");
    room.messages.pop_front();
  }
  require(!room.messages.empty(), "a message comes twice, or was never sent");
  if (room.messages.empty()) return;
  room.messages.front()->is_received = true;
  room.messages.pop_front();
}

Task<> RuntimeModel::receive(WorkerPtr me) {
  const auto room = me->room;
  const bool is_second = is_other_waiting(*me);
  const auto received = co_await room->receiver->receive();
  if (received) {
    on_message(*room, *received);
    co_return;
  }
  if (received.error() == Errc::closed) {
    require(room->waiting_messages() == 0 || !room->receiver, "an end comes before a message");
    require(room->is_closed || (!room->sender && room->sends == 0), "an open channel has ended");
  } else if (received.error() == Errc::already_waiting) {
    require(is_second, "the only receiver is told of another one");
  } else {
    require(me->is_cancelled && received.error() == std::errc::operation_canceled,
            "a receive has failed");
  }
}

Task<> RuntimeModel::take_permit(WorkerPtr me) {
  auto permit = co_await semaphore_.acquire();
  if (permit) {
    permits_.push_back(std::move(*permit));
    require(permits_.size() <= 2, "there are more permits than there were");
  } else {
    require(me->is_cancelled && permit.error() == std::errc::operation_canceled,
            "a permit was refused");
  }
}

Task<> RuntimeModel::take_lock(WorkerPtr me) {
  const auto lock = co_await mutex_.lock();
  require(!std::exchange(is_locked_, true), "two have the lock");
  me->waits = Kind::yield;  // no longer for the lock
  (void)co_await yield();
  is_locked_ = false;
}

Task<> RuntimeModel::read(WorkerPtr me) {
  const auto pair = me->pair;
  const bool is_second = is_other_waiting(*me);
  std::array<std::byte, 2> buffer;
  const auto count = co_await pair->stream->read(buffer);
  if (count) {
    require(*count > 0 && *count <= pair->bytes, "bytes come that were not sent");
    pair->bytes -= std::min(*count, pair->bytes);
  } else if (count.error() == std::errc::bad_file_descriptor) {
    require(pair->is_closed, "an open stream is closed");
  } else if (count.error() == Errc::already_waiting) {
    require(is_second, "the only reader is told of another one");
  } else {
    require(me->is_cancelled && count.error() == std::errc::operation_canceled,
            "a read has failed");
  }
}

Task<> RuntimeModel::join(WorkerPtr me) {
  const auto other = workers_[choices_.below(static_cast<std::uint32_t>(workers_.size()))];
  if (other == me || other->is_joined || other->is_detached) co_return;
  me->joins = other;
  other->is_joined = true;
  const auto number = co_await other->handle.join();
  if (number) {
    require(other->is_over && *number == other->number, "a join has the result of another task");
    co_return;
  }
  require(me->is_cancelled && number.error() == std::errc::operation_canceled, "a join has failed");
  other->is_joined = false;
}

// --- the program

void RuntimeModel::start_again() {
  for (const WorkerPtr& worker : workers_) worker->joins.reset();
  runtime_.reset();
  workers_.clear();
  permits_.clear();
  require(alive_ == 0, "a frame has outlived its runtime");
  require(semaphore_.free() == 2, "a permit is lost");
  is_locked_ = false;
  for (Event& event : events_) event.reset();
  for (auto& room : rooms_) room = std::make_shared<Room>(1 + choices_.below(3));
  for (auto& pair : pairs_) pair = std::make_shared<Pair>();
  posted_ = posts_run_ = 0;
  runtime_ = Runtime::create().value();
}

void RuntimeModel::step() {
  switch (choices_.below(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
      start_worker();
      break;
    case 4:
      cancel_one();
      break;
    case 5:
    case 6:
    case 7:
      use_room();
      break;
    case 8:
    case 9:
      use_pair();
      break;
    case 10:
    case 11:
      use_others();
      break;
    case 12:
    case 13:
      run_turns(1 + choices_.below(2));
      break;
    case 14:
      settle();
      break;
    case 15:
      if (choices_.below(64) == 0) start_again();
      if (choices_.below(64) == 1) cancel_all();
      break;
  }
}

void RuntimeModel::start_worker() {
  std::erase_if(workers_, [](const WorkerPtr& worker) {
    return worker->is_over && (!worker->is_joined || worker.use_count() == 1);
  });
  if (workers_.size() == kMostWorkers) return cancel_one();
  const auto worker = std::make_shared<Worker>();
  worker->number = ++next_number_;
  workers_.push_back(worker);
  worker->handle = runtime_->spawn(work(worker));
  worker->canceller = worker->handle.canceller();
}

void RuntimeModel::cancel_one() {
  if (workers_.empty()) return;
  Worker& worker = *workers_[choices_.below(static_cast<std::uint32_t>(workers_.size()))];
  if (worker.is_over) return;
  worker.is_cancelled = true;
  if (worker.message) worker.message->may_fail = true;
  if (worker.is_detached || choices_.below(2) == 0) {
    worker.canceller();
  } else {
    worker.handle.cancel();
  }
}

void RuntimeModel::use_room() {
  auto& room = rooms_[choices_.below(2)];
  switch (choices_.below(8)) {
    case 0:
    case 1:
      if (room->sender) {
        const int number = ++next_number_;
        const auto sent = room->sender->try_send(number);
        if (sent) {
          require(!room->is_closed, "a closed channel takes a message");
          room->messages.push_back(std::make_shared<Message>(number, true));
        } else {
          require(room->is_closed == (sent.error() == Errc::closed), "a try_send has failed");
          require(room->is_closed || room->messages.size() >= room->capacity,
                  "a channel with room takes no message");
        }
      }
      break;
    case 2:
    case 3:
    case 4:
      if (room->receiver) {
        const auto received = room->receiver->try_receive();
        if (received) {
          on_message(*room, *received);
        } else {
          require(room->waiting_messages() == 0, "a message that was sent is not there");
        }
      }
      break;
    case 5:  // its two ends, one by one, and a new one
      if (choices_.below(4) != 0) break;
      if (room->sender && choices_.below(2) == 0) {
        room->sender.reset();
      } else if (room->receiver && !room->is_closed) {
        room->receiver->close();
        room->close();
      } else if (room->receiver) {
        room->receiver.reset();
        room->messages.clear();
      } else {
        room->sender.reset();
        room = std::make_shared<Room>(1 + choices_.below(3));
      }
      break;
    default:
      break;
  }
}

void RuntimeModel::use_pair() {
  auto& pair = pairs_[choices_.below(2)];
  if (pair->is_closed) {
    pair = std::make_shared<Pair>();
  } else if (choices_.below(16) == 0) {
    pair->is_closed = true;
    pair->stream->close();
    if (choices_.below(2) == 0) pair->stream.reset();
  } else if (pair->bytes < 100) {
    const std::array<char, 3> bytes{};
    const std::size_t size = 1 + choices_.below(3);
    if (::send(pair->peer.get(), bytes.data(), size, MSG_NOSIGNAL) > 0) pair->bytes += size;
  }
}

void RuntimeModel::use_others() {
  const std::size_t which = choices_.below(2);
  switch (choices_.below(6)) {
    case 0:
      events_[which].set();
      ++sets_[which];
      break;
    case 1:
    case 2:
      events_[which].reset();
      break;
    case 3:
      if (!permits_.empty()) permits_.pop_back();
      break;
    case 4:
      ++posted_;
      (void)runtime_->handle().post([this] { ++posts_run_; });
      break;
    case 5:
      if (!workers_.empty()) {
        Worker& worker = *workers_[choices_.below(static_cast<std::uint32_t>(workers_.size()))];
        if (worker.is_joined) break;
        worker.handle.detach();
        worker.is_detached = true;
      }
      break;
  }
}

void RuntimeModel::run_turns(std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    runtime_->spawn(yield_once());  // so that no turn waits
    require(runtime_->turn().has_value(), "a turn has failed");
  }
}

void RuntimeModel::settle() {
  constexpr int kMost = 10'000;
  int count = 0;
  for (int quiet = 0; quiet < 2 && count < kMost; ++count) {
    const std::size_t moves = moves_;
    run_turns(1);
    quiet = moves != moves_ || runtime_->has_ready_task() ? 0 : quiet + 1;
  }
  require(count < kMost, "it does not come to rest");
  require(posts_run_ == posted_, "a callback that was posted has not run");
  for (const WorkerPtr& worker : workers_) {
    require(worker->is_over == worker->handle.done() || worker->is_detached,
            "a handle does not know the end of its task");
    if (worker->waits) check_waiting(*worker);
  }
}

// No task is ready. Whether this one still has something to wait for.
void RuntimeModel::check_waiting(const Worker& worker) {
  require(!worker.is_cancelled, "a cancelled task waits");
  switch (*worker.waits) {
    case Kind::sleep:
      break;
    case Kind::send:
      require(!worker.room->is_closed && worker.room->waiting_messages() == worker.room->capacity,
              "a sender waits although there is room, or an end");
      break;
    case Kind::receive:
      require(
          !worker.room->is_closed && worker.room->sender && worker.room->waiting_messages() == 0,
          "a receiver waits although there is a message, or an end");
      break;
    case Kind::event:
      require(!events_[worker.which].is_set(), "an event is set, and a task waits for it");
      break;
    case Kind::either_event:
      require(!events_[0].is_set() && !events_[1].is_set(),
              "one of two events is set, and a task waits for it");
      break;
    case Kind::permit:
      require(semaphore_.free() == 0, "a permit is free, and a task waits for it");
      break;
    case Kind::read:
      require(!worker.pair->is_closed && worker.pair->bytes == 0,
              "bytes have come, or an end, and a task waits for them");
      break;
    case Kind::join:
      require(!worker.joins->is_over, "a task is over, and another waits for it");
      break;
    default:
      require(false, "a task waits where there is nothing to wait for");
  }
}

void RuntimeModel::cancel_all() {
  for (const WorkerPtr& worker : workers_) {
    worker->is_cancelled = true;
    if (worker->message) worker->message->may_fail = true;
    worker->canceller();
  }
  settle();
  require(std::ranges::all_of(workers_, [](const WorkerPtr& one) { return one->is_over; }),
          "a task has outlived its cancellation");
  require(runtime_->tasks() == 0 && alive_ == 0, "a task is left that is in no list");
}

}  // namespace async::testing
