#include "ui/printer.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

using pivot::ui::Printer;
using pivot::ui::PrinterOptions;

namespace {

/// Two pipes in place of standard output and standard error.
struct Streams {
  Streams() { REQUIRE((::pipe(out.data()) == 0 && ::pipe(error.data()) == 0)); }
  ~Streams() {
    for (int fd : {out[0], out[1], error[0], error[1]})
      if (fd >= 0) ::close(fd);
  }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;
  PrinterOptions options(int quiet = 0) const { return {.quiet = quiet, .out_fd = out[1], .error_fd = error[1]}; }
  static std::string take(std::array<int, 2>& pipe) {
    ::close(pipe[1]);
    pipe[1] = -1;
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(pipe[0], buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(n));
    return text;
  }
  std::array<int, 2> out{}, error{};
};

}  // namespace

TEST_CASE("information goes to standard output, warnings and errors to standard error with a prefix") {
  Streams s;
  {
    Printer printer(s.options());
    printer.info("one");
    printer.warning("two");
    printer.error("three");
    printer.plain_error("four");
    printer.output("five");
  }
  CHECK(Streams::take(s.out) == "one\nfive");
  CHECK(Streams::take(s.error) == "WARNING: two\nERROR: three\nfour\n");
}

TEST_CASE("quiet drops information, warnings and errors, not results and wrong arguments") {
  Streams s;
  {
    Printer printer(s.options(1));
    printer.info("one");
    printer.warning("two");
    printer.error("three");
    printer.usage_error("five");
    printer.output("four");
  }
  CHECK(Streams::take(s.out) == "four");
  CHECK(Streams::take(s.error) == "ERROR: five\n");
}

TEST_CASE("a reader that has gone is noticed and nothing more is written") {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  Streams s;
  ::close(s.out[0]);
  s.out[0] = -1;
  Printer printer(s.options());
  printer.info("one");
  CHECK_FALSE(printer.is_broken());
  printer.flush();
  CHECK(printer.is_broken());
  printer.info("two");
  printer.flush();
  std::signal(SIGPIPE, before);
}

TEST_CASE("without a terminal nothing is confirmed, and nothing is printed about it") {
  Streams s;
  {
    Printer printer(s.options());
    CHECK_FALSE(printer.confirm("sure?"));
  }
  CHECK(Streams::take(s.out).empty());
}
