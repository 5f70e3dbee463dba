// Fetches two pages at once, in one thread, and prints each as soon as it is complete.
//
//   build/release/bin/two_connections_client http://127.0.0.1:8000/ http://127.0.0.1:1234/
//
// You will see `First connection completed` and `Second connection completed`, in the order in
// which the servers answer, each with its header fields and its body. An error on one connection
// does not affect the other. Exit status: 0 if both were answered, 1 if not, 2 for an invalid
// command line.
//
// The original of this program polls its two sockets in turn, without a pause: two million system
// calls for two answers that take a second. Here the kernel reports which one is ready:
//   strace -c -f build/release/bin/two_connections_client URL URL
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>

#include "epoll/command_line.hpp"
#include "epoll/resolve.hpp"
#include "event_loop/http_get.hpp"
#include "syscall/report.hpp"

namespace {

constexpr std::array<const char*, 2> kNames = {"First", "Second"};

void print(const http::ReceivedResponse& response) {
  std::printf("Header:\n");
  for (const http::Field& field : response.fields) {
    std::printf("%.*s: \"%.*s\"\n", static_cast<int>(field.name.size()), field.name.data(),
                static_cast<int>(field.value.size()), field.value.data());
  }
  std::printf("Body:\n");
  std::fwrite(response.body.data(), 1, response.body.size(), stdout);
  if (!response.body_text().ends_with('\n')) std::printf("\n");
}

epoll::CommandLine::Store url_into(std::optional<http::Url>& url) {
  return [&url](std::string_view text) { return (url = http::Url::parse(text)).has_value(); };
}

}  // namespace

int main(int argc, char** argv) {
  std::array<std::optional<http::Url>, 2> urls;
  const epoll::CommandLine line(
      "Fetches two pages at once, and prints each as soon as it is whole.",
      {{"URL", url_into(urls[0]), "http://HOST[:PORT][/PATH]"},
       {"URL", url_into(urls[1]), "the same"}});
  if (const auto status = line.parse(argc, argv)) return *status;
  auto loop = event_loop::EventLoop::create();
  if (!loop) return sys::fail("epoll", loop.error());

  std::array<std::unique_ptr<event_loop::HttpGet>, 2> connections;
  std::size_t open = 0;
  int status = 0;
  const auto failed = [&](std::size_t i, const std::string& why) {
    std::printf("%s connection error: %s\n", kNames[i], why.c_str());
    status = 1;
  };
  for (std::size_t i = 0; i < connections.size(); ++i) {
    const http::Url& url = *urls[i];
    auto addresses = epoll::resolve(url.host, url.port);  // blocks, so before the loop
    if (!addresses) {
      failed(i, addresses.error().message());
      continue;
    }
    ++open;
    // #region two_connections_client.callback
    connections[i] = std::make_unique<event_loop::HttpGet>(
        **loop, url, std::move(*addresses), [&, i](event_loop::HttpGet::Outcome outcome) {
          if (outcome) {
            std::printf("%s connection completed\n", kNames[i]);
            print(**outcome);
          } else {
            failed(i, outcome.error());
          }
          std::fflush(stdout);
          if (--open == 0) (*loop)->stop();
        });
    // #endregion two_connections_client.callback
  }
  if (open != 0) {
    if (auto ran = (*loop)->run(); !ran) return sys::fail("epoll_wait", ran.error());
  }
  return status;
}
