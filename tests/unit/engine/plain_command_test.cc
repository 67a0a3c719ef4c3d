// Plain commands against the shells themselves: the same files, exit codes, variables, arguments and messages.
#include "engine/plain_command.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "../workspace/scratch_folder.h"
#include "base/disk.h"
#include "base/strings.h"

using namespace pivot;
using namespace pivot::engine;

namespace {

using Shell = std::vector<std::string>;
const Shell kDash = {"/bin/dash", "-c"}, kBash = {"/bin/bash", "--noprofile", "--norc", "-c"};

struct Outcome {
  int code = 0;
  std::string output;                                        ///< stdout and stderr
  std::vector<std::pair<std::string, std::string>> files;    ///< what is in the folder, `variables` sorted
  int plain_steps = 0;
  bool operator==(const Outcome& other) const { return code == other.code && output == other.output && files == other.files; }
};

std::string sorted_variables(const std::string& content) {
  std::vector<std::string> entries;
  for (const auto entry : split(content, '\0')) entries.emplace_back(entry);
  std::sort(entries.begin(), entries.end());
  return join(entries, "\n");
}

Outcome run_line(const Shell& shell, const std::string& line, bool plainly, std::vector<std::pair<std::string, std::string>> env = {}) {
  test::ScratchFolder base;
  // The name of the folder may stand in what is compared: it is the same for both.
  const auto folder = base / (plainly ? "plain/work" : "shell/work");
  real_disk().make_dirs(folder);
  real_disk().make_dirs(folder + "/sub");
  auto put = [&](const std::string& name, const std::string& content, int mode) {
    real_disk().write_atomic(folder + "/" + name, content);
    REQUIRE(::chmod((folder + "/" + name).c_str(), static_cast<mode_t>(mode)) == 0);
  };
  put("in", "one\ntwo\n", 0644);
  put("two words", "three\n", 0644);
  put("arguments", "#!/bin/dash\nfor a; do printf '<%s>' \"$a\"; done\n", 0755);
  put("no_interpreter", "printf hello\n", 0755);
  put("not_executable", "#!/bin/sh\n", 0644);
  put("dies", "#!/bin/dash\nkill -$1 $$\n", 0755);
  put("exits", "#!/bin/dash\necho to stderr >&2; exit $1\n", 0755);
  put("locked", "", 0444);
  Command command;
  command.cwd = folder;
  command.env = std::move(env);
  command.capture = true;
  Outcome out;
  ProcessSet processes;
  processes.on_output = [&](int, std::string_view text) { out.output += text; };
  auto run_to_end = [&] {
    while (processes.running() > 0)
      if (const auto end = processes.wait(-1)) out.code = end->code;
  };
  std::string rest = line;
  if (plainly) {
    PlainRunner runner(shell);
    const auto steps = runner.commands(line, command);
    for (std::size_t i = 0; i < steps.size() && out.code == 0; ++i) {
      const bool is_last = i + 1 == steps.size();
      rest = line.substr(steps[i].begin);
      if (!runner.echo(steps[i], command)) {
        if (!runner.start(steps[i], is_last, command, 0, 0, processes)) break;
        run_to_end();
        std::string message;
        out.code = runner.code_after_signal(out.code, steps[i], is_last, command, message);
        out.output += message;
      }
      ++out.plain_steps;
      rest.clear();
    }
  }
  if (!rest.empty()) {
    command.argv = shell;
    command.argv.push_back(rest);
    processes.start(0, command, 0);
    run_to_end();
  }
  for (const auto& entry : real_disk().list(folder)) {
    if (entry.name == "sub") continue;
    auto content = real_disk().read(folder + "/" + entry.name).value_or("");
    if (entry.name.starts_with("variables")) content = sorted_variables(content);
    content = replace_all(content, folder, "FOLDER");
    out.files.emplace_back(entry.name, content);
  }
  std::sort(out.files.begin(), out.files.end());
  out.output = replace_all(out.output, folder, "FOLDER");
  return out;
}

void check_same(const Shell& shell, const std::string& line, int plain_steps, const std::vector<std::pair<std::string, std::string>>& env = {}) {
  CAPTURE(shell[0]);
  CAPTURE(line);
  const auto theirs = run_line(shell, line, false, env), ours = run_line(shell, line, true, env);
  CHECK(theirs.code == ours.code);
  CHECK(theirs.output == ours.output);
  CHECK(theirs.files == ours.files);
  CHECK(ours.plain_steps == plain_steps);
}

}  // namespace

