// breaks: the kernel no longer knows a source that was removed, in spite of a duplicate
// caught by: 04.EventLoop.a_removed_source_stays_silent_although_a_duplicate_keeps_its_file_open
// seen in: programs that rely on "close removes it" [epoll(7), Questions and answers]
// symptom: 100 % of a processor after a child process was started, for events that find no source
registrations_.remove(token);
