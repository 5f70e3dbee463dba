// breaks: after oneshot, modify makes a descriptor report again
// caught by: 02.Poll.oneshot_reports_once_and_sleeps_until_it_is_modified,
//     02.Poll.oneshot_sleeps_through_hang_up
// seen in: programs that change an interest only when it is another one: under oneshot the same one
//     has to be given again, after each event
// symptom: the first request of each connection is answered, and no other
if (trigger == Trigger::oneshot) return {};  // the interest is the one that was given to `add`
return modify_interest(fd_.get(), fd, make_event(token, interest, trigger));