TEST_CASE("lines that need no shell are told from those that do") {
  for (const std::string line : {"python train.py --lr=0.1 data/x.csv", "cat a > b && echo i >> b", "a", "  a  b\t", "a 'x y' \"z\" 'it'\"'\"'s' ''",
                           "a >out 2>&1", "a>b", "a < in > out", "a 2> err", "a &&b&&c", "./run.sh a:b @c d+e %f", "a '*' '$x' '`' '\\'", "echo x > y"}) {
    CAPTURE(line);
    CHECK(!plain_commands(line).empty());
  }
  for (const std::string line :
       {"", " ", "&&", "a &&", "&& a", "a && && b", "a; b", "a | b", "a || b", "a &", "a $x", "a `b`", "a *", "a ?", "a [b]", "a {b,c}", "a ~", "a=1 b", "a=1",
        "cd x && y", "true", "a # b", "a \\b", "a \"$x\"", "a \"`b`\"", "a \"\\n\"", "a \"b!\"", "(a)", "a > ", "a > > b", "a >| b", "a << b", "a <> b", "a &> b",
        "a >& b", "a 3> b", "a 2>&3", "a 12> b", "a 2>&-", "a 'b", "a \"b", "if a", "! a", "time a", "exec a", "[ a ]", "echo x", "echo -n x > y",
        "echo 'a\\nb' > y", "echo x > y < z", "env", "printenv > x", "'' a", "a ^b", "a \xc3\xa9", "a\nb", "a < $x", "a > ''", "'a=1' b"}) {
    CAPTURE(line);
    CHECK(plain_commands(line).empty());
  }
  const auto two = plain_commands("cat a > b && echo 'i j' >> b");
  REQUIRE(two.size() == 2);
  CHECK(two[0].words == std::vector<std::string>{"cat", "a"});
  CHECK(two[1].words == std::vector<std::string>{"echo", "i j"});
  CHECK(two[1].begin == 13);
  CHECK(two[1].redirections[0].file == "b");
}

TEST_CASE("plain commands do what dash and bash do") {
  for (const auto& shell : {kDash, kBash}) {
    check_same(shell, "cat in > out && echo i >> out", 2);
    check_same(shell, "cat in 'two words' > sub/out", 1);
    check_same(shell, "./arguments a 'b c' \"d  e\" '' x=y --f=g 'it'\"'\"'s' '*' '$HOME'", 1);
    check_same(shell, "./arguments>out a", 1);
    check_same(shell, "cat < in > out", 1);
    check_same(shell, "echo a > in", 1);
    check_same(shell, "echo   a  'b  c' d >> in && cat in", 2);
    check_same(shell, "echo > out", 1);
    check_same(shell, "./exits 3 > out 2> err", 1);
    check_same(shell, "./exits 3 > out 2>&1", 1);
    check_same(shell, "./exits 0 > /dev/null 2> err && ./exits 4 && echo never > never", 2);
    check_same(shell, "cat /proc/self/environ > variables && cat /proc/self/environ >> variables2", 2);
    check_same(shell, "cat in > /dev/null", 1);
    // What only the shell can do or say: it goes on from there.
    check_same(shell, "./no_interpreter", 0);
    check_same(shell, "cat in > out && ./no_interpreter", 1);
    check_same(shell, "./not_executable", 0);
    check_same(shell, "no-such-program x", 0);
    check_same(shell, "cat in > a && no-such-program x", 1);
    check_same(shell, "cat no_such_file", 1);
    check_same(shell, "cat < no_such_file > out", 0);
    check_same(shell, "cat in > no/such/folder", 0);
    check_same(shell, "echo x > no/such/folder && cat in", 0);
    check_same(shell, "cat in > sub", 0);
    check_same(shell, "./exits 3 2>&1", 0);
    check_same(shell, "sub", 0);
    check_same(shell, "./sub", 0);
  }
}

TEST_CASE("random lines of words, quotes and redirections do the same with and without a shell") {
  std::mt19937 random(20261122);
  auto pick = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  const std::vector<std::string> programs = {"./arguments", "./arguments", "cat", "./exits", "echo", "'./arguments'", "no-such-program", "./\"exits\"", "in"};
  const std::vector<std::string> words = {"in", "'two words'", "a", "0", "1", "-n", "x=1", "\"q r\"", "''", "a'b'\"c\"", "../work/in", "12", "%1", "@", "a:b", "*", "$HOME", "\\x", "#"};
  const std::vector<std::string> redirections = {"> out", ">> out", "2> err", "2>&1", ">out2", "< in", "<'two words'", "1>>out", "2>>out", ">&2", "> sub", "> no/x", "0< in"};
  int plain = 0;
  for (int i = 0; i < 60; ++i) {
    std::string line;
    for (auto commands = 1 + random() % 3; commands > 0; --commands) {
      line += pick(programs);
      for (auto n = random() % 4; n > 0; --n) line += cat(random() % 8 == 0 ? "  " : " ", random() % 3 == 0 ? pick(redirections) : pick(words));
      if (commands > 1) line += pick({" && ", "&&", " &&  "});
    }
    CAPTURE(line);
    for (const auto& shell : {kDash, kBash}) {
      const auto theirs = run_line(shell, line, false), ours = run_line(shell, line, true);
      CAPTURE(shell[0]);
      CHECK(theirs.code == ours.code);
      CHECK(theirs.output == ours.output);
      CHECK(theirs.files == ours.files);
      plain += ours.plain_steps > 0;
    }
  }
  CHECK(plain > 20);
}

