// A random program of tasks, and a model that knows what may come of it.
//
// A worker is a task that makes a few operations, one after the other, each chosen at random: it sleeps,
// yields, sends to and receives from channels, waits for events, permits, a lock, bytes and other workers.
// Between turns the program itself does the rest: starts and cancels workers, sends, closes, sets, gives back,
// drops handles, and now and then destroys the runtime with all that is in it.
//
// What is checked. Of each operation that ends: that it may end so. A message is the oldest that was sent,
// an operation is cancelled only if its task was, and so on. And whenever no task is ready: that none waits
// for what is there already, which a lost wake-up would leave behind. No clock: a time is over at once, or
// never comes.
//
// It knows nothing of tests: the fuzzer runs it, too.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/async.hpp"
#include "choices.hpp"

namespace async::testing {

class RuntimeModel {
 public:
  explicit RuntimeModel(Choices& choices);
  ~RuntimeModel();
  RuntimeModel(const RuntimeModel&) = delete;
  RuntimeModel& operator=(const RuntimeModel&) = delete;

  // One step of the program.
  void step();
  // Destroys the runtime, whatever waits in it, and makes all anew.
  void start_again();

  // The first thing that was not as the model says; empty if all was.
  [[nodiscard]] const std::string& wrong() const noexcept { return wrong_; }
  [[nodiscard]] std::size_t operations() const noexcept { return operations_; }  // that have ended

 private:
  enum class Kind : std::uint8_t {
    sleep,     // a time that never comes
    no_sleep,  // one that is over
    yield,
    send,
    receive,
    event,
    event_or_timeout,  // of 0
    either_event,
    permit,
    lock,
    read,
    join,
    count
  };
  static constexpr std::uint32_t kKinds = static_cast<std::uint32_t>(Kind::count);

  struct Message {
    int number = 0;
    bool is_sent = false;      // its send has ended well
    bool is_received = false;  // which may be known before that
    bool may_fail = false;     // its sender was cancelled, or its room closed
  };
  struct Room {
    explicit Room(std::size_t size);
    [[nodiscard]] std::size_t waiting_messages() const;  // that were sent, and not received
    void close();                                        // by the receiver

    std::optional<Sender<int>> sender;
    std::optional<Receiver<int>> receiver;
    std::size_t capacity;
    std::deque<std::shared_ptr<Message>> messages;  // not received, the oldest first
    bool is_closed = false;                         // no message can be put in
    std::size_t sends = 0;                          // under way
  };
  struct Pair {
    Pair();
    std::optional<TcpStream> stream;
    epoll::UniqueFd peer;
    std::size_t bytes = 0;  // on their way to `stream`
    bool is_closed = false;
  };
  struct Worker {
    JoinHandle<int> handle;
    int number = 0;
    bool is_over = false;
    bool is_cancelled = false;
    bool is_joined = false;  // by another one, now or before
    bool is_detached = false;
    Canceller canceller;
    std::optional<Kind> waits;  // in this operation
    std::shared_ptr<Room> room;
    std::shared_ptr<Message> message;
    std::shared_ptr<Pair> pair;
    std::shared_ptr<Worker> joins;
    std::size_t which = 0;  // of the events
  };
  using WorkerPtr = std::shared_ptr<Worker>;

  // A worker's part.
  Task<int> work(WorkerPtr me);
  Task<> operate(WorkerPtr me);
  Task<> sleep(WorkerPtr me, Kind kind);
  Task<> wait_for_events(WorkerPtr me, Kind kind);
  Task<> send(WorkerPtr me);
  Task<> receive(WorkerPtr me);
  Task<> take_permit(WorkerPtr me);
  Task<> take_lock(WorkerPtr me);
  Task<> read(WorkerPtr me);
  Task<> join(WorkerPtr me);
  void end(Worker& me);
  void on_message(Room& room, int number);
  [[nodiscard]] bool is_other_waiting(const Worker& me) const;  // for the same thing

  // The program's part.
  void start_worker();
  void cancel_one();
  void use_room();
  void use_pair();
  void use_others();
  void run_turns(std::uint32_t count);
  void settle();
  void check_waiting(const Worker& worker);
  void cancel_all();

  void require(bool condition, std::string_view what);

  Choices& choices_;
  std::string wrong_;
  std::size_t operations_ = 0;
  std::size_t moves_ = 0;  // operations that have begun, and that have ended
  int next_number_ = 0;
  int alive_ = 0;  // frames of workers
  std::size_t posted_ = 0;
  std::size_t posts_run_ = 0;

  // Declared before the runtime, and so gone after the tasks that wait for them.
  std::array<Event, 2> events_;
  std::array<std::uint64_t, 2> sets_{};  // how often each was set
  Semaphore semaphore_{2};
  Mutex mutex_;
  bool is_locked_ = false;
  std::vector<Semaphore::Permit> permits_;
  std::array<std::shared_ptr<Room>, 2> rooms_;
  std::array<std::shared_ptr<Pair>, 2> pairs_;
  std::vector<WorkerPtr> workers_;
  std::unique_ptr<Runtime> runtime_;
};

}  // namespace async::testing
