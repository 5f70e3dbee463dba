// breaks: a log that throws loses its line and nothing else
// caught by: 05.HttpService.a_log_that_throws_loses_its_line_and_nothing_else
// seen in: the first version here
// symptom: the disk with the log is full, and the server is gone
options_.log(line);
