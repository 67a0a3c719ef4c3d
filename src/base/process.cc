#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/clock.h"
#include "base/disk.h"
#include "base/error.h"
#include "base/strings.h"

extern char** environ;  // NOLINT: the name is POSIX's

namespace pivot {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr double kGraceSeconds = 5;  // between SIGTERM and SIGKILL when a stage's time is up

volatile std::sig_atomic_t g_received = 0;  // written by the handler only
int g_wakeup[2] = {-1, -1};

void on_signal(int number) {
  g_received = number;
  const char byte = 1;
  if (write(g_wakeup[1], &byte, 1) < 0) return;  // the pipe is full: a wake-up is on its way already
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (auto& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

/// Everything that the child needs between vfork and exec, prepared by the parent: the child shares our memory and may not allocate.
struct Launch {
  const char* program;
  bool search;        ///< on PATH, and a file without a first line that names its interpreter is run by sh
  char* const* argv;
  char* const* env;
  const char* cwd;
  int output;         ///< -1: our own streams
  int null_input;     ///< -1: our own
  const int* streams; ///< instead of these, three of them; -1: none
  pid_t parent;
  sigset_t mask;      ///< restored in the child
  volatile int error = 0;
};

/// Runs in the child. posix_spawn has no way to ask for the parent-death signal, without which a command of a run that was killed
/// (-9) would go on writing into the outputs of the next run.
[[noreturn]] void exec_child(Launch& launch) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  bool ok = getppid() == launch.parent && setpgid(0, 0) == 0;
  for (int s : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGTTOU}) signal(s, SIG_DFL);
  if (ok && launch.output >= 0)
    ok = dup2(launch.null_input, STDIN_FILENO) >= 0 && dup2(launch.output, STDOUT_FILENO) >= 0 && dup2(launch.output, STDERR_FILENO) >= 0;
  for (int fd = 0; ok && fd < 3; ++fd) ok = launch.streams[fd] < 0 || dup2(launch.streams[fd], fd) >= 0;
  if (ok && chdir(launch.cwd) == 0) {
    sigprocmask(SIG_SETMASK, &launch.mask, nullptr);
    if (launch.search) execvpe(launch.program, launch.argv, launch.env);
    else execve(launch.program, launch.argv, launch.env);
  }
  launch.error = errno != 0 ? errno : ECANCELED;
  _exit(127);
}

/// Starts the child without copying our page tables; all signals are blocked until it has its own handlers. 0 and `error` on failure.
pid_t vfork_exec(Launch& launch) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &launch.mask);
  errno = 0;
  const pid_t pid = vfork();
  if (pid == 0) exec_child(launch);
  const int error = pid < 0 ? errno : launch.error;
  sigprocmask(SIG_SETMASK, &launch.mask, nullptr);
  if (pid > 0 && error != 0) waitpid(pid, nullptr, 0);
  launch.error = error;
  return error != 0 ? 0 : pid;
}

