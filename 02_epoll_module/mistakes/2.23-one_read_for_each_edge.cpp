// breaks: under edge trigger, everything that has come is read
// caught by: 02.PrintServer.what_one_turn_leaves_the_next_one_does_without_an_event,
//     02.PrintServer.prints_every_byte_as_it_is
// seen in: the classic of edge trigger
// symptom: short messages work; of a long one the rest comes with the client's next message
const auto count =
    stream.read(std::span(buffer_).first(std::min(options_.budget, buffer_.size())));
if (!count) return sys::would_block(count.error()) ? Outcome::drained : Outcome::over;
if (*count == 0) return Outcome::over;
print(std::span(buffer_).first(*count));
return Outcome::drained;
