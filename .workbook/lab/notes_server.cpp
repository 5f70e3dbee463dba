// Keeps the lines that its clients send. The line "save" writes all of them to a file.
//
//   build/lab/bin/notes_server 8000 /tmp/notes.txt
//   nc 127.0.0.1 8000                       a line is answered with the number of lines so far
//
// A large file may take long to write, so a child process writes it: its memory is a copy of ours, as
// it was at the moment of the fork, which no later line changes.
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "async/async.hpp"
#include "epoll/command_line.hpp"
#include "epoll/socket_address.hpp"
#include "support/server_program.hpp"

namespace {

class Notes {
 public:
  Notes(async::TcpListener& listener, const std::string& file) : listener_(listener), file_(file) {}

  async::Task<> serve(async::TcpStream stream) {
    const auto place = streams_.emplace(streams_.end(), &stream);
    std::string text;
    while (auto size = co_await stream.read_until(text, "\n", 1024)) {
      const std::string line = text.substr(0, *size);
      text.erase(0, *size);
      const std::string answer = line == "save\n" ? save() : keep(line);
      const auto written = co_await stream.write_all(answer);
      if (!written) break;
    }
    streams_.erase(place);
  }

 private:
  std::string keep(const std::string& line) {
    lines_.push_back(line);
    return std::to_string(lines_.size()) + "\n";
  }

  std::string save() {
    const pid_t child = ::fork();
    if (child < 0) return "no process for it\n";
    if (child > 0) return "process " + std::to_string(child) + " saves\n";
    // A client that leaves meanwhile, and a server that is started anew, need not wait for the child.
    for (async::TcpStream* const stream : streams_) stream->close();
    listener_.close();
    std::ofstream file(file_);
    for (const std::string& line : lines_) file << line;
    file.close();
    ::_exit(file ? 0 : 1);
  }

  async::TcpListener& listener_;
  const std::string& file_;
  std::list<async::TcpStream*> streams_;
  std::vector<std::string> lines_;
};

async::Task<> serve(async::TcpListener& listener, const std::string& file) {
  Notes notes(listener, file);
  auto client = [&notes](async::TcpStream stream) { return notes.serve(std::move(stream)); };
  co_await async::serve_each(listener, client);
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 8000;
  std::string file = "notes.txt";
  const epoll::CommandLine line("Keeps lines, and saves them to a file.",
                                {{"[port]", epoll::number_into(port), epoll::about_port(port)},
                                 {"[FILE]", epoll::text_into(file), "notes.txt if not given"}});
  if (const auto status = line.parse(argc, argv)) return *status;
  ::signal(SIGCHLD, SIG_IGN);  // children that have ended are not waited for
  return examples::serve_until_signal(
      epoll::SocketAddress::loopback(port), false,
      [&](async::TcpListener& listener) { return serve(listener, file); });
}
