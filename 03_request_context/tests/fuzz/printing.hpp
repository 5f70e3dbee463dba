// Messages, printed as they would be sent again.
#pragma once

#include <string>

#include "feeding.hpp"
#include "http/buffer.hpp"
#include "http/response.hpp"
#include "http/text.hpp"

namespace fuzz {

inline std::string printed(const http::testing::FieldList& fields) {
  std::string text;
  for (const auto& [name, value] : fields) text += name + ": " + value + "\r\n";
  return text + "\r\n";
}

inline bool ends_in_chunked(const http::testing::FieldList& fields) {
  std::string_view last;
  for (const auto& [name, value] : fields) {
    if (!http::equal_ignoring_case(name, "Transfer-Encoding")) continue;
    for (std::string_view list = value; !list.empty();) {
      const std::string_view element = http::take_list_element(list);
      if (!element.empty()) last = element;
    }
  }
  return http::equal_ignoring_case(last, "chunked");
}

// Fields, body and trailers; the body in a single chunk if it came in chunks.
inline std::string printed_behind_start_line(const http::testing::Seen& seen) {
  const std::string head = printed(seen.fields);
  const bool has_body = seen.heads != 0;
  if (!has_body || !ends_in_chunked(seen.fields)) return head + seen.body;
  http::Buffer chunk;
  http::append_chunk(chunk, http::as_bytes(seen.body));
  return head + std::string(http::as_text(chunk.data())) + "0\r\n" + printed(seen.trailers);
}

}  // namespace fuzz