TEST_CASE("an end by a signal has the shell's exit code") {
  for (const auto* signal : {"KILL", "TERM", "SEGV", "INT", "PIPE", "USR1"}) {
    for (const auto& shell : {kDash, kBash})
      for (const auto* line : {"./dies ", "./dies  > out", "./dies  && cat in"}) {
        auto text = replace_all(line, "./dies ", cat("./dies ", signal));
        // A shell whose command was interrupted ends itself likewise, in ways of its own.
        if (std::string_view(signal) == "INT" && text.size() > 10) continue;
        CAPTURE(text);
        CAPTURE(shell[0]);
        const auto theirs = run_line(shell, text, false), ours = run_line(shell, text, true);
        CHECK(theirs.code == ours.code);
        CHECK(ours.plain_steps == 1);
        if (shell == kDash) CHECK(theirs.output == ours.output);
      }
  }
}

TEST_CASE("plain commands see the variables that the shell would give them") {
  using Env = std::vector<std::pair<std::string, std::string>>;
  const std::vector<Env> given = {{},
                                  {{"PWD", "/nonsense"}, {"OLDPWD", "/nonsense"}, {"SHLVL", "3"}, {"_", "/usr/bin/pivot"}},
                                  {{"OLDPWD", "/tmp"}, {"SHLVL", "abc"}, {"A.B", "1"}, {"1a", "2"}, {"A", "b c\nd"}},
                                  {{"SHLVL", ""}, {"PWD", ""}, {"BASHFUL", "x"}},
                                  {{"DVC_STAGE", "train"}, {"DVC_ROOT", "/x"}, {"PYTHONHASHSEED", "0"}}};
  for (const auto& env : given)
    for (const auto& shell : {kDash, kBash}) {
      check_same(shell, "cat /proc/self/environ > variables", 1, env);
      check_same(shell, "cat /proc/self/environ > variables && cat /proc/self/environ > variables2", 2, {{"ONLY", "one"}});
      check_same(shell, "cp /proc/self/environ variables", 1, env);
      check_same(shell, "cp /proc/self/environ variables && cp /proc/self/environ variables2", 2, env);
    }
  // With these the shell itself does more, or makes them anew.
  for (const auto* name : {"BASH_ENV", "BASH_FUNC_f%%", "IFS", "SHELLOPTS", "PPID"}) {
    CAPTURE(name);
    Command base;
    base.env = {{name, "x"}};
    CHECK(PlainRunner(kBash).commands("cat in", base).empty());
  }
  check_same(kDash, "cat in", 0, {{"PATH", "relative:/usr/bin:/bin"}});
  check_same(kBash, "cat in", 0, {{"PATH", ""}});
}

TEST_CASE("pipes with names are the shell's") {
  test::ScratchFolder folder;
  folder.write("in", "one\ntwo\n");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  Command command;
  command.cwd = folder.path();
  PlainRunner runner(kDash);
  const auto plain = runner.commands("cat in > pipe", command);
  REQUIRE(plain.size() == 1);
  ProcessSet processes;
  // A reader that waits sees neither an end nor anything else.
  const int reader = ::open((folder / "pipe").c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  CHECK(!runner.start(plain[0], true, command, 0, 0, processes));
  char byte;
  pollfd waiting{reader, POLLIN, 0};
  CHECK(::poll(&waiting, 1, 0) == 0);  // POLLHUP after somebody had it open
  CHECK(::read(reader, &byte, 1) == 0);
  ::close(reader);
  CHECK(processes.running() == 0);
}

TEST_CASE("other shells are always started") {
  CHECK(PlainRunner({"/usr/bin/python3", "-c"}).commands("cat in", {}).empty());
  CHECK(PlainRunner({"/no/such/shell", "-c"}).commands("cat in", {}).empty());
  CHECK(PlainRunner(std::vector<std::string>{}).commands("cat in", {}).empty());
}
