// Command lines that mean the same without a shell: simple commands joined by &&, with redirections to files. A shell costs what a small
// program costs (dash 0.8 ms of CPU time, bash 1.6 ms); make and ninja leave it out likewise. Whatever is in doubt is the shell's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.h"

namespace pivot::engine {

struct Redirection {
  enum class Kind : unsigned char { read, write, append, copy };
  int fd = 0;
  Kind kind = Kind::write;
  std::string file;  ///< as the line names it
  int source = 0;    ///< Kind::copy: the descriptor that it becomes a copy of
};

struct PlainCommand {
  std::vector<std::string> words;
  std::vector<Redirection> redirections;
  std::size_t begin = 0;  ///< index of its first byte in the line
};

/// The commands of a line, each of which runs when the one before it succeeded; empty: the line needs a shell (it has something to expand,
/// a built-in command, a pipe, a syntax error).
std::vector<PlainCommand> plain_commands(std::string_view line);

/// Does what the user's shell (dash or bash) does for plain commands: the same program, arguments, files and variables.
class PlainRunner {
 public:
  /// `shell`: what a command line is appended to: {"/bin/bash", "--noprofile", "--norc", "-c"}.
  explicit PlainRunner(const std::vector<std::string>& shell) : name_(shell.empty() ? "" : shell.front()) {}

  /// Like plain_commands(); empty too when the shell is another one, or has been told by variables to do more than run the line.
  std::vector<PlainCommand> commands(std::string_view line, const Command& base);
  /// `base`: folder, variables and streams, as the shell would get them. False when nothing was started: the shell should go on with the line
  /// from there, and tells what is wrong in its own words.
  bool start(const PlainCommand& plain, bool is_last, const Command& base, int id, double timeout, ProcessSet& processes) const;
  /// An `echo` into a file, which is done when this returns. False: not that, or nothing was done.
  bool echo(const PlainCommand& plain, const Command& base) const;
  /// The exit code that the shell would end with after a command that a signal ended (`code` -N), and what it would write about it.
  int code_after_signal(int code, const PlainCommand& plain, bool is_last, const Command& base, std::string& message) const;
  /// In the shell's place, to stderr.
  static void say(const std::string& message);

 private:
  enum class Kind : unsigned char { unknown, other, dash, bash };
  void look_at_shell();
  std::vector<std::string> environment(const PlainCommand& plain, bool is_last, const Command& base, std::vector<std::string> all,
                                       const std::string& program) const;
  /// Whether the command gets the terminal, and with it Ctrl-C.
  static bool has_terminal(const Command& base);
  /// Whether the shell becomes the command instead of waiting for it.
  bool replaces_itself(const PlainCommand& plain, bool is_last) const;
  std::string name_;  ///< as it calls itself in messages
  Kind kind_ = Kind::unknown;
};

}  // namespace pivot::engine
