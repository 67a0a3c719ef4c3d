#include "engine/plain_command.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::engine {

namespace {

constexpr std::string_view kEcho = "echo";

/// Words of which dash or bash make something else than a program; and programs that show the order of the variables, which is the shell's.
constexpr std::string_view kShellWords[] = {
    ".",       ":",      "[",       "[[",     "alias",   "bg",      "bind",    "break",    "builtin", "caller",  "case",    "cd",
    "chdir",   "command", "compgen", "complete", "compopt", "continue", "coproc", "declare", "dirs",    "disown",  "do",      "done",
    "elif",    "else",   "enable",  "env",    "esac",    "eval",    "exec",    "exit",     "export",  "false",   "fc",      "fg",
    "fi",      "for",    "function", "getopts", "hash",   "help",    "history", "if",       "in",      "jobs",    "kill",    "let",
    "local",   "logout", "mapfile", "popd",   "printenv", "printf", "pushd",   "pwd",      "read",    "readarray", "readonly", "return",
    "select",  "set",    "shift",   "shopt",  "source",  "suspend", "test",    "then",     "time",    "times",   "trap",    "true",
    "type",    "typeset", "ulimit", "umask",  "unalias", "unset",   "until",   "wait",     "while"};

/// Variables by which these shells are told what to do, or that they make anew.
constexpr std::string_view kShellVariables[] = {"BASHOPTS", "BASH_ENV", "COMP_WORDBREAKS", "EPOCHREALTIME", "EPOCHSECONDS", "HISTCMD", "IFS", "LINENO",
                                                "OPTERR", "OPTIND", "POSIXLY_CORRECT", "PPID", "PS1", "PS2", "PS4", "RANDOM", "SECONDS", "SHELLOPTS", "SRANDOM"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_part(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; }
bool is_variable_name(std::string_view name) { return !name.empty() && !is_digit(name[0]) && std::all_of(name.begin(), name.end(), is_name_part); }

/// Never special in a word, quoted or not.
bool is_literal(char c) { return is_name_part(c) || std::string_view("./,:=@%+-").find(c) != std::string_view::npos; }

class Reader {
 public:
  explicit Reader(std::string_view line) : line_(line) {}

  std::vector<PlainCommand> read() {
    std::vector<PlainCommand> out;
    do {
      skip_blanks();
      PlainCommand command;
      command.begin = at_;
      if (!read_command(command) || !is_program(command)) return {};
      out.push_back(std::move(command));
    } while (take("&&"));
    return at_ == line_.size() ? out : std::vector<PlainCommand>{};
  }

 private:
  void skip_blanks() {
    while (at_ < line_.size() && (line_[at_] == ' ' || line_[at_] == '\t')) ++at_;
  }
  bool take(std::string_view text) {
    if (!line_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  /// What a word of a command line ends before.
  bool at_end_of_word() const { return at_ == line_.size() || line_[at_] == ' ' || line_[at_] == '\t' || line_.substr(at_).starts_with("&&"); }

  bool read_command(PlainCommand& command) {
    for (;;) {
      skip_blanks();
      if (at_ == line_.size() || line_.substr(at_).starts_with("&&")) return true;
      if (const auto redirection = begin_redirection()) {
        command.redirections.push_back(*redirection);
        if (!end_redirection(command.redirections.back())) return false;
        continue;
      }
      auto word = read_word();
      if (!word) return false;
      command.words.push_back(std::move(*word));
    }
  }

  /// "<", ">", ">>", each with a digit before it or not; leaves the place where the target begins.
  std::optional<Redirection> begin_redirection() {
    const auto start = at_;
    std::optional<int> fd;
    if (line_[at_] >= '0' && line_[at_] <= '2') fd = line_[at_++] - '0';
    if (take(">>")) return Redirection{fd.value_or(1), Redirection::Kind::append, {}, 0};
    if (take(">")) return Redirection{fd.value_or(1), Redirection::Kind::write, {}, 0};
    if (take("<")) return Redirection{fd.value_or(0), Redirection::Kind::read, {}, 0};
    at_ = start;
    return std::nullopt;
  }

  bool end_redirection(Redirection& redirection) {
    if (redirection.kind == Redirection::Kind::write && take("&")) {
      redirection.kind = Redirection::Kind::copy;
      if (at_ == line_.size() || line_[at_] < '0' || line_[at_] > '2') return false;
      redirection.source = line_[at_++] - '0';
      return at_end_of_word();
    }
    skip_blanks();
    auto word = at_ == line_.size() ? std::nullopt : read_word();
    if (!word || word->empty()) return false;
    redirection.file = std::move(*word);
    return true;
  }

  std::optional<std::string> read_word() {
    std::string word;
    const auto start = at_;
    while (!at_end_of_word()) {
      const char c = line_[at_];
      if (c == '\'' || c == '"') {
        const auto end = line_.find(c, at_ + 1);
        if (end == line_.npos) return std::nullopt;
        const auto inside = line_.substr(at_ + 1, end - at_ - 1);
        if (inside.find('\0') != inside.npos || (c == '"' && inside.find_first_of("$`\\!") != inside.npos)) return std::nullopt;
        word += inside;
        at_ = end + 1;
      } else if (is_literal(c)) {
        word += c;
        ++at_;
      } else if ((c == '>' || c == '<') && at_ > start) {
        // "a>b" ends the word; digits before it would be a descriptor.
        if (word.find_first_not_of("0123456789") == word.npos) return std::nullopt;
        break;
      } else {
        return std::nullopt;
      }
    }
    if (at_ == start) return std::nullopt;
    return word;
  }

  static bool is_program(const PlainCommand& command) {
    if (command.words.empty() || command.words[0].empty()) return false;
    const auto& name = command.words[0];
    if (name == kEcho) return is_echo_to_file(command);
    return name.find('=') == name.npos && std::find(std::begin(kShellWords), std::end(kShellWords), name) == std::end(kShellWords);
  }

  /// With nothing that one `echo` takes for an option or an escape, and another doesn't.
  static bool is_echo_to_file(const PlainCommand& command) {
    for (const auto& word : command.words)
      if (word.starts_with('-') || word.find('\\') != word.npos) return false;
    if (command.redirections.size() != 1) return false;
    const auto& to = command.redirections[0];
    return to.fd == 1 && (to.kind == Redirection::Kind::write || to.kind == Redirection::Kind::append);
  }

  std::string_view line_;
  std::size_t at_ = 0;
};

/// A regular file (or /dev/null) as a shell would open it; -1 for everything else, unopened: a pipe would wait for its other end, or wake it.
int open_regular(const Redirection& redirection, const std::string& cwd) {
  int flags = O_RDONLY;
  if (redirection.kind == Redirection::Kind::write) flags = O_WRONLY | O_CREAT | O_TRUNC;
  if (redirection.kind == Redirection::Kind::append) flags = O_WRONLY | O_CREAT | O_APPEND;
  const auto file = path::join(cwd, redirection.file);
  struct stat info {};
  const auto is_plain = [&] { return S_ISREG(info.st_mode) || redirection.file == "/dev/null"; };
  if (::stat(file.c_str(), &info) == 0 && !is_plain()) return -1;
  const int fd = ::open(file.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
  if (fd >= 0 && ::fstat(fd, &info) == 0 && is_plain()) {
    ::fcntl(fd, F_SETFL, flags & O_APPEND);
    return fd;
  }
  if (fd >= 0) ::close(fd);
  return -1;
}

/// Descriptors that are closed in the end.
struct Opened {
  std::vector<int> fds;
  Opened() = default;
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    for (int fd : fds) ::close(fd);
  }
  int add(int fd) {
    if (fd >= 0) fds.push_back(fd);
    return fd;
  }
};

std::string_view variable(const std::vector<std::string>& environment, std::string_view name) {
  for (const auto& entry : environment)
    if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name)) return std::string_view(entry).substr(name.size() + 1);
  return {};
}

/// The file that a shell would run; empty: none, or the way to it is not plain.
std::string find_program(const std::string& name, const std::string& cwd, std::string_view search_path) {
  auto can_run = [](const std::string& file) {
    struct stat info {};
    return ::stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(file.c_str(), X_OK) == 0;
  };
  if (name.find('/') != name.npos) return can_run(path::join(cwd, name)) ? name : "";
  for (const auto folder : split(search_path, ':')) {
    if (!folder.starts_with('/')) return "";
    if (auto file = cat(folder, "/", name); can_run(file)) return file;
  }
  return "";
}

std::optional<std::string> real_path(const std::string& p) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(p.c_str(), nullptr), std::free);
  return real ? std::optional<std::string>(real.get()) : std::nullopt;
}

