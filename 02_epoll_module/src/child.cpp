#include "epoll/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

// The header of glibc 2.36 forgot to say that these are C functions; twice does no harm.
extern "C" {
#include <sys/pidfd.h>
}

#include "syscall/call.hpp"
#include "syscall/todo.hpp"

namespace epoll {
namespace {

// What posix_spawn is to do in the child before the program starts. It only notes the steps; they
// are taken in order, and the first that fails is the error of posix_spawn.
class SpawnPlan {
 public:
  SpawnPlan() = default;
  ~SpawnPlan() {  // neither of these can fail, and neither is a system call
    if (has_actions_) ::posix_spawn_file_actions_destroy(&actions_);
    if (has_attributes_) ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  // Before anything else.
  [[nodiscard]] sys::Result<> init() {
    auto ready = sys::call_status<::posix_spawn_file_actions_init>(&actions_);
    has_actions_ = ready.has_value();
    if (!ready) return ready;
    ready = sys::call_status<::posix_spawnattr_init>(&attributes_);
    has_attributes_ = ready.has_value();
    return ready;
  }

  // Descriptor `target` of the child is a copy of our `fd`; the copy is not close-on-exec.
  [[nodiscard]] sys::Result<> copy(int fd, int target) {
    return sys::call_status<::posix_spawn_file_actions_adddup2>(&actions_, fd, target);
  }
  [[nodiscard]] sys::Result<> open_null(int target) {
    const int direction = target == STDIN_FILENO ? O_RDONLY : O_WRONLY;
    const char* const path = "/dev/null";
    return sys::call_status<::posix_spawn_file_actions_addopen>(&actions_, target, path, direction,
                                                                mode_t{0});
  }
  // After the standard descriptors: all that does not depend on the wishes for them.
  [[nodiscard]] sys::Result<> finish(const std::string& directory) {
    // A descriptor that was not marked close-on-exec stays out as well.
    const int first = STDERR_FILENO + 1;
    if (auto planned =
            sys::call_status<::posix_spawn_file_actions_addclosefrom_np>(&actions_, first);
        !planned)
      return planned;
    if (!directory.empty()) {
      const char* const path = directory.c_str();
      if (auto planned = sys::call_status<::posix_spawn_file_actions_addchdir_np>(&actions_, path);
          !planned)
        return planned;
    }
    return reset_signals();
  }

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const noexcept { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const noexcept { return &attributes_; }

 private:
  [[nodiscard]] sys::Result<> reset_signals() {
    sigset_t none{};
    sigset_t sigpipe{};
    sigaddset(&sigpipe, SIGPIPE);
    SYS_TRY(sys::call_status<::posix_spawnattr_setsigmask>(&attributes_, &none));
    SYS_TRY(sys::call_status<::posix_spawnattr_setsigdefault>(&attributes_, &sigpipe));
    const short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    return sys::call_status<::posix_spawnattr_setflags>(&attributes_, flags);
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  bool has_actions_ = false;
  bool has_attributes_ = false;
};

// Makes one end of a pipe fit to be a standard descriptor of a child: one that blocks, as every
// program expects of its input and output, and whose number is above 2. If our process has closed
// its own standard descriptors, the pipe may have got 1, say. If 1 is then to be /dev/null in the
// child, the copy for 2 comes too late.
sys::Result<UniqueFd> for_child(UniqueFd fd) {
  if (fd.get() <= STDERR_FILENO) {
    const auto above = sys::call<::fcntl>(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    SYS_TRY(above);
    fd.reset(*above);
  }
  // The flags belong to this end alone: the two ends of a pipe are two open files.
  const auto flags = sys::call<::fcntl>(fd.get(), F_GETFL);
  SYS_TRY(flags);
  SYS_TRY(sys::call<::fcntl>(fd.get(), F_SETFL, *flags & ~O_NONBLOCK));
  return fd;
}

// The form of argv and environ: pointers to C strings, and null at the end.
std::vector<char*> c_strings(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// A C string ends at its first NUL, so "a\0b" would arrive as "a": a program other than the one that
// was checked, perhaps.
bool has_nul(const std::vector<std::string>& texts) {
  return std::ranges::any_of(texts, [](const auto& text) { return text.contains('\0'); });
}

// Plans one standard descriptor of the child. Gives our end if it is piped, and nothing otherwise;
// `theirs` gets the child's end, to be closed here once the child has it: a reader sees the end only
// when every writer is gone, ourselves included.
sys::Result<UniqueFd> plan_standard(SpawnPlan& plan, int target, Stdio wanted, UniqueFd& theirs) {
  if (wanted == Stdio::inherit) return UniqueFd();
  if (wanted == Stdio::null) {
    SYS_TRY(plan.open_null(target));
    return UniqueFd();
  }
  auto pipe = Pipe::create();
  SYS_TRY(pipe);
  UniqueFd ours = pipe->reader.take_fd();
  UniqueFd other = pipe->writer.take_fd();
  if (target == STDIN_FILENO) std::swap(ours, other);
  auto fit = for_child(std::move(other));
  SYS_TRY(fit);
  theirs = std::move(*fit);
  SYS_TRY(plan.copy(theirs.get(), target));
  return ours;
}

// Starts what has been planned.
sys::Result<pid_t> run(const SpawnPlan& plan, const std::vector<std::string>& arguments,
                       const std::optional<std::vector<std::string>>& environment) {
  const auto argv = c_strings(arguments);
  const auto own = environment ? c_strings(*environment) : std::vector<char*>();
  char* const* const variables = environment ? own.data() : ::environ;
  pid_t pid = 0;
  if (auto started = sys::call_status<::posix_spawnp>(&pid, argv[0], plan.actions(),
                                                      plan.attributes(), argv.data(), variables);
      !started)
    return sys::failure(started.error());
  return pid;
}

}  // namespace

sys::Result<Child> Child::spawn(const std::vector<std::string>& arguments,
                                const SpawnOptions& options) {
  if (arguments.empty() || has_nul(arguments) || has_nul({options.directory}) ||
      (options.environment && has_nul(*options.environment)))
    return sys::failure(EINVAL);

  SpawnPlan plan;
  SYS_TRY(plan.init());
  std::array<UniqueFd, 3> ours;
  std::array<UniqueFd, 3> theirs;
  const std::array wanted{options.standard_input, options.standard_output, options.standard_error};
  for (const int target : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    auto end = plan_standard(plan, target, wanted[target], theirs[target]);
    SYS_TRY(end);
    ours[target] = std::move(*end);
  }
  SYS_TRY(plan.finish(options.directory));

  const auto pid = run(plan, arguments, options.environment);
  SYS_TRY(pid);
  // The number is still the child's: it stays a zombie, if it has ended, until we wait for it.
  const auto fd = sys::call<::pidfd_open>(*pid, 0u);
  if (!fd) {
    int* const status = nullptr;
    (void)sys::call<::kill>(*pid, SIGKILL);
    (void)sys::call_uninterrupted<::waitpid>(*pid, status, 0);
    return sys::failure(fd.error());
  }
  Child child(*pid, UniqueFd(*fd));
  if (ours[0]) child.standard_input = PipeWriter::adopt(std::move(ours[0]));
  if (ours[1]) child.standard_output = PipeReader::adopt(std::move(ours[1]));
  if (ours[2]) child.standard_error = PipeReader::adopt(std::move(ours[2]));
  return child;
}

Child::Child(pid_t pid, UniqueFd fd) noexcept
    : pid_(pid), parent_(::getpid()), fd_(std::move(fd)) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  end();
  pid_ = other.pid_;
  parent_ = other.parent_;
  fd_ = std::move(other.fd_);
  status_ = other.status_;
  standard_input = std::move(other.standard_input);
  standard_output = std::move(other.standard_output);
  standard_error = std::move(other.standard_error);
  return *this;
}

sys::Result<ExitStatus> Child::try_wait() {
  return collect(WNOHANG);
}

sys::Result<ExitStatus> Child::wait() {
  standard_input.reset();
  return collect(0);
}

sys::Result<ExitStatus> Child::collect(int flags) {
  // #region 2.20 collect
  if (status_) return *status_;
  siginfo_t info{};
  const auto id = static_cast<id_t>(fd_.get());
  SYS_TRY(sys::call_uninterrupted<::waitid>(P_PIDFD, id, &info, WEXITED | flags));
  // With WNOHANG, "nothing yet" is a success that leaves the number at 0 [waitid(2)].
  if (info.si_pid == 0) return sys::failure(std::errc::operation_would_block);
  status_ = info.si_code == CLD_EXITED ? ExitStatus::exited(info.si_status)
                                       : ExitStatus::killed(info.si_status);
  return *status_;
  // #endregion 2.20
}

sys::Result<> Child::kill(int number) {
  siginfo_t* const as_by_kill = nullptr;
  return sys::without_value(sys::call<::pidfd_send_signal>(fd_.get(), number, as_by_kill, 0u));
}

pid_t Child::detach() noexcept {
  fd_.reset();
  return pid_;
}

void Child::end() noexcept {
  if (!fd_ || status_ || ::getpid() != parent_) return;
  // A child that has changed its user may be out of our reach (EPERM). Then it is not waited for
  // either: that could last for ever.
  const int flags = kill(SIGKILL) ? 0 : WNOHANG;
  siginfo_t info{};
  const auto id = static_cast<id_t>(fd_.get());
  (void)sys::call_uninterrupted<::waitid>(P_PIDFD, id, &info, WEXITED | flags);
}

}  // namespace epoll
