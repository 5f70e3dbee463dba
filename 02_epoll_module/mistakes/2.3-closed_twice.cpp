// breaks: every descriptor is closed once
// caught by: 02.UniqueFd.makes_one_call_to_close
// seen in: programs that close "to be sure", as the HTTP server of the originals does in two places
// symptom: under load, now and then, a file or connection of other code is shut: its number was
//     given out again between the two calls
const int old = std::exchange(fd_, fd);
if (old >= 0 && old != fd) {
  close(old);
  close(old);  // the first may have been interrupted
}
