// Lines, told to everybody else.
//
//   build/release/bin/chat_server 7000             listening on 127.0.0.1:7000
//   nc 127.0.0.1 7000                              in two terminals: type in one, read in the other
//
// Each client has a channel with room for 64 lines. Whoever reads so slowly that it is full when the
// next line comes is dropped: the others do not wait for him, and the lines do not pile up.
#include <list>
#include <memory>
#include <string>

#include "async/async.hpp"
#include "async/server_program.hpp"

namespace {

using Line = std::shared_ptr<const std::string>;  // one text, however many are told
constexpr std::size_t kLinesWaiting = 64;
constexpr std::size_t kLineLimit = 1024;

struct Guest {
  Guest(unsigned id, async::TcpStream& connection, async::Sender<Line> to)
      : number(id), stream(connection), lines(std::move(to)) {}
  unsigned number;
  async::TcpStream& stream;
  async::Sender<Line> lines;
};

class Room {
 public:
  using Place = std::list<Guest>::iterator;
  Place enter(async::TcpStream& stream, async::Sender<Line> lines) {
    return guests_.emplace(guests_.end(), ++entered_, stream, std::move(lines));
  }
  void leave(Place place) { guests_.erase(place); }

  void tell_others(const Guest& from, std::string_view text) {
    const Line line = std::make_shared<const std::string>("#" + std::to_string(from.number) + ": " +
                                                          std::string(text));
    for (Guest& guest : guests_) {
      if (&guest == &from || guest.lines.try_send(line)) continue;
      guest.stream.close();  // too slow; whoever waits for this stream wakes up, and he leaves
    }
  }

 private:
  std::list<Guest> guests_;
  unsigned entered_ = 0;
};

async::Task<> listen_to(Room& room, Guest& guest) {
  std::string text;
  while (auto size = co_await guest.stream.read_until(text, "\n", kLineLimit)) {
    room.tell_others(guest, std::string_view(text).substr(0, *size));
    text.erase(0, *size);
  }
}

async::Task<> talk_to(async::TcpStream& stream, async::Receiver<Line>& lines) {
  while (auto line = co_await lines.receive()) {
    if (!co_await stream.write_all(**line)) break;
  }
}

async::Task<> welcome(Room& room, async::TcpStream stream) {
  auto lines = async::channel<Line>(kLinesWaiting);
  const Room::Place place = room.enter(stream, std::move(lines.first));
  async::TaskGroup both(async::CancelRest::after_first);
  both.spawn(listen_to(room, *place));
  both.spawn(talk_to(stream, lines.second));
  (void)co_await both.join();
  room.leave(place);
}

async::Task<> serve(async::TcpListener& listener) {
  Room room;
  async::TaskGroup guests(async::CancelRest::never);
  auto incoming = listener.incoming();
  while (auto stream = co_await incoming.next()) guests.spawn(welcome(room, std::move(*stream)));
  guests.cancel();
  (void)co_await guests.join();  // they use the room
}

}  // namespace

int main(int argc, char** argv) {
  return async::run_server_program(argc, argv, 7000, serve);
}
