// breaks: a descriptor that is already owned stays open when it is handed over again
// caught by: 02.UniqueFd.reset_to_the_one_it_owns_keeps_it_open
// seen in: hand-written owners, at self-assignment
// symptom: a connection answers "Bad file descriptor" right after it was stored; later its number
//     belongs to another client, and that one is closed
if (fd_ >= 0) close(fd_);
fd_ = fd;
