// A command is data (its Spec) plus one function. It prints nothing: it reports through a Reporter while it runs and returns an Outcome.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.h"
#include "engine/events.h"

namespace pivot::commands {

/// One option or positional, as argparse has it.
struct Flag {
  /// bool_optional has two names, "--x" and "--no-x"; pairs takes name=value words.
  enum class Kind : unsigned char {
    store, store_true, store_const, append, count, help, version, positional, store_false, bool_optional, pairs
  };
  Kind kind = Kind::store_true;
  std::vector<std::string> names;  ///< "-f", "--force"; empty for a positional
  std::string dest;
  std::string metavar;
  std::string help;
  std::string nargs;               ///< "", "?", "*", "+", "..." (all that follows)
  std::string const_value;         ///< store_const; store with nargs "?": what the bare option means
  std::string default_value;       ///< of a store or positional; empty: absent
  std::vector<std::string> choices;
  bool integer = false;
  bool required = false;
  bool hidden = false;
  bool ours = false;               ///< not in DVC: shown under "Pivot options" in the help
};

/// What the command line says, by dest. A look-up falls back to the flag's default.
class Args {
 public:
  bool flag(std::string_view dest) const;                          ///< a switch is on (store_false ones start on), count > 0
  int count(std::string_view dest) const;
  std::optional<std::string> value(std::string_view dest) const;   ///< store, store_const (last)
  std::string value_or(std::string_view dest, std::string fallback) const;
  const std::vector<std::string>& values(std::string_view dest) const;  ///< positionals, append
  bool given(std::string_view dest) const;                         ///< typed by the user, not a default
  using Words = std::map<std::string, std::vector<std::string>, std::less<>>;
  Words raw;       ///< as typed; a switch is "1" or "0", one word an occurrence
  Words defaults;  ///< of the command's flags

 private:
  const std::vector<std::string>* find(std::string_view dest) const;
};

/// How far a transfer is.
struct TransferStep {
  std::string_view what;      ///< "Pushing"
  std::size_t done = 0, total = 0;  ///< files
  std::int64_t bytes = 0;     ///< moved so far
  double seconds = 0;         ///< since it began
};

/// What a command says while it runs.
class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void info(std::string_view line) = 0;     ///< stdout, one line (DVC's INFO level and ui.write); dropped by -q
  virtual void warning(std::string_view text) = 0;  ///< stderr, "WARNING: "
  virtual void error(std::string_view text) = 0;    ///< stderr, "ERROR: "
  virtual void plain_error(std::string_view text) = 0;  ///< stderr, one line as it is
  virtual void progress(const TransferStep& step) = 0;  ///< a bar on a terminal, nothing elsewhere; the step that is done takes it away
  virtual void flush() = 0;                         ///< before a child process writes to the same streams
  virtual void output(std::string_view text) = 0;    ///< of a stage, as it is, to stdout
  virtual void event(const engine::Event& event) = 0;  ///< of a run: text as DVC prints it (ui/event_text)
  virtual bool confirm(const std::string& question) = 0;  ///< asks on the terminal; false, in silence, without one
  virtual bool ask(const std::string& question) = 0;  ///< the same, but takes the answer from a pipe too (gc, destroy); false at its end
};

/// What a command returns.
struct Outcome {
  int exit_code = 0;
  std::string text;            ///< printed to stdout even with -q (results: JSON, tables, graphs)
};

class Session;  // an open (or not yet opened) workspace, the process's environment, the reporter: commands/session.h

struct Spec {
  std::string name;            ///< "repro", "stage add"
  std::string summary;         ///< one line
  std::string description;
  std::vector<Flag> flags;     ///< positionals in order too
  std::vector<std::vector<std::string>> exclusive;  ///< groups of flag names that exclude each other
  std::vector<std::vector<std::string>> one_of;     ///< the same, and one of them must be given
  std::vector<std::string> aliases;                 ///< other last words: "rm" for "remove"
  bool group = false;          ///< has subcommands ("stage"): takes no run function
  bool hidden = false;
  bool ours = false;           ///< a command that DVC has not
  std::function<Outcome(Session&, const Args&)> run;  ///< empty: not implemented yet (exit 255 and says so)
};

/// Every command of DVC 3.67.1's tree and ours, parents before children. Builds all of them: for completion, `help` and tests.
const std::vector<Spec>& all_commands();
/// One command by its full name ("stage add", aliases resolved by the caller; "" is the program itself), or nullopt.
std::optional<Spec> find_command(std::string_view name);
/// The subcommands of a group ("" is the program) with their aliases behind them, in DVC's order: what may follow it.
struct Choice {
  std::string_view word;  ///< as typed: "remove", "rm"
  std::string_view name;  ///< full name: "experiments remove"
  std::string_view summary;
  bool alias = false;
  bool hidden = false;
  bool ours = false;
};
std::vector<Choice> subcommands(std::string_view group);
/// The full name behind a word of a group, alias or not: ("experiments", "rm") -> "experiments remove".
std::optional<std::string_view> resolve_command(std::string_view group, std::string_view word);

}  // namespace pivot::commands
