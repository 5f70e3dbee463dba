#include "support/print_server.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "epoll/accept_error.hpp"
#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace examples {
namespace {

using namespace epoll;
using std::chrono::nanoseconds;

// No client ever gets one of these tokens: the generations of a slab begin at 1.
constexpr Token kListener{0, 0};
constexpr Token kOutput{1, 0};
constexpr Token kStop{2, 0};

constexpr std::size_t kReadSize = 4096;
constexpr nanoseconds kLastWords = std::chrono::seconds(1);

std::string to_string(Token token) {
  return "Token(" + std::to_string(token.index) + ", " + std::to_string(token.generation) + ")";
}

}  // namespace

sys::Result<PrintServer> PrintServer::create(TcpListener listener, PipeWriter output, int stop_fd,
                                             PrintOptions options) {
  auto address = listener.local_address();
  SYS_TRY(address);
  auto poll = Poll::create();
  SYS_TRY(poll);
  PrintServer server(std::move(*poll), std::move(listener), std::move(output), options);
  SYS_TRY(server.watch(stop_fd));
  server.say("listening on " + address->to_string());
  SYS_TRY(server.flush());
  return server;
}

PrintServer::PrintServer(Poll poll, TcpListener listener, PipeWriter output, PrintOptions options)
    : poll_(std::move(poll)),
      listener_(std::move(listener)),
      output_(std::move(output)),
      options_(options),
      buffer_(kReadSize) {}

sys::Result<> PrintServer::watch(int stop_fd) {
  SYS_TRY(poll_.add(listener_.fd(), kListener, Interest::read(), Trigger::edge));
  SYS_TRY(poll_.add(stop_fd, kStop, Interest::read(), Trigger::edge));
  auto added = poll_.add(output_.fd(), kOutput, Interest::write(), Trigger::edge);
  // EPERM: a regular file, or /dev/null. It always has room, so there is nothing to wait for.
  if (!added && added.error() == std::errc::operation_not_permitted) return {};
  return added;
}

sys::Result<> PrintServer::run() {
  while (!stopping_) {
    SYS_TRY(run_once(std::nullopt));
  }
  return finish();
}

sys::Result<> PrintServer::run_once(std::optional<nanoseconds> timeout) {
  if (has_work()) timeout = nanoseconds(0);
  if (no_room_) timeout = std::min<nanoseconds>(timeout.value_or(kAcceptPause), kAcceptPause);
  SYS_TRY(poll_.wait(events_, timeout));
  no_room_ = false;  // possibly
  for (const Event event : events_) note(event);

  SYS_TRY(accept_clients());
  read_clients();
  return flush();
}

bool PrintServer::has_work() const noexcept {
  return (clients_at_door_ && !no_room_) || (!ready_.empty() && has_room());
}

// Records what an event reports. A hang-up or an error in the event makes no difference: what was
// sent before it still has to be read, and the following read will report it.
void PrintServer::note(const Event& event) {
  // #region 2.21 note
  if (event.token() == kListener) {
    clients_at_door_ = true;
  } else if (event.token() == kOutput) {
    output_has_room_ = true;
  } else if (event.token() == kStop) {
    stopping_ = true;
  } else if (Client* const client = clients_.find(event.token())) {
    if (!std::exchange(client->is_ready, true)) ready_.push_back(event.token());
  }
  // #endregion 2.21
}

sys::Result<> PrintServer::accept_clients() {
  // #region 2.22 accept_clients
  for (int i = 0; i < kClientsPerTurn && clients_at_door_; ++i) {
    auto accepted = listener_.accept();
    if (accepted) {
      welcome(std::move(*accepted));
    } else if (sys::would_block(accepted.error())) {
      clients_at_door_ = false;
    } else if (is_resource_exhausted(accepted.error())) {
      no_room_ = true;  // clients are still waiting, and no new event will report them
      return {};
    } else if (!is_transient_accept_error(accepted.error())) {
      return sys::failure(accepted.error());
    }
  }
  return {};
  // #endregion 2.22
}

