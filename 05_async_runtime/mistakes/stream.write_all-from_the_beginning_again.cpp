// breaks: a write continues where it was
// caught by: 05.Stream.from_one_byte_to_a_megabyte_all_bytes_pass_through_tiny_buffers_in_order,
//     05.Stream.two_tasks_may_hold_a_half_each_and_the_last_of_them_closes
// seen in: operations that are tried again from the top when they would block
// symptom: a part of a long answer comes twice
for (auto rest = left; !rest.empty();) {
  const auto taken = write_some(io, rest);
  if (!taken) return sys::failure(taken.error());
  rest = rest.subspan(*taken);
}
return {};
