#include "store/remotes/ask_password.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "base/error.h"
#include "base/strings.h"

namespace pivot::store {
namespace {

/// The terminal of this process, silent until it is closed.
class SilentTerminal {
 public:
  explicit SilentTerminal(int fd) : fd_(fd) {
    ::tcgetattr(fd_, &before_);
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(fd_, TCSAFLUSH, &silent);
  }
  ~SilentTerminal() {
    ::tcsetattr(fd_, TCSAFLUSH, &before_);
    ::close(fd_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  void say(const std::string& text) const {
    if (::write(fd_, text.data(), text.size()) < 0) return;  // the answer matters
  }
  std::string line() const {
    std::string out;
    for (char c = 0; ::read(fd_, &c, 1) == 1 && c != '\n';) out += c;
    return out;
  }

 private:
  int fd_;
  termios before_{};
};

}  // namespace

std::string ask_password(const std::string& remote, const std::string& question) {
  const int fd = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    throw Error(cat("remote '", remote, "': `ask_password` needs a terminal, and there is none"), ErrorKind::config)
        .with_hint(cat("set it instead: pivot remote modify --local ", remote, " password PASSWORD"));
  const SilentTerminal terminal(fd);
  terminal.say(question);
  auto out = terminal.line();
  terminal.say("\n");
  return out;
}

}  // namespace pivot::store