void PrintServer::welcome(TcpListener::Accepted accepted) {
  const int fd = accepted.stream.fd();
  const Token token = clients_.emplace(std::move(accepted.stream));
  if (poll_.add(fd, token, Interest::read(), Trigger::edge)) {
    say("Accepted connection: " + accepted.peer.to_string());
  } else {
    clients_.remove(token);  // no kernel memory to watch it: the client has to try again
  }
}

// Gives every client that is ready one turn, while there is room for its output.
void PrintServer::read_clients() {
  for (std::size_t left = ready_.size(); left > 0 && has_room(); --left) {
    const Token token = ready_.front();
    ready_.pop_front();
    Client& client = *clients_.find(token);  // it is in ready_, so it is not closed
    const Outcome outcome = read_client(client.stream);
    client.is_ready = outcome == Outcome::ready;
    if (outcome == Outcome::ready) ready_.push_back(token);
    if (outcome == Outcome::over) close(token);
  }
}

PrintServer::Outcome PrintServer::read_client(TcpStream& stream) {
  // #region 2.23 read_client
  std::size_t budget = options_.budget;
  while (budget > 0 && has_room()) {
    const auto count = stream.read(std::span(buffer_).first(std::min(budget, buffer_.size())));
    if (!count) return sys::would_block(count.error()) ? Outcome::drained : Outcome::over;
    if (*count == 0) return Outcome::over;
    print(std::span(buffer_).first(*count));
    budget -= *count;
  }
  return Outcome::ready;
  // #endregion 2.23
}

void PrintServer::close(Token token) {
  clients_.remove(token);
  no_room_ = false;  // the next waiting client can have its descriptor
  say("Closing connection on token=" + to_string(token));
}

void PrintServer::print(std::span<const std::byte> bytes) {
  waiting_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  at_line_start_ = waiting_.ends_with('\n');
}

// Prints a line of our own. There is one for each client that connects and one for each that
// disconnects, and none disconnects while there is no room, so these lines are bounded by the
// number of descriptors.
void PrintServer::say(const std::string& line) {
  if (!at_line_start_) waiting_ += '\n';
  waiting_ += line + '\n';
  at_line_start_ = true;
}

sys::Result<> PrintServer::flush() {
  while (output_has_room_ && !waiting_.empty()) {
    const auto count = output_.write(std::as_bytes(std::span(waiting_)));
    if (count) {
      waiting_.erase(0, *count);
    } else if (sys::would_block(count.error())) {
      output_has_room_ = false;
    } else {
      return sys::failure(count.error());
    }
  }
  return {};
}

sys::Result<> PrintServer::finish() {
  const auto deadline = std::chrono::steady_clock::now() + kLastWords;
  while (!waiting_.empty()) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= nanoseconds(0)) break;  // the output is not being read
    SYS_TRY(poll_.wait(events_, left));
    for (const Event event : events_) note(event);
    SYS_TRY(flush());
  }
  return {};
}

sys::Result<PipeWriter> open_output(int fd) {
  struct stat about{};
  SYS_TRY(sys::call<::fstat>(fd, &about));
  if (!S_ISREG(about.st_mode)) {
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    auto again = sys::call_uninterrupted<::open>(
        path.c_str(), static_cast<int>(O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (again) return PipeWriter::adopt(UniqueFd(*again));
  }
  auto copy = sys::call<::fcntl>(fd, F_DUPFD_CLOEXEC, 0);
  SYS_TRY(copy);
  PipeWriter output = PipeWriter::adopt(UniqueFd(*copy));
  if (S_ISREG(about.st_mode)) return output;
  const auto flags = sys::call<::fcntl>(output.fd(), F_GETFL);
  SYS_TRY(flags);
  SYS_TRY(sys::call<::fcntl>(output.fd(), F_SETFL, *flags | O_NONBLOCK));
  return output;
}

}  // namespace examples
