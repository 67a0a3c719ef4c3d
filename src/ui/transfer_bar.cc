#include "ui/transfer_bar.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <cstdio>

#include "base/rounding.h"
#include "base/strings.h"

namespace pivot::ui {
namespace {

constexpr int kWidestBar = 40, kSmallestBar = 5, kUsualWidth = 80;

std::string amount(double bytes) {
  static constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  for (; bytes >= 1000 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1000;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, kUnits[unit]);
  return text;
}

std::string clock(double seconds) {
  const auto whole = static_cast<long long>(rounded_up(seconds));
  char text[32];
  if (whole < 3600) std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  else std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  return text;
}

}  // namespace

int terminal_width(int fd) {
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsualWidth;
}

std::string transfer_bar(const commands::TransferStep& step, int width) {
  auto numbers = cat("  ", std::to_string(step.done), "/", std::to_string(step.total), " files  ", amount(static_cast<double>(step.bytes)));
  if (step.seconds > 0 && step.done > 0) {
    const double left = step.seconds * static_cast<double>(step.total - step.done) / static_cast<double>(step.done);
    numbers += cat("  ", amount(static_cast<double>(step.bytes) / step.seconds), "/s  ", clock(left), " left");
  }
  const int room = width - 1 - static_cast<int>(step.what.size() + numbers.size()) - 4;
  if (room < kSmallestBar) return cat(step.what, numbers).substr(0, static_cast<std::size_t>(std::max(width - 1, 0)));
  const int length = std::min(room, kWidestBar);
  const int filled = step.total == 0 ? length : static_cast<int>(static_cast<double>(length) * static_cast<double>(step.done) / static_cast<double>(step.total));
  return cat(step.what, "  [", std::string(static_cast<std::size_t>(filled), '#'), std::string(static_cast<std::size_t>(length - filled), '.'), "]", numbers);
}

}  // namespace pivot::ui
