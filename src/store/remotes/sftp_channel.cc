#include "store/remotes/sftp_channel.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "base/disk.h"
#include "base/error.h"
#include "base/strings.h"

extern char** environ;

namespace pivot::store {
namespace {

constexpr std::uint8_t kInit = 1;
constexpr std::uint32_t kVersion = 3;
constexpr std::uint32_t kLongestPacket = 1 << 20;  ///< servers send 256 KiB at most
constexpr std::size_t kReadBuffer = 1 << 18;
constexpr int kSilence = 120'000;                  ///< milliseconds until a server that says nothing counts as gone

// Answers ssh's questions from the environment; the program is the only way to hand ssh a password.
constexpr std::string_view kAskpass =
    "#!/bin/sh\n"
    "case \"$1\" in *assphrase*) printf '%s\\n' \"$PIVOT_SSH_PASSPHRASE\" ;; *) printf '%s\\n' \"$PIVOT_SSH_PASSWORD\" ;; esac\n";

std::uint32_t number_at(std::string_view bytes) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < 4; ++i) out = out << 8 | static_cast<std::uint8_t>(bytes[i]);
  return out;
}

std::string packet(std::uint8_t type, std::string_view head, std::string_view fields) {
  SftpFields out;
  out.number(static_cast<std::uint32_t>(1 + head.size() + fields.size()));
  auto bytes = out.take();
  bytes += static_cast<char>(type);
  bytes += head;
  bytes += fields;
  return bytes;
}

/// Two ends that children don't inherit unless told to. Sockets: a write to one whose other end is gone can do without SIGPIPE.
struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw_disk_error(errno, "socketpair");
    read = ends[0];
    write = ends[1];
  }
  ~Pipe() {
    if (read >= 0) ::close(read);
    if (write >= 0) ::close(write);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
};

std::vector<std::string> ssh_command(const SshTarget& target) {
  std::vector<std::string> out;
  // As GIT_SSH_COMMAND does for Git, split at blanks.
  const char* program = std::getenv("PIVOT_SSH_COMMAND");
  for (const auto word : split(program != nullptr && *program != '\0' ? program : "ssh", ' '))
    if (!word.empty()) out.emplace_back(word);
  out.insert(out.end(), {"-oStrictHostKeyChecking=accept-new", "-oServerAliveInterval=20", "-oClearAllForwardings=yes", "-oLogLevel=ERROR"});
  if (target.port != 0) out.insert(out.end(), {"-p", std::to_string(target.port)});
  if (!target.user.empty()) out.insert(out.end(), {"-l", target.user});
  if (!target.keyfile.empty()) out.insert(out.end(), {"-i", target.keyfile});
  if (target.timeout > 0) out.push_back(cat("-oConnectTimeout=", std::to_string(target.timeout)));
  if (target.gss) out.push_back("-oGSSAPIAuthentication=yes");
  if (!target.agent) out.push_back("-oIdentityAgent=none");
  // Nobody is there to answer: don't wait for it.
  if (target.password.empty() && target.passphrase.empty() && isatty(STDIN_FILENO) == 0) out.push_back("-oBatchMode=yes");
  out.insert(out.end(), {"-s", "--", target.host, "sftp"});
  return out;
}

std::string write_askpass() {
  const char* folder = std::getenv("TMPDIR");
  auto name = cat(folder != nullptr && *folder != '\0' ? folder : "/tmp", "/pivot-askpass-XXXXXX");
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) throw_disk_error(errno, name);
  const bool written = ::write(fd, kAskpass.data(), kAskpass.size()) == static_cast<ssize_t>(kAskpass.size()) && fchmod(fd, 0700) == 0;
  ::close(fd);
  if (!written) throw_disk_error(errno, name);
  return name;
}

}  // namespace

SftpFields& SftpFields::number(std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes_ += static_cast<char>(value >> shift & 0xff);
  return *this;
}

SftpFields& SftpFields::number64(std::uint64_t value) { return number(static_cast<std::uint32_t>(value >> 32)).number(static_cast<std::uint32_t>(value)); }

SftpFields& SftpFields::text(std::string_view value) {
  number(static_cast<std::uint32_t>(value.size()));
  bytes_ += value;
  return *this;
}

