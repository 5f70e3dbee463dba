// breaks: an edge-triggered event comes once for what has arrived
// caught by: 02.Poll.edge_reports_once_what_has_arrived
// seen in: wrappers whose default is level and that never pass the flag on
// symptom: the program works, and epoll_wait returns far more often than anything happens
epoll_event event{};
event.events = interest.bits();
if (trigger == Trigger::oneshot) event.events |= static_cast<std::uint32_t>(EPOLLONESHOT);
event.data.u64 = token.packed();
return event;
