// Fetches any number of pages at once, in one thread, and reports each as soon as it is complete.
//
//   build/release/bin/fetch http://127.0.0.1:8000/ http://127.0.0.1:1234/ --timeout 2.5
//
// One line is printed for each page: status, size of the body, address; or the address and what
// went wrong. A body may have any size, but a page has to be complete in time: within 30 seconds,
// or the number given by --timeout. Exit status: 0 if all pages were answered, 1 if not, 2 for an
// invalid command line.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "async/async.hpp"
#include "epoll/command_line.hpp"
#include "http/buffer.hpp"
#include "http/response_parser.hpp"
#include "http/url.hpp"
#include "syscall/report.hpp"

namespace {

constexpr std::size_t kReadSize = 64 * 1024;

// How far a page has got, and its outcome.
struct Page {
  const char* stage = "connecting";  // what is in progress when the time runs out
  int status = 0;
  std::size_t size = 0;  // of the body, which is counted and dropped
  std::string error;     // why it is not complete; empty if it is
};

// Describes an error in `page` where an error number would not be enough.
async::Task<sys::Result<>> get(const http::Url& url, Page& page) {
  auto stream = co_await async::connect(url.host, url.port);
  if (!stream) co_return sys::failure(stream.error());
  page.stage = "waiting for the answer";
  const std::string request = "GET " + url.target + " HTTP/1.1\r\nHost: " + url.host_field +
                              "\r\nConnection: close\r\n\r\n";
  // An error here is no reason to stop: the server may have answered and closed without reading the
  // whole request. The read will show.
  (void)co_await stream->write_all(request);

  http::Limits limits;
  limits.body = std::numeric_limits<std::size_t>::max();  // the body is not stored
  http::Buffer input;
  http::ResponseParser parser("GET", limits, http::BodyMode::discard);
  while (true) {
    input.drop_back(parser.compact(input.data()));  // drops the bytes that are no longer needed
    const auto count = co_await stream->read(input.room(kReadSize));
    if (!count) co_return sys::failure(count.error());
    input.filled(*count);
    auto progress = *count == 0 ? parser.finish(input.data()) : parser.feed(input.data());
    // Reported once; the body may have arrived already, so the parser is fed again.
    if (progress && *progress == http::Progress::head_complete) {
      page.stage = "reading the body";
      progress = parser.feed(input.data());
    }
    if (!progress) {
      const http::ParseError& error = progress.error();
      page.error = std::string(error.what) + " (" + std::string(error.section) + ')';
      co_return sys::failure(std::errc::bad_message);
    }
    if (*progress != http::Progress::complete) continue;
    page.status = parser.response().status;
    page.size = parser.response().body_size;
    co_return sys::Result<>();
  }
}

std::string in_words(const Page& page, std::error_code error, double limit) {
  if (!page.error.empty()) return page.error;
  if (error != std::errc::timed_out) return error.message();
  std::array<char, 64> seconds{};
  std::snprintf(seconds.data(), seconds.size(), "not complete after %g s: ", limit);
  return seconds.data() + std::string(page.stage);
}

// #region fetch.fetch
async::Task<bool> fetch(const char* text, const http::Url& url,
                        std::chrono::duration<double> limit) {
  Page page;
  sys::Result<> whole = sys::failure(std::errc::not_enough_memory);
  try {
    whole =
        co_await async::timeout(std::chrono::duration_cast<async::Duration>(limit), get(url, page));
  } catch (const std::bad_alloc&) {
    page.error = "no memory";  // ends this page, and no other
  }
  if (whole) {
    std::printf("%d %8zu %s\n", page.status, page.size, text);
  } else {
    std::printf("%s: %s\n", text, in_words(page, whole.error(), limit.count()).c_str());
  }
  std::fflush(stdout);
  co_return whole.has_value();
}
// #endregion fetch.fetch

struct Settings {
  std::vector<std::string> texts;
  std::vector<http::Url> urls;
  double limit = 30;  // seconds
};

// #region fetch.fetch_all
async::Task<bool> fetch_all(const Settings& settings) {
  std::vector<async::Task<bool>> tasks;
  for (std::size_t i = 0; i < settings.urls.size(); ++i)
    tasks.push_back(fetch(settings.texts[i].c_str(), settings.urls[i],
                          std::chrono::duration<double>(settings.limit)));
  const std::vector<bool> fetched = co_await async::when_all(std::move(tasks));
  co_return std::ranges::find(fetched, false) == fetched.end();
}
// #endregion fetch.fetch_all

int run(int argc, char** argv) {
  Settings settings;
  const auto store_url = [&settings](std::string_view text) {
    auto url = http::Url::parse(text);
    if (!url) return false;
    settings.texts.emplace_back(text);
    settings.urls.push_back(std::move(*url));
    return true;
  };
  const epoll::CommandLine line(
      "Fetches pages at the same time, and reports how each one went.",
      {{"URL...", store_url, "http://HOST[:PORT][/PATH]"},
       {"[--timeout SECONDS]", epoll::number_into(settings.limit, 1e-9, 1e6),
        "for each page, up to 1000000; 30 if not given"}});
  if (const auto status = line.parse(argc, argv)) return *status;
  return async::block_on(fetch_all(settings)) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    return sys::fail("no memory");
  }
}
