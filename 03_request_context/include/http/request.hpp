// One request, as a handler sees it.
//
// Nothing here is owned. All views point into the connection's buffer, and are good until the
// session takes the request's bytes out of it: as long as the handler runs.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "http/message.hpp"

namespace http {

// What a request line may ask for [RFC 9112 3.2].
enum class TargetForm {
  origin,     // /path?query             the usual one
  absolute,   // http://host/path?query  to a proxy; every server must take it
  authority,  // host:port               CONNECT, and nothing else
  asterisk,   // *                       OPTIONS, and nothing else: the server as a whole
};

struct Request : Message {
  std::string_view method;  // a token, case-sensitive; perhaps an unknown one
  std::string_view target;  // as it was sent: visible ASCII, nothing is decoded
  TargetForm form = TargetForm::origin;
  // What the head tells: 0 without a body, nullopt for one in chunks, whose length only its end tells.
  std::optional<std::size_t> content_length = 0;
  bool wants_continue = false;  // the client waits for "100 Continue" before the body

  // The parts of the target [RFC 3986 3]. `path` is never empty but for authority- and
  // asterisk-form; `query` is what follows the first '?', or empty.
  [[nodiscard]] std::string_view path() const noexcept;
  [[nodiscard]] std::string_view query() const noexcept;
  // Host, and port if there is one: of the target if it names one, else of the Host field, which the
  // target overrules [RFC 9112 3.2.2]. Empty if a client of HTTP/1.0 says nothing.
  [[nodiscard]] std::string_view authority() const noexcept;

  // Whether the client would send another request on this connection [RFC 9112 9.3].
  [[nodiscard]] bool keep_alive() const noexcept;
};

}  // namespace http
