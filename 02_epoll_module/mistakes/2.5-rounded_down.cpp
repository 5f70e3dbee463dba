// breaks: a wait lasts at least as long as was asked for, in one call
// caught by: 02.Poll.a_fraction_of_a_millisecond_is_waited_for_in_one_call
// seen in: everywhere that a duration_cast turns a timer's remaining time into milliseconds
// symptom: one processor is busy for the last part of a millisecond before every timer
if (!timeout) return -1;
const auto rounded = std::chrono::duration_cast<std::chrono::milliseconds>(*timeout).count();
return static_cast<int>(std::clamp<std::int64_t>(rounded, 0, std::numeric_limits<int>::max()));
