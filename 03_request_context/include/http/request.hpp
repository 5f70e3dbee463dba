// One request, as a handler gets it.
//
// Nothing here is owned. All views point into the connection's buffer, and are valid until the
// session removes the request's bytes from it: as long as the handler runs.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "http/message.hpp"

namespace http {

// The forms of the target in a request line [RFC 9112 3.2].
enum class TargetForm {
  origin,     // /path?query             the usual one
  absolute,   // http://host/path?query  to a proxy; every server must accept it
  authority,  // host:port               CONNECT, and nothing else
  asterisk,   // *                       OPTIONS, and nothing else: the server as a whole
};

struct Request : Message {
  std::string_view method;  // a token, case-sensitive; perhaps an unknown one
  std::string_view target;  // as it was sent: visible ASCII, not decoded
  TargetForm form = TargetForm::origin;
  // The length from the head: 0 without a body; nullopt for a chunked body, whose length is known
  // only at its end.
  std::optional<std::size_t> content_length = 0;
  bool wants_continue = false;  // the client waits for "100 Continue" before the body

  // The parts of the target [RFC 3986 3]. `path` is never empty, except in authority-form and
  // asterisk-form; `query` is the text after the first '?', or empty.
  [[nodiscard]] std::string_view path() const noexcept;
  [[nodiscard]] std::string_view query() const noexcept;
  // The host, and the port if there is one: those of the target if it names a host, otherwise those
  // of the Host field, which the target overrides [RFC 9112 3.2.2]. Empty if a client of HTTP/1.0
  // gives neither.
  [[nodiscard]] std::string_view authority() const noexcept;

  // Whether the client may send another request on this connection [RFC 9112 9.3].
  [[nodiscard]] bool keep_alive() const noexcept;
};

}  // namespace http
