// breaks: once means once
// caught by: 02.Timer.once_means_once
// seen in: programs that fill in both fields of itimerspec because there are two
// symptom: a retry becomes a thousand retries
itimerspec spec{};
spec.it_value = to_timespec(std::max(delay, nanoseconds(1)));
spec.it_interval = spec.it_value;
return set(fd(), spec);
