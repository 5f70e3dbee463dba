// How much of a message a parser takes before it refuses.
//
// Every number that a peer chooses needs a bound that we choose. What the limits of one message add
// up to is also the memory that its coming in can cost: head + body; and while the buffer moves to a
// larger one, what has come stands in both. A server whose bodies may be large asks at the head what is
// to become of them (request_context.hpp), and bounds the memory of all its connections together
// (memory_budget.hpp).
#pragma once

#include <cstddef>

namespace http {

// The sender of a message. What a client sends is read by the letter: a proxy between it and us may
// have read it in another way, and then a request can hide from it. An answer comes from a server that we
// have asked ourselves, and some of what servers send has one meaning only, though they should not
// send it; see response_parser.hpp.
enum class Sender { client, server };

struct Limits {
  // The first line, its end not counted. Longer: 414, or 501 if it is the method that is too long
  // [RFC 9112 3].
  std::size_t request_line = 8 * 1024;
  // From the first line to the empty line, all line ends counted; the trailer section of a chunked
  // body has as much again. Longer: 431 [RFC 6585 5].
  std::size_t head = 64 * 1024;
  // Field lines of head and trailers together. More: 431. The first 64 of each cost no allocation.
  std::size_t fields = 100;
  // Bytes of the body, as they are when the chunks are undone. More: 413 [RFC 9110 15.5.14].
  std::size_t body = 64 * 1024 * 1024;
  // All chunk extensions of a body together. More: 413 [RFC 9112 7.1.1].
  std::size_t chunk_extensions = 16 * 1024;
};

}  // namespace http
