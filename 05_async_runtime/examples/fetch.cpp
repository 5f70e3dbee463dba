// Fetches any number of pages at once, in one thread, and tells how each went as soon as it is whole.
//
//   build/release/bin/fetch http://127.0.0.1:8000/ http://127.0.0.1:1234/ --timeout 2.5
//
// One line for each: status, size of the body, address; or the address and what went wrong. Exit
// status: 0 if all were answered, 1 if not, 2 for a wrong command line.
#include <charconv>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "async/async.hpp"
#include "http/buffer.hpp"
#include "http/response_parser.hpp"
#include "http/url.hpp"

namespace {

constexpr std::size_t kReadSize = 64 * 1024;

struct Answer {
  int status;
  std::size_t size;
};

async::Task<sys::Result<Answer>> get(const http::Url& url) {
  auto stream = co_await async::TcpStream::connect(url.host, url.port);
  if (!stream) co_return sys::failure(stream.error());
  const std::string request = "GET " + url.target + " HTTP/1.1\r\nHost: " + url.host_field +
                              "\r\nConnection: close\r\n\r\n";
  // An error is no reason to stop: the server may have answered and closed without reading all that
  // we had to say. Reading tells.
  (void)co_await stream->write_all(request);

  http::Buffer input;
  http::ResponseParser parser("GET", http::Limits(), http::BodyMode::discard);
  while (true) {
    input.drop_back(parser.close_hole(input.data()));  // bytes that nobody needs any more
    const auto count = co_await stream->read(input.room(kReadSize));
    if (!count) co_return sys::failure(count.error());
    input.filled(*count);
    auto progress = *count == 0 ? parser.finish(input.data()) : parser.feed(input.data());
    // Told once, and of no interest here: the body may be there already.
    if (progress && *progress == http::Progress::head_complete)
      progress = parser.feed(input.data());
    if (!progress) co_return sys::failure(std::errc::bad_message);
    if (*progress != http::Progress::complete) continue;
    const Answer answer{parser.response().status, parser.response().body_size};
    co_return answer;
  }
}

async::Task<bool> fetch(const char* text, const http::Url& url, async::Duration limit) {
  const auto answer = co_await async::timeout(limit, get(url));
  if (answer) {
    std::printf("%d %8zu %s\n", answer->status, answer->size, text);
  } else {
    std::printf("%s: %s\n", text, answer.error().message().c_str());
  }
  std::fflush(stdout);
  co_return answer.has_value();
}

struct CommandLine {
  std::vector<const char*> texts;
  std::vector<http::Url> urls;
  std::chrono::duration<double> limit{30};
};

std::optional<CommandLine> parse(std::span<char*> arguments) {
  CommandLine line;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--timeout") {
      if (++i == arguments.size()) return std::nullopt;
      const std::string_view number = arguments[i];
      double seconds = 0;
      const auto end = number.data() + number.size();
      const auto [stopped, error] = std::from_chars(number.data(), end, seconds);
      if (error != std::errc{} || stopped != end || !(seconds > 0 && seconds < 1e6))
        return std::nullopt;
      line.limit = std::chrono::duration<double>(seconds);
    } else {
      auto url = http::Url::parse(argument);
      if (!url) return std::nullopt;
      line.texts.push_back(arguments[i]);
      line.urls.push_back(std::move(*url));
    }
  }
  if (line.urls.empty()) return std::nullopt;
  return line;
}

async::Task<bool> fetch_all(const CommandLine& line) {
  const auto limit = std::chrono::duration_cast<async::Duration>(line.limit);
  std::vector<async::Task<bool>> tasks;
  for (std::size_t i = 0; i < line.urls.size(); ++i)
    tasks.push_back(fetch(line.texts[i], line.urls[i], limit));
  const std::vector<bool> fetched = co_await async::when_all(std::move(tasks));
  co_return std::ranges::find(fetched, false) == fetched.end();
}

}  // namespace

int main(int argc, char** argv) {
  const auto line = parse(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  if (!line) {
    std::fprintf(stderr, "usage: %s http://HOST[:PORT][/PATH]... [--timeout SECONDS]\n", argv[0]);
    return 2;
  }
  return async::block_on(fetch_all(*line)) ? 0 : 1;
}
