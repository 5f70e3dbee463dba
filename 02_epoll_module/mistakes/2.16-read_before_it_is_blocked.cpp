// breaks: a signal that can be read no longer ends the process
// caught by: 02.Signals.a_signal_is_read_and_no_longer_ends_the_process
// seen in: programs that have a signalfd and no mask: it reads only what is blocked [signalfd(2)]
// symptom: Ctrl-C ends the server in the middle of its answers, as if there were no signalfd
const auto set = make_set(numbers);
if (!set) return sys::failure(set.error());
sigset_t nothing{};
auto blocked = block(nothing);
if (!blocked) return sys::failure(blocked.error());
const auto fd = sys::call<::signalfd>(-1, &*set, static_cast<int>(SFD_NONBLOCK | SFD_CLOEXEC));
if (!fd) return sys::failure(fd.error());
return join_others(std::move(*blocked), UniqueFd(*fd), *set);
