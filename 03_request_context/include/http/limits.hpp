// How much of a message a parser accepts before it refuses the message.
//
// Every number that a peer chooses needs a bound that we choose. The limits of one message also
// bound the memory that receiving it can cost: head + body; while the buffer moves to a larger one,
// the bytes that have been received exist in both. A server that accepts large bodies decides at
// the head what to do with each of them (request_context.hpp), and bounds the memory of all its
// connections together (memory_budget.hpp).
#pragma once

#include <cstddef>

namespace http {

// The sender of a message. A client's message is parsed strictly: a proxy between the client and us
// may have read it differently, and a request can hide in the difference. A response comes from a
// server that we have chosen ourselves. Some of what servers send, although they should not, has
// only one possible meaning and is accepted; see response_parser.hpp.
enum class Sender { client, server };

struct Limits {
  // The first line, without its end. Longer: 414, or 501 if it is the method that is too long
  // [RFC 9112 3].
  std::size_t request_line = 8 * 1024;
  // From the first line to the empty line, including all line ends; the trailer section of a
  // chunked body may be as long again. Longer: 431 [RFC 6585 5].
  std::size_t head = 64 * 1024;
  // Field lines of head and trailers together. More: 431. The first 64 of each cost no allocation.
  std::size_t fields = 100;
  // Bytes of the body after chunked decoding. More: 413 [RFC 9110 15.5.14].
  std::size_t body = 64 * 1024 * 1024;
  // All chunk extensions of a body together. More: 413 [RFC 9112 7.1.1].
  std::size_t chunk_extensions = 16 * 1024;
};

}  // namespace http
