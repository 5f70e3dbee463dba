// breaks: the end of a stream that came with its last bytes is read
// caught by: 05.Readiness.a_short_read_at_the_announced_end_leaves_the_end_to_be_read,
//     05.Lifetime.bytes_and_the_end_in_one_turn_are_both_read
// seen in: edge-triggered loops that save the second read after every short one
// symptom: connections in CLOSE_WAIT that are never closed; a hundred thousand after a week
clear_readiness(direction);