/// The name of the current folder as shells keep it: by the way that led here, where that is known.
std::string logical_folder(std::string_view named, const std::string& cwd) {
  struct stat a {}, b {};
  const std::string name(named);
  const bool is_plain = name.starts_with('/') && cat(name, "/").find("/./") == name.npos && cat(name, "/").find("/../") == name.npos;
  if (is_plain && ::stat(name.c_str(), &a) == 0 && ::stat(cwd.c_str(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino) return name;
  return real_path(cwd).value_or(cwd);
}

}  // namespace

std::vector<PlainCommand> plain_commands(std::string_view line) { return Reader(line).read(); }

void PlainRunner::look_at_shell() {
  if (kind_ != Kind::unknown) return;
  kind_ = Kind::other;
  const auto program = path::basename(real_path(name_).value_or(""));
  if (program == "dash") kind_ = Kind::dash;
  if (program == "bash") kind_ = Kind::bash;
}

std::vector<PlainCommand> PlainRunner::commands(std::string_view line, const Command& base) {
  look_at_shell();
  if (kind_ == Kind::other) return {};
  auto out = plain_commands(line);
  if (out.empty()) return out;
  // Ctrl-C ends dash even when the command that ran lives on; bash waits for it and goes on, as we do.
  if (out.size() > 1 && kind_ == Kind::dash && has_terminal(base)) return {};
  for (const auto& entry : merged_environment(base.env)) {
    const auto name = std::string_view(entry).substr(0, entry.find('='));
    if (name.starts_with("BASH_") || std::find(std::begin(kShellVariables), std::end(kShellVariables), name) != std::end(kShellVariables)) return {};
  }
  return out;
}

bool PlainRunner::has_terminal(const Command& base) { return base.take_terminal && ::isatty(STDIN_FILENO) == 1; }

bool PlainRunner::replaces_itself(const PlainCommand& plain, bool is_last) const {
  return kind_ == Kind::bash && is_last && plain.redirections.empty();
}

std::vector<std::string> PlainRunner::environment(const PlainCommand& plain, bool is_last, const Command& base, std::vector<std::string> all,
                                                  const std::string& program) const {
  std::vector<std::string> out;
  const auto folder = logical_folder(variable(all, "PWD"), base.cwd);
  const auto level_text = variable(all, "SHLVL");
  for (auto& entry : all) {
    const auto name = std::string_view(entry).substr(0, entry.find('='));
    if (name == "PWD") continue;
    if (kind_ == Kind::dash && !is_variable_name(name)) continue;
    if (kind_ == Kind::bash) {
      struct stat info {};
      if (name == "SHLVL" || name == "_") continue;
      if (name == "OLDPWD" && (::stat(entry.c_str() + name.size() + 1, &info) != 0 || !S_ISDIR(info.st_mode))) continue;
    }
    out.push_back(std::move(entry));
  }
  out.push_back(cat("PWD=", folder));
  if (kind_ == Kind::bash) {
    int level = 0;
    for (const char c : level_text) level = c >= '0' && c <= '9' && level < 1000 ? level * 10 + (c - '0') : 1000;
    if (level >= 1000) level = 0;
    out.push_back(cat("SHLVL=", std::to_string(level + (replaces_itself(plain, is_last) ? 0 : 1))));
    out.push_back(cat("_=", program));
  }
  return out;
}

bool PlainRunner::start(const PlainCommand& plain, bool is_last, const Command& base, int id, double timeout, ProcessSet& processes) const {
  if (plain.words[0] == kEcho) return false;
  Command command = base;
  auto variables = merged_environment(base.env);
  command.program = find_program(plain.words[0], base.cwd, variable(variables, "PATH"));
  if (command.program.empty()) return false;
  command.argv = plain.words;
  command.environment = environment(plain, is_last, base, std::move(variables), command.program);
  Opened opened;
  for (const auto& redirection : plain.redirections) {
    auto& stream = command.streams[redirection.fd];
    if (redirection.kind == Redirection::Kind::copy) {
      const int source = command.streams[redirection.source];
      // What a captured command's streams will be is not known here.
      if (source < 0 && command.capture) return false;
      stream = source >= 0 ? source : opened.add(::fcntl(redirection.source, F_DUPFD_CLOEXEC, 3));
    } else {
      stream = opened.add(open_regular(redirection, base.cwd));
    }
    if (stream < 0) return false;
  }
  try {
    processes.start(id, command, timeout);
  } catch (const Error&) {
    return false;
  }
  return true;
}

bool PlainRunner::echo(const PlainCommand& plain, const Command& base) const {
  if (plain.words[0] != kEcho) return false;
  const std::vector<std::string> said(plain.words.begin() + 1, plain.words.end());
  const auto text = cat(join(said, " "), "\n");
  Opened opened;
  const int fd = opened.add(open_regular(plain.redirections[0], base.cwd));
  if (fd < 0) return false;
  const auto old_size = ::lseek(fd, 0, SEEK_END);
  if (::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size())) return true;
  // The disk is full: what was written goes, and the shell says so.
  [[maybe_unused]] const int cut = ::ftruncate(fd, old_size);
  return false;
}

void PlainRunner::say(const std::string& message) {
  if (::write(STDERR_FILENO, message.data(), message.size()) < 0) return;  // nobody listens
}

int PlainRunner::code_after_signal(int code, const PlainCommand& plain, bool is_last, const Command& base, std::string& message) const {
  if (code >= 0 || replaces_itself(plain, is_last)) return code;
  const int signal = -code;
  if (signal == SIGINT && has_terminal(base)) return code;  // Ctrl-C: it reached the shell too
  if (signal != SIGINT && signal != SIGPIPE) {
    message = cat(::strsignal(signal), "\n");
    if (kind_ == Kind::bash) message = cat(name_, ": line 1: ", message);
  }
  return 128 + signal;
}

}  // namespace pivot::engine
