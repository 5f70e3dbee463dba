// breaks: a log that throws loses its line and nothing else
// caught by: 04.ServerLog.a_line_for_which_it_throws_is_lost_and_nothing_else
// seen in: the first version here
// symptom: the disk with the log is full, and the server is gone
write_(line);