std::uint32_t SftpAnswer::number() {
  if (rest_.size() < 4) throw Error("the SFTP server sent a packet that is too short");
  const auto out = number_at(rest_);
  rest_.remove_prefix(4);
  return out;
}

std::uint64_t SftpAnswer::number64() {
  const std::uint64_t high = number();
  return high << 32 | number();
}

std::string_view SftpAnswer::text() {
  const auto size = number();
  if (rest_.size() < size) throw Error("the SFTP server sent a packet that is too short");
  const auto out = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return out;
}

SftpAttributes SftpAnswer::attributes_of_file() {
  constexpr std::uint32_t kSize = 1, kOwner = 2, kMode = 4, kTimes = 8, kExtended = 0x80000000;
  SftpAttributes out;
  const auto flags = number();
  if ((flags & kSize) != 0) out.size = static_cast<std::int64_t>(number64());
  if ((flags & kOwner) != 0) number64();
  if ((flags & kMode) != 0) out.mode = number();
  if ((flags & kTimes) != 0) {
    number();
    out.mtime = number();
  }
  if ((flags & kExtended) != 0)
    for (auto n = number(); n > 0; --n) {
      text();
      text();
    }
  return out;
}

std::uint32_t SftpAnswer::code() const {
  if (type_ != status) return ok;
  auto copy = *this;
  return copy.number();
}

std::string SftpAnswer::problem() {
  if (type_ != status) return "";
  auto copy = *this;
  const auto value = copy.number();
  if (value == ok) return "";
  if (value == no_such_file) return "No such file";
  if (value == permission_denied) return "Permission denied";
  const auto words = copy.text();
  return words.empty() ? cat("SFTP error ", std::to_string(value)) : std::string(words);
}

SftpChannel::SftpChannel(const SshTarget& target) : host_(target.host) {
  try {
    start(target);
    shake_hands();
  } catch (...) {
    if (!askpass_.empty()) ::unlink(askpass_.c_str());
    throw;
  }
  if (!askpass_.empty()) ::unlink(askpass_.c_str());
}

void SftpChannel::start(const SshTarget& target) {
  Pipe to, from, errors;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to.read, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from.write, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors.write, STDERR_FILENO);
  const auto command = ssh_command(target);
  std::vector<char*> argv, env;
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::vector<std::string> extra;
  if (!target.password.empty() || !target.passphrase.empty()) {
    askpass_ = write_askpass();
    extra = {cat("SSH_ASKPASS=", askpass_), "SSH_ASKPASS_REQUIRE=force", cat("PIVOT_SSH_PASSWORD=", target.password),
             cat("PIVOT_SSH_PASSPHRASE=", target.passphrase)};
  }
  for (auto** variable = environ; *variable != nullptr; ++variable)
    if (extra.empty() || !std::string_view(*variable).starts_with("SSH_ASKPASS")) env.push_back(*variable);
  for (auto& variable : extra) env.push_back(variable.data());
  env.push_back(nullptr);
  const int code = posix_spawnp(&pid_, argv.front(), &actions, nullptr, argv.data(), env.data());
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) {
    pid_ = 0;
    throw Error(cat("remotes over SSH need the program `", command.front(), "`: ", std::strerror(code))).with_hint("install the package openssh-client");
  }
  in_ = std::exchange(to.write, -1);
  out_ = std::exchange(from.read, -1);
  errors_ = std::exchange(errors.read, -1);
  for (const int fd : {in_, out_, errors_}) fcntl(fd, F_SETFL, O_NONBLOCK);
}

