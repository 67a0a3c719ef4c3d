#include "workspace/run_times.h"

#include <charconv>
#include <cstdio>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::workspace {

namespace {

std::string line_of(const std::string& address, double seconds) {
  char number[32];
  std::snprintf(number, sizeof number, "%.3f", seconds);
  return cat(number, " ", address, "\n");
}

}  // namespace

std::map<std::string, double> RunTimes::load() {
  std::map<std::string, double> out;
  const auto content = disk_.read(file_).value_or("");
  for (const auto line : split(content, '\n')) {
    double seconds = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), seconds);
    if (error == std::errc() && end != line.data() + line.size() && *end == ' ') out[std::string(end + 1, line.data() + line.size())] = seconds;
  }
  return out;
}

void RunTimes::add(const std::vector<std::pair<std::string, double>>& runs) {
  if (runs.empty()) return;
  std::string text;
  for (const auto& [address, seconds] : runs) text += line_of(address, seconds);
  try {
    const auto stat = disk_.stat(file_);
    if (stat && stat->size > kMostBytes) {
      auto known = load();
      for (const auto& [address, seconds] : runs) known[address] = seconds;
      text.clear();
      for (const auto& [address, seconds] : known) text += line_of(address, seconds);
      disk_.write_atomic(file_, text);
      return;
    }
    disk_.make_dirs(path::dirname(file_));
    disk_.append(file_, text);
  } catch (const Error&) {
    // a full or read-only disk: the next `show` knows of one run less
  }
}

}  // namespace pivot::workspace
