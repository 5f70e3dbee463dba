#include "event_loop/server_log.hpp"

#include <new>
#include <utility>

#include "http/text.hpp"

namespace event_loop {

ServerLog::ServerLog(Write write) : write_(std::move(write)) {
  if (!write_) write_ = [](std::string_view line) { standard_error_log().write(line); };
}

void ServerLog::write(std::string_view line) noexcept {
  // #region server_log.write
  try {
    write_(line);
  } catch (...) {
    ++lines_lost_;  // its disk is full, say
  }
  // #endregion server_log.write
}

void ServerLog::failure(std::string_view what, std::string_view why) noexcept {
  LogLine line;
  line << what << ": ";
  try {
    line << http::printable(why);
  } catch (const std::bad_alloc&) {
    line << "and there is no memory to say why";
  }
  write(line.text());
}

void ServerLog::often(OncePerSecond& limit, std::string_view what, std::string_view why) noexcept {
  if (const auto line = limit.line(epoll::Clock::now(), what, why)) write(line->text());
}

}  // namespace event_loop