SftpChannel::~SftpChannel() {
  for (const int fd : {in_, out_, errors_})
    if (fd >= 0) ::close(fd);
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

std::string SftpChannel::ssh_words() {
  // What it has to say comes just before it ends.
  if (in_ >= 0) ::close(std::exchange(in_, -1));
  std::string out;
  char buffer[4096];
  pollfd poll_errors{errors_, POLLIN, 0};
  while (::poll(&poll_errors, 1, 2000) > 0) {
    const auto n = ::read(errors_, buffer, sizeof buffer);
    if (n <= 0) break;
    out.append(buffer, static_cast<std::size_t>(n));
  }
  std::string words;
  for (const auto line : split(out, '\n')) {
    const auto text = trim(line);
    if (!text.empty()) words += cat(words.empty() ? "" : "; ", text);
  }
  return words;
}

void SftpChannel::fail(const std::string& what) {
  const auto words = ssh_words();
  waiting_.clear();  // whoever asked is gone when this is caught
  throw Error(cat("ssh to '", host_, "': ", words.empty() ? what : words));
}

void SftpChannel::shake_hands() {
  SftpFields fields;
  sending_ += packet(kInit, "", fields.number(kVersion).take());
  while (received_.size() < 5 || received_.size() < 4 + number_at(received_)) {
    if (received_.size() >= 4 && number_at(received_) > kLongestPacket) fail(cat("not an SFTP server: it says ", cat("'", received_.substr(0, 80), "'")));
    exchange();
  }
  const auto size = number_at(received_);
  SftpAnswer answer(static_cast<std::uint8_t>(received_[4]), std::string_view(received_).substr(5, size - 1));
  if (answer.type() != SftpAnswer::version || answer.number() < kVersion) fail("the server's SFTP is older than version 3");
  can_replace_ = std::string_view(received_).substr(0, size + 4).find("posix-rename@openssh.com") != std::string_view::npos;
  received_.erase(0, size + 4);
}

void SftpChannel::send(SftpRequest type, const std::string& fields, OnAnswer on_answer) {
  SftpFields id;
  id.number(next_id_);
  sending_ += packet(static_cast<std::uint8_t>(type), id.take(), fields);
  waiting_.emplace(next_id_++, std::move(on_answer));
}

/// Sends and receives what can be, waiting for the first chance.
void SftpChannel::exchange() {
  pollfd fds[2] = {{out_, POLLIN, 0}, {in_, static_cast<short>(sent_ < sending_.size() ? POLLOUT : 0), 0}};
  const int n = ::poll(fds, 2, kSilence);
  if (n < 0 && errno == EINTR) return;
  if (n == 0) fail("the server does not answer");
  if ((fds[1].revents & POLLERR) != 0 && fds[0].revents == 0) fail("the connection was closed");
  if ((fds[1].revents & POLLOUT) != 0) {
    const auto written = ::send(in_, sending_.data() + sent_, sending_.size() - sent_, MSG_NOSIGNAL);
    if (written < 0 && errno != EAGAIN && errno != EINTR) fail("the connection was closed");
    if (written > 0) sent_ += static_cast<std::size_t>(written);
    if (sent_ == sending_.size()) {
      sending_.clear();
      sent_ = 0;
    } else if (sent_ > kReadBuffer) {
      sending_.erase(0, sent_);
      sent_ = 0;
    }
  }
  if (fds[0].revents == 0) return;
  const auto old = received_.size();
  received_.resize(old + kReadBuffer);
  const auto got = ::read(out_, received_.data() + old, kReadBuffer);
  received_.resize(old + (got > 0 ? static_cast<std::size_t>(got) : 0));
  if (got == 0) fail("the connection was closed");
  if (got < 0 && errno != EAGAIN && errno != EINTR) fail(std::strerror(errno));
}

bool SftpChannel::take_answer() {
  const auto rest = std::string_view(received_).substr(taken_);
  if (rest.size() < 4) return false;
  const auto size = number_at(rest);
  if (size < 5 || size > kLongestPacket) fail("the server sent a packet of an impossible size");
  if (rest.size() < 4 + size) return false;
  const auto id = number_at(rest.substr(5));
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) fail("the server answered what nobody asked");
  const auto on_answer = std::move(found->second);
  waiting_.erase(found);
  SftpAnswer answer(static_cast<std::uint8_t>(rest[4]), rest.substr(9, size - 5));
  taken_ += 4 + size;
  on_answer(answer);  // may send, doesn't receive: `received_` stays
  return true;
}

void SftpChannel::wait() {
  while (!waiting_.empty()) {
    while (take_answer()) {
    }
    received_.erase(0, taken_);
    taken_ = 0;
    if (!waiting_.empty()) exchange();
  }
}

}  // namespace pivot::store
