// Sends each line of a client to all other clients.
//
//   build/release/bin/chat_server 7000             listening on 127.0.0.1:7000
//   nc 127.0.0.1 7000                              in two terminals: type in one, read in the other
//
// Each client has a channel with room for 64 lines. If a client reads so slowly that its channel is
// full when the next line arrives, the client is disconnected, so the others do not wait for it and
// lines do not accumulate.
#include <list>
#include <memory>
#include <string>

#include "async/async.hpp"
#include "support/server_program.hpp"

namespace {

using Line = std::shared_ptr<const std::string>;  // one text, however many guests it is sent to
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
  // Keeps a guest in the room until the end of the scope.
  class Place {
   public:
    Place(Room& room, async::TcpStream& stream, async::Sender<Line> lines)
        : room_(room),
          guest_(room.guests_.emplace(room.guests_.end(), ++room.entered_, stream,
                                      std::move(lines))) {}
    ~Place() { room_.guests_.erase(guest_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    [[nodiscard]] Guest& guest() const { return *guest_; }

   private:
    Room& room_;
    std::list<Guest>::iterator guest_;
  };

  void tell_others(const Guest& from, std::string_view text) {
    const Line line = std::make_shared<const std::string>("#" + std::to_string(from.number) + ": " +
                                                          std::string(text));
    for (Guest& guest : guests_) {
      if (&guest == &from || guest.lines.try_send(line)) continue;
      guest.stream.close();  // too slow; the tasks that wait for its stream wake up, and end
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
  const Room::Place place(room, stream, std::move(lines.first));
  // Whichever ends first cancels the other.
  (void)co_await async::when_any(listen_to(room, place.guest()), talk_to(stream, lines.second));
}

async::Task<> serve(async::TcpListener& listener) {
  Room room;
  auto guest = [&room](async::TcpStream stream) { return welcome(room, std::move(stream)); };
  co_await async::serve_each(listener, guest);  // until the last guest has left the room
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run_server_program(argc, argv, 7000, serve);
}
