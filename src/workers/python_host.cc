#include "workers/python_host.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/process.h"
#include "base/strings.h"
#include "text/json.h"

extern char** environ;  // NOLINT: the name is POSIX's

namespace pivot::workers {

namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 30;  ///< of a frame
constexpr std::size_t kPiece = std::size_t{1} << 16;      ///< read at a time
constexpr int kFarewell = 2000;                           ///< milliseconds that a host has to end after we hung up

/// `from pivot.MODULE import main; main(FD)` with our package in front. Its bytecode is written beside it even where PYTHONDONTWRITEBYTECODE
/// is set: the folder is ours, and compiling the package takes a tenth of a second at every start.
std::string boot_code(const std::string& module) {
  return cat("import sys; sys.path.insert(0, sys.argv[1]); wish = sys.dont_write_bytecode; sys.dont_write_bytecode = False; from pivot.", module,
             " import main; sys.dont_write_bytecode = wish; main(int(sys.argv[2]))");
}

constexpr std::string_view kThreadVariables[] = {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"};

constexpr std::string_view kReadAtLoad[] = {"PYTHON", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "CUDA_", "LD_", "LANG", "LC_", "MPLBACKEND", "TZ"};

/// Libraries that start threads for themselves are told not to: a process with threads can't be forked safely. Stages get the user's own
/// settings back (`restore_environment`).
std::vector<std::string> environment_of(const HostStart& start) {
  if (start.environment) return merged_environment(*start.environment);
  std::vector<std::pair<std::string, std::string>> one_thread;
  for (const auto name : kThreadVariables) one_thread.emplace_back(name, "1");
  return merged_environment(one_thread);
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (auto& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

/// In a process group of its own, so that Ctrl-C reaches us and not the host; what the user's modules print while they are imported goes to
/// stderr, as our stdout may be JSON.
int spawn(const HostStart& start, int socket) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, socket, socket);  // drops close-on-exec
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, 2, 1);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (int s : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) sigaddset(&defaults, s);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  std::vector<std::string> argv{start.interpreter, "-c", boot_code(start.module), start.runtime, std::to_string(socket)};
  auto environment = environment_of(start);
  auto argv_pointers = pointers(argv), environment_pointers = pointers(environment);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, start.interpreter.c_str(), &actions, &attributes, argv_pointers.data(), environment_pointers.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0)
    throw Error(cat("the Python interpreter '", start.interpreter, "' can't be started: ", std::strerror(error)))
        .with_hint("name one with --python, the setting python.interpreter, or an active virtual environment");
  return pid;
}

}  // namespace

Value restored_environment() {
  Map out;
  for (const auto name : kThreadVariables) {
    const char* value = std::getenv(name.data());
    out.set(name, value == nullptr ? Value() : Value(value));
  }
  return Value(std::move(out));
}

bool is_read_at_load(std::string_view name) {
  return std::any_of(std::begin(kReadAtLoad), std::end(kReadAtLoad), [name](std::string_view start) { return name.starts_with(start); });
}

Value read_at_load() {
  List out;
  for (const auto start : kReadAtLoad) out.emplace_back(std::string(start));
  return Value(std::move(out));
}

const Value& field(const Value& message, std::string_view name) {
  static const Value kNull;
  const auto* found = message.is_map() ? message.as_map().find(name) : nullptr;
  return found != nullptr ? *found : kNull;
}

std::string text_field(const Value& message, std::string_view name) {
  const auto& value = field(message, name);
  return value.is_string() ? value.as_string() : std::string();
}

PythonHost::PythonHost(const HostStart& start) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw Error(cat("socketpair: ", std::strerror(errno)));
  try {
    pid_ = spawn(start, ends[1]);
  } catch (...) {
    ::close(ends[0]);
    ::close(ends[1]);
    throw;
  }
  ::close(ends[1]);
  socket_ = ends[0];
}

PythonHost::PythonHost(int inherited_socket) : socket_(inherited_socket) {
  if (::fcntl(socket_, F_SETFD, FD_CLOEXEC) != 0)
    throw Error(cat("--python-host: ", std::to_string(inherited_socket), " is no open descriptor"), ErrorKind::usage);
}

PythonHost::~PythonHost() {
  if (socket_ >= 0) ::close(socket_);
  if (pid_ == 0) return;
  int status = 0;
  for (int waited = 0; waited < kFarewell; waited += 5) {
    if (::waitpid(pid_, &status, WNOHANG) != 0) return;
    ::poll(nullptr, 0, 5);
  }
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, &status, 0);
}

int PythonHost::wait() {
  int status = 0;
  if (pid_ == 0 || ::waitpid(std::exchange(pid_, 0), &status, 0) <= 0) return 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void PythonHost::close() {
  if (closed_) return;
  closed_ = true;
  Map message;
  message.set("request", "close");
  try {
    send(Value(std::move(message)));
  } catch (const Error&) {
    // It is gone already.
  }
}

void PythonHost::send(const Value& message, const std::vector<int>& descriptors) {
  const auto body = text::json::dump(message);
  std::string frame(4, '\0');
  for (std::size_t i = 0; i < 4; ++i) frame[i] = static_cast<char>(body.size() >> (8 * i));
  frame += body;
  std::string_view rest(frame);
  alignas(cmsghdr) char control[CMSG_SPACE(16 * sizeof(int))];
  bool first = !descriptors.empty();
  while (!rest.empty()) {
    iovec piece{const_cast<char*>(rest.data()), rest.size()};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    if (first) {
      header.msg_control = control;
      header.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
      auto* c = CMSG_FIRSTHDR(&header);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
      std::memcpy(CMSG_DATA(c), descriptors.data(), descriptors.size() * sizeof(int));
    }
    const auto n = ::sendmsg(socket_, &header, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error(cat("the Python process has gone (", std::strerror(errno), ")"));
    first = false;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool PythonHost::fill() {
  char piece[kPiece];
  ssize_t n;
  do n = ::recv(socket_, piece, sizeof piece, 0);
  while (n < 0 && errno == EINTR);
  if (n > 0) buffer_.append(piece, static_cast<std::size_t>(n));
  return n > 0;
}

std::optional<Value> PythonHost::pop() {
  if (buffer_.size() < 4) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size |= std::size_t{static_cast<unsigned char>(buffer_[i])} << (8 * i);
  if (size > kMostBytes) throw Error("the Python process sent something that is no frame of the protocol");
  if (buffer_.size() < 4 + size) return std::nullopt;
  auto message = text::json::parse(std::string_view(buffer_).substr(4, size), "the Python process");
  buffer_.erase(0, 4 + size);
  return message;
}

std::optional<Value> PythonHost::receive() {
  while (true) {
    if (auto message = pop()) return message;
    if (!fill()) return std::nullopt;
  }
}

bool PythonHost::pump(const std::function<void(const Value&)>& on_message) {
  const bool alive = fill();
  while (auto message = pop()) on_message(*message);
  return alive;
}

}  // namespace pivot::workers
