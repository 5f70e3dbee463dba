// breaks: what did not fit the buffer is read next
// caught by: 05.Stream.what_did_not_fit_the_buffer_is_read_next,
//     05.Faults.messages_of_one_byte_to_one_megabyte_come_back_through_tiny_buffers
// seen in: edge trigger, with the habits of level trigger
// symptom: works with short messages; a long one stops at the size of the buffer
const auto count = source.try_io(Direction::read, [&] { return socket->read(buffer); });
source.on_transfer(count.value_or(0));
if (count && *count != 0) source.on_partial_io(Direction::read);
return count;
