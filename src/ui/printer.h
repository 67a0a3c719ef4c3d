// The real reporter: text to standard output and standard error, buffered, in colour on a terminal.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "commands/command.h"
#include "ui/event_text.h"

namespace pivot::ui {

/// How loud we are and where we write. Descriptors are parameters for tests.
struct PrinterOptions {
  int quiet = 0;    ///< -q: no info, no warnings; errors and results are always printed
  int verbose = 0;  ///< -v
  int out_fd = 1;
  int error_fd = 2;
};

class Printer : public commands::Reporter {
 public:
  explicit Printer(PrinterOptions options);
  ~Printer() override;
  Printer(const Printer&) = delete;
  Printer& operator=(const Printer&) = delete;

  void info(std::string_view line) override;
  void warning(std::string_view text) override;
  void error(std::string_view text) override;
  void output(std::string_view text) override;
  void event(const engine::Event& event) override;
  bool confirm(const std::string& question) override;
  bool ask(const std::string& question) override;
  void progress(const commands::TransferStep& step) override;
  void flush() override;

  /// An argument that makes no sense: said even under -q, as argparse does it before it knows.
  void usage_error(std::string_view text);
  /// Text as it is to standard error, red on a terminal: DVC's syntax and schema errors, which have no prefix.
  void plain_error(std::string_view text) override;
  /// True when the reader of our output has gone (EPIPE); everything since is dropped and the process should end with
  /// 141.
  bool is_broken() const { return broken_; }

 private:
  void write_error(std::string_view text);
  void write_all(int fd, std::string_view text);

  PrinterOptions options_;
  bool out_is_terminal_;
  bool error_has_colour_;
  bool broken_ = false;
  std::string buffer_;
  std::chrono::steady_clock::time_point last_flush_;
  bool error_is_terminal_;
  bool bar_is_drawn_ = false;
  std::chrono::steady_clock::time_point last_bar_{};
  EventText events_;
};

}  // namespace pivot::ui