/// Makes a group the terminal's foreground one; SIGTTOU would stop us otherwise.
void give_terminal(int group) {
  struct sigaction ignore {}, old {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGTTOU, &ignore, &old);
  tcsetpgrp(STDIN_FILENO, group);
  sigaction(SIGTTOU, &old, nullptr);
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

std::vector<std::string> merged_environment(const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> out;
  for (char** e = environ; *e != nullptr; ++e) {
    const std::string_view entry(*e);
    const auto name = entry.substr(0, entry.find('='));
    bool replaced = false;
    for (const auto& [key, value] : added) replaced = replaced || key == name;
    if (!replaced) out.emplace_back(entry);
  }
  for (const auto& [key, value] : added) out.push_back(cat(key, "=", value));
  return out;
}

InterruptGuard::InterruptGuard() {
  g_received = 0;
  if (pipe2(g_wakeup, O_CLOEXEC | O_NONBLOCK) != 0) throw_disk_error(errno, "pipe");
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (int s : {SIGINT, SIGTERM, SIGHUP}) sigaction(s, &action, nullptr);
}

InterruptGuard::~InterruptGuard() {
  for (int s : {SIGINT, SIGTERM, SIGHUP}) signal(s, SIG_DFL);
  for (int& fd : g_wakeup) {
    close(fd);
    fd = -1;
  }
}

int InterruptGuard::received() { return g_received; }
int InterruptGuard::wakeup_fd() { return g_wakeup[0]; }
void InterruptGuard::clear() { g_received = 0; }

ProcessSet::ProcessSet() = default;

ProcessSet::~ProcessSet() {
  for (auto& child : children_) {
    send(child, SIGKILL);
    int status = 0;
    if (!child.adopted) waitpid(child.pid, &status, 0);
    if (child.pidfd >= 0) close(child.pidfd);
    if (child.output >= 0) close(child.output);
  }
}

void ProcessSet::start(int id, const Command& command, double timeout) {
  int output[2] = {-1, -1};
  int null_input = -1;
  if (command.capture) {
    if (pipe2(output, O_CLOEXEC) != 0) throw_disk_error(errno, "pipe");
    null_input = open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
  auto argv = command.argv;
  auto env = !command.environment.empty() || command.env.empty() ? command.environment : merged_environment(command.env);
  auto argv_pointers = pointers(argv), env_pointers = pointers(env);
  const bool search = command.program.empty();
  Launch launch{search ? argv[0].c_str() : command.program.c_str(), search, argv_pointers.data(), env.empty() ? environ : env_pointers.data(),
                command.cwd.c_str(), output[1], null_input, command.streams, getpid(), {}};
  Child child{.id = id, .pid = vfork_exec(launch)};
  if (output[1] >= 0) close(output[1]);
  if (null_input >= 0) close(null_input);
  if (child.pid == 0) {
    if (output[0] >= 0) close(output[0]);
    throw_disk_error(launch.error, access(command.cwd.c_str(), F_OK) == 0 ? argv[0] : command.cwd);
  }
  child.output = output[0];
  child.pidfd = static_cast<int>(syscall(SYS_pidfd_open, child.pid, 0));
  if (timeout > 0) child.deadline_ns = monotonic_ns() + static_cast<std::int64_t>(timeout * kSecond);
  if (command.take_terminal && isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp()) {
    give_terminal(child.pid);
    child.terminal = true;
  }
  children_.push_back(child);
}

void ProcessSet::adopt(int id, int output, double timeout) {
  Child child{.id = id, .pid = 0};
  child.adopted = true;
  child.output = output;
  if (timeout > 0) child.deadline_ns = monotonic_ns() + static_cast<std::int64_t>(timeout * kSecond);
  children_.push_back(child);
}

ProcessSet::Child* ProcessSet::find(int id) {
  for (auto& child : children_)
    if (child.id == id) return &child;
  return nullptr;
}

void ProcessSet::set_group(int id, int group) {
  if (auto* child = find(id); child != nullptr) {
    child->pid = group;
    // A signal that came before the process was known.
    if (child->kill_at_ns != 0) send(*child, SIGTERM);
  }
}

void ProcessSet::end_adopted(int id, int code) {
  if (auto* child = find(id); child != nullptr) child->ended = code;
}

void ProcessSet::listen(int fd, std::function<void()> ready) {
  std::erase_if(listeners_, [&](const auto& listener) { return listener.first == fd; });
  if (ready) listeners_.emplace_back(fd, std::move(ready));
}

void ProcessSet::send(Child& child, int signal) {
  if (child.pid > 1) kill(-child.pid, signal);
}

void ProcessSet::drain(Child& child) {
  if (child.output < 0) return;
  char buffer[65536];
  const auto n = read(child.output, buffer, sizeof buffer);
  if (n > 0) {
    if (on_output) on_output(child.id, std::string_view(buffer, static_cast<std::size_t>(n)));
  } else if (n == 0 || errno != EINTR) {
    close(child.output);
    child.output = -1;
  }
}

void ProcessSet::check_deadlines() {
  const auto now = monotonic_ns();
  for (auto& child : children_) {
    if (child.deadline_ns != 0 && now >= child.deadline_ns) {
      child.timed_out = true;
      child.deadline_ns = 0;
      child.kill_at_ns = now + static_cast<std::int64_t>(kGraceSeconds * kSecond);
      send(child, SIGTERM);
    }
    if (child.kill_at_ns != 0 && now >= child.kill_at_ns) {
      child.kill_at_ns = 0;
      send(child, SIGKILL);
    }
  }
}

std::optional<ProcessEnd> ProcessSet::reap(std::size_t index) {
  auto& child = children_[index];
  int status = 0;
  if (child.adopted ? !child.ended : waitpid(child.pid, &status, WNOHANG) != child.pid) return std::nullopt;
  // What it wrote last may still stand in the pipe; grandchildren that keep it open are not waited for.
  while (child.output >= 0) {
    pollfd p{child.output, POLLIN, 0};
    if (poll(&p, 1, 0) <= 0) break;
    drain(child);
  }
  ProcessEnd end{child.id, child.adopted ? *child.ended : exit_code_of(status), child.timed_out};
  if (child.terminal) give_terminal(getpgrp());
  if (child.pidfd >= 0) close(child.pidfd);
  if (child.output >= 0) close(child.output);
  children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(index));
  return end;
}

/// By descriptor, as a listener may add or drop others.
void ProcessSet::call_listeners(const std::vector<pollfd>& fds) {
  const auto listeners = listeners_;
  for (const auto& [fd, ready] : listeners)
    for (const auto& p : fds)
      if (p.fd == fd && p.revents != 0) ready();
}

std::optional<ProcessEnd> ProcessSet::wait(double max_wait) {
  const auto until = max_wait < 0 ? 0 : monotonic_ns() + static_cast<std::int64_t>(max_wait * kSecond);
  while (!children_.empty()) {
    std::vector<pollfd> fds;
    fds.push_back({InterruptGuard::wakeup_fd(), POLLIN, 0});
    auto next = until;
    for (const auto& [fd, ready] : listeners_) fds.push_back({fd, POLLIN, 0});
    for (const auto& child : children_) {
      if (child.pidfd >= 0) fds.push_back({child.pidfd, POLLIN, 0});
      if (child.output >= 0) fds.push_back({child.output, POLLIN, 0});
      for (auto at : {child.deadline_ns, child.kill_at_ns})
        if (at != 0 && (next == 0 || at < next)) next = at;
      if (child.ended) next = monotonic_ns();
    }
    int milliseconds = -1;
    if (next != 0) milliseconds = static_cast<int>(std::max<std::int64_t>(0, (next - monotonic_ns() + 999'999) / 1'000'000));
    poll(fds.data(), fds.size(), milliseconds);
    if ((fds[0].revents & POLLIN) != 0) {
      char byte;
      while (read(fds[0].fd, &byte, 1) > 0) {
      }
      signal_all(InterruptGuard::received());
    }
    check_deadlines();
    call_listeners(fds);
    for (auto& child : children_)
      for (const auto& p : fds)
        if (child.output >= 0 && p.fd == child.output && p.revents != 0) drain(child);
    for (std::size_t i = 0; i < children_.size(); ++i)
      if (auto end = reap(i)) return end;
    if (until != 0 && monotonic_ns() >= until) return std::nullopt;
  }
  return std::nullopt;
}

int ProcessSet::pid_of(int id) const {
  for (const auto& child : children_)
    if (child.id == id) return child.pid;
  return 0;
}

void ProcessSet::signal_all(int number) {
  if (number == 0) return;
  for (auto& child : children_) {
    send(child, number);
    // A second wish to stop doesn't wait for the grace time to start again.
    if (child.kill_at_ns == 0) child.kill_at_ns = monotonic_ns() + static_cast<std::int64_t>(kGraceSeconds * kSecond);
  }
}

CapturedRun run_captured(Command command) {
  CapturedRun run;
  ProcessSet processes;
  processes.on_output = [&run](int, std::string_view text) { run.output += text; };
  command.capture = true;
  processes.start(0, command, 0);
  while (processes.running() > 0)
    if (const auto end = processes.wait(-1)) run.code = end->code;
  return run;
}

}  // namespace pivot
