#include "engine/journal.h"

#include <charconv>
#include <cstdio>

#include <unistd.h>

#include "base/hash.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::engine {

namespace {

constexpr std::string_view kHeader = "pivot-journal 1 ";

/// The text up to `separator`, which is taken off too; false when there is none.
bool take(std::string_view& rest, char separator, std::string_view& out) {
  const auto end = rest.find(separator);
  if (end == rest.npos) return false;
  out = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

}  // namespace

std::string journal_hash(std::string_view text) {
  char buffer[17];
  std::snprintf(buffer, sizeof buffer, "%016llx", static_cast<unsigned long long>(xxh3_64(text)));
  return buffer;
}

void Journal::append(const Record& record) {
  std::string text;
  if (!started_) {
    disk_.make_dirs(path::dirname(file_));
    if (!disk_.stat(file_)) text = cat(kHeader, std::to_string(getpid()), "\n");
    started_ = true;
  }
  std::string payload = record.stage;
  payload += '\0';
  payload += record.base;
  payload += '\0';
  payload += record.entry;
  text += cat("r ", std::to_string(payload.size()), " ", journal_hash(payload), "\n", payload, "\n");
  disk_.append(file_, text);
}

std::vector<Journal::Record> Journal::read(int& pid) {
  pid = 0;
  const auto content = disk_.read(file_);
  if (!content || !content->starts_with(kHeader)) return {};
  std::string_view rest(*content), field;
  rest.remove_prefix(kHeader.size());
  if (!take(rest, '\n', field)) return {};
  std::from_chars(field.data(), field.data() + field.size(), pid);
  std::vector<Record> out;
  while (rest.starts_with("r ")) {
    rest.remove_prefix(2);
    std::string_view length_text, checksum, stage, base;
    std::size_t length = 0;
    if (!take(rest, ' ', length_text) || !take(rest, '\n', checksum)) break;
    const auto [end, error] = std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
    if (error != std::errc() || end != length_text.data() + length_text.size() || rest.size() < length) break;
    auto payload = rest.substr(0, length);
    if (journal_hash(payload) != checksum) break;
    rest.remove_prefix(length);
    if (rest.starts_with("\n")) rest.remove_prefix(1);
    if (!take(payload, '\0', stage) || !take(payload, '\0', base)) break;
    out.push_back({std::string(stage), std::string(base), std::string(payload)});
  }
  return out;
}

void Journal::clear() {
  disk_.remove_file(file_);
  started_ = false;
}

}  // namespace pivot::engine
