// breaks: the descriptor that was owned before is closed when another takes its place
// caught by: 02.UniqueFd.reset_takes_over_a_new_descriptor_and_closes_the_old_one
// seen in: owners whose destructor is right, and whose assignment was added later
// symptom: "Too many open files" after some days
const int old = std::exchange(fd_, fd);
if (old >= 0 && fd < 0) close(old);
