// breaks: write_all ends when all bytes are taken
// caught by: 05.Stream.from_one_byte_to_a_megabyte_all_bytes_pass_through_tiny_buffers_in_order,
//     05.Faults.a_client_that_reads_nothing_for_long_gets_every_byte_in_order
// seen in: the echo server of the originals: "write(&buf[..n]).await.unwrap()"; 164 to 1,230 bytes
//     of six million were missing, in eight runs of eight
// symptom: files that are a little too short, from slow clients only
const auto taken = write_some(io, left);
if (!taken) return sys::failure(taken.error());
return {};
