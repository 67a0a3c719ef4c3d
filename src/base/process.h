// Child processes: vfork and exec (a fork costs as much as our memory is large), each in its own process group and killed when we
// are killed, its end reported through one poll loop.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

struct pollfd;

namespace pivot {

struct Command {
  std::vector<std::string> argv;
  std::string cwd;                                          ///< absolute
  std::vector<std::pair<std::string, std::string>> env;     ///< added to (or replacing in) ours
  bool capture = false;      ///< stdout and stderr into one pipe, handed to on_output; stdin is /dev/null
  bool take_terminal = false; ///< give the terminal (stdin) to the child's group while it runs
  std::string program;       ///< the file that is run, argv[0] being only its name; empty: argv[0], searched on PATH
  std::vector<std::string> environment;  ///< all of its variables as NAME=VALUE, instead of `env`; empty: ours and `env`
  int streams[3] = {-1, -1, -1};         ///< open descriptors (above 2) that become its stdin, stdout and stderr; -1: as `capture` says
};

/// Our environment with these variables added or replaced, as NAME=VALUE.
std::vector<std::string> merged_environment(const std::vector<std::pair<std::string, std::string>>& added);

/// How a child ended, as Python's subprocess counts: exit code, or -N for signal N.
struct ProcessEnd {
  int id = 0;
  int code = 0;
  bool timed_out = false;
};

/// Children in flight and the loop that waits for them. SIGINT and SIGTERM that arrive meanwhile are passed to every group.
class ProcessSet {
 public:
  ProcessSet();
  ~ProcessSet();  ///< kills what still runs
  ProcessSet(const ProcessSet&) = delete;
  ProcessSet& operator=(const ProcessSet&) = delete;

  /// Starts a child; `id` names it in wait()'s answer. `timeout` in seconds, 0: none. Throws Error "[Errno 2] No such file or directory: 'x'".
  void start(int id, const Command& command, double timeout);
  /// Takes part in the waiting for a process that is not our child (a worker's): its group is signalled and its time limit kept. Its end is
  /// told by end_adopted(). `output`: a pipe with what it writes, closed here; -1: none.
  void adopt(int id, int output, double timeout);
  /// The process group of an adopted one, once that is known.
  void set_group(int id, int group);
  /// wait() then returns this end.
  void end_adopted(int id, int code);
  /// While wait() waits, `ready` is called whenever the descriptor can be read; nullptr: no more.
  void listen(int fd, std::function<void()> ready);
  std::size_t running() const { return children_.size(); }
  /// Waits for the next child to end, at most `max_wait` seconds (negative: for ever); nullopt when the wait was over first.
  std::optional<ProcessEnd> wait(double max_wait);
  /// What a captured child wrote, in pieces.
  std::function<void(int id, std::string_view)> on_output;
  /// Process id of a running child's group leader (0: not running).
  int pid_of(int id) const;
  /// Sends a signal to every group.
  void signal_all(int signal);

 private:
  struct Child {
    int id;
    int pid;                        ///< 0: adopted, not known yet
    int pidfd = -1;
    int output = -1;
    std::int64_t deadline_ns = 0;   ///< 0: none
    std::int64_t kill_at_ns = 0;    ///< after SIGTERM: when to send SIGKILL
    bool timed_out = false;
    bool terminal = false;
    bool adopted = false;
    std::optional<int> ended;       ///< adopted: the code it ended with
  };
  void drain(Child& child);
  void check_deadlines();
  std::optional<ProcessEnd> reap(std::size_t index);
  void send(Child& child, int signal);
  Child* find(int id);
  void call_listeners(const std::vector<pollfd>& fds);
  std::vector<Child> children_;
  std::vector<std::pair<int, std::function<void()>>> listeners_;
};

/// How a program ended, with what it wrote to stdout and stderr.
struct CapturedRun {
  int code = 0;  ///< exit code, or -N for signal N
  std::string output;
};

/// Runs a program to its end. Throws Error when it can't be started.
CapturedRun run_captured(Command command);

/// Signals that ask us to stop, counted by handlers that are installed while this object lives.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  /// The last of SIGINT, SIGTERM, SIGHUP that arrived, 0: none.
  static int received();
  /// A descriptor that becomes readable when a signal arrives; -1 without a guard.
  static int wakeup_fd();
  static void clear();
};

}  // namespace pivot
