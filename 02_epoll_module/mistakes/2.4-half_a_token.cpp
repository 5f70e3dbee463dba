// breaks: an event brings the whole token back
// caught by: 02.Poll.an_event_brings_its_token,
//     02.Poll.a_stale_event_for_a_reused_descriptor_is_refused_by_its_token
// seen in: programs that put an index into data.u32, which is a union with data.u64
// symptom: no client is found for an event, or, without generations, the wrong one
epoll_event event{};
event.events = interest.bits();
if (trigger == Trigger::edge) event.events |= static_cast<std::uint32_t>(EPOLLET);
if (trigger == Trigger::oneshot) event.events |= static_cast<std::uint32_t>(EPOLLONESHOT);
event.data.u32 = token.index;
return event;
