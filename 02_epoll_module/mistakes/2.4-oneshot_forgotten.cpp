// breaks: a oneshot registration sleeps until it is modified
// caught by: 02.Poll.oneshot_reports_once_and_sleeps_until_it_is_modified,
//     02.Poll.oneshot_sleeps_through_hang_up
// seen in: wrappers that know level and edge only
// symptom: two threads work on one connection at the same time and mix its bytes up
epoll_event event{};
event.events = interest.bits();
if (trigger != Trigger::level) event.events |= static_cast<std::uint32_t>(EPOLLET);
event.data.u64 = token.packed();
return event;
