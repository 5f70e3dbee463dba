// breaks: a wait lasts at least as long as was asked for, in one call
// caught by: 02.Poll.more_milliseconds_than_an_int_holds_are_waited_for_in_one_call
// seen in: code that converts a timeout of 64 bits for poll(2) or epoll_wait(2)
// symptom: a timeout of 50 days is over at once, or one of 25 days never ends
if (!timeout) return -1;
const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(*timeout).count();
return static_cast<int>(std::max<std::int64_t>(rounded, 0));
