#include "ui/printer.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/strings.h"
#include "ui/transfer_bar.h"

namespace pivot::ui {
namespace {

constexpr std::size_t kMostBuffered = 64 * 1024;
/// Output that nobody waits for may lie in the buffer this long.
constexpr auto kLongestDelay = std::chrono::milliseconds(50);

bool wants_colour(int fd) {
  const char* none = std::getenv("NO_COLOR");
  return ::isatty(fd) == 1 && (none == nullptr || *none == '\0');
}

std::string coloured(std::string_view text, std::string_view code, bool colour) {
  return colour ? cat("\x1b[", code, "m", text, "\x1b[0m") : std::string(text);
}

constexpr std::string_view kRed = "31";
constexpr std::string_view kYellow = "33";

}  // namespace

Printer::Printer(PrinterOptions options)
    : options_(options),
      out_is_terminal_(::isatty(options.out_fd) == 1),
      error_has_colour_(wants_colour(options.error_fd)),
      last_flush_(std::chrono::steady_clock::now()),
      error_is_terminal_(::isatty(options.error_fd) == 1),
      events_(*this) {}

Printer::~Printer() { flush(); }

void Printer::write_all(int fd, std::string_view text) {
  while (!text.empty() && !broken_) {
    const auto n = ::write(fd, text.data(), text.size());
    if (n >= 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EPIPE) {
      broken_ = true;
    } else if (errno != EINTR) {
      return;  // a full disk behind a redirection: there is nobody left to tell
    }
  }
}

void Printer::flush() {
  write_all(options_.out_fd, buffer_);
  buffer_.clear();
  last_flush_ = std::chrono::steady_clock::now();
}

void Printer::output(std::string_view text) {
  if (text.size() > kMostBuffered) {  // megabytes of JSON: no second copy
    flush();
    write_all(options_.out_fd, text);
    return;
  }
  buffer_ += text;
  if (out_is_terminal_ || buffer_.size() > kMostBuffered ||
      std::chrono::steady_clock::now() - last_flush_ > kLongestDelay)
    flush();
}

void Printer::info(std::string_view line) {
  if (options_.quiet > 0) return;
  output(cat(line, "\n"));
}

void Printer::progress(const commands::TransferStep& step) {
  if (!error_is_terminal_ || options_.quiet > 0) return;
  constexpr auto kPause = std::chrono::milliseconds(100);
  const auto now = std::chrono::steady_clock::now();
  const bool ended = step.done >= step.total;
  if (!ended && now - last_bar_ < kPause) return;
  last_bar_ = now;
  if (ended && !bar_is_drawn_) return;
  flush();
  write_all(options_.error_fd, ended ? std::string(kEraseLine) : cat(kEraseLine, transfer_bar(step, terminal_width(options_.error_fd))));
  bar_is_drawn_ = !ended;
}

void Printer::write_error(std::string_view text) {
  if (std::exchange(bar_is_drawn_, false)) write_all(options_.error_fd, kEraseLine);
  flush();  // keeps the order when both streams go to one place
  write_all(options_.error_fd, text);
}

void Printer::warning(std::string_view text) {
  if (options_.quiet > 0) return;
  write_error(cat(coloured("WARNING", kYellow, error_has_colour_), ": ", text, "\n"));
}

void Printer::error(std::string_view text) {
  if (options_.quiet == 0) usage_error(text);  // under -q the exit code says it, as with DVC
}

void Printer::usage_error(std::string_view text) {
  write_error(cat(coloured("ERROR", kRed, error_has_colour_), ": ", text, "\n"));
}

void Printer::plain_error(std::string_view text) {
  if (options_.quiet > 0) return;
  write_error(cat(coloured(text, kRed, error_has_colour_), text.ends_with('\n') ? "" : "\n"));
}

void Printer::event(const engine::Event& event) { events_.show(event); }

bool Printer::confirm(const std::string& question) {
  return ::isatty(0) == 1 && out_is_terminal_ && ask(question);
}

bool Printer::ask(const std::string& question) {
  while (true) {
    output(cat(question, " [y/n]: "));
    flush();
    std::string answer;
    char c = 0;
    ssize_t n = 0;
    while ((n = ::read(0, &c, 1)) == 1 && c != '\n') answer += c;
    if (n <= 0 && answer.empty()) return false;
    const auto word = lower(trim(answer));
    if (word == "y" || word == "yes") return true;
    if (word == "n" || word == "no") return false;
    output("Please answer yes or no.\n");
  }
}

}  // namespace pivot::ui
