#include "git/index_names.h"

#include <algorithm>
#include <cstdint>

#include "base/disk.h"
#include "base/strings.h"

namespace pivot::git {

namespace {

constexpr std::size_t kHeader = 12, kChecksum = 20, kStat = 40;  // bytes
constexpr std::size_t kLongName = 0xfff;                         // the size of a longer one does not fit in its flags
constexpr std::uint32_t kExtended = 0x4000;

std::uint32_t number(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

/// Are there only extensions that say nothing of names? One whose name begins with a small letter has to be understood.
bool known_extensions(const std::string& bytes, std::size_t at, std::size_t end) {
  while (at + 8 <= end) {
    if (bytes[at] < 'A' || bytes[at] > 'Z') return false;
    at += 8 + std::size_t{number(bytes, at + 4, 4)};
  }
  return at == end;
}

}  // namespace

std::optional<IndexNames> IndexNames::parse(std::string content) {
  if (content.size() < kHeader + kChecksum || !content.starts_with("DIRC")) return std::nullopt;
  const auto version = number(content, 4, 4);
  if (version != 2 && version != 3) return std::nullopt;
  IndexNames out;
  out.content_ = std::move(content);
  const auto end = out.content_.size() - kChecksum;
  std::size_t at = kHeader;
  if (!out.take_entries(number(out.content_, 8, 4), at, end) || !known_extensions(out.content_, at, end)) return std::nullopt;
  return out;
}

bool IndexNames::take_entries(std::size_t count, std::size_t& at, std::size_t end) {
  names_.reserve(std::min(count, content_.size() / (kStat + kChecksum)));
  for (std::size_t i = 0; i < count; ++i) {
    auto start = at + kStat + kChecksum;
    if (start + 4 > end) return false;
    const auto flags = number(content_, start, 2);
    start += (flags & kExtended) != 0 ? 4 : 2;
    const auto stop = content_.find('\0', start);
    if (stop >= end) return false;
    const Place place{start, stop - start};
    // Another kind of hash shifts all this: then the sizes don't fit.
    if ((flags & kLongName) != std::min(place.size, kLongName) || place.size == 0) return false;
    if (!names_.empty() && name(place) < name(names_.back())) return false;
    names_.push_back(place);
    at += (stop - at + 8) / 8 * 8;
    if (at > end) return false;
  }
  return true;
}

bool IndexNames::hold(std::string_view path) const {
  const auto from = [&](std::string_view wanted) {
    return std::lower_bound(names_.begin(), names_.end(), wanted, [this](const Place& place, std::string_view text) { return name(place) < text; });
  };
  if (const auto it = from(path); it != names_.end() && name(*it) == path) return true;
  const auto folder = std::string(path) + "/";
  const auto it = from(folder);
  return it != names_.end() && name(*it).starts_with(folder);
}

std::optional<bool> IndexFile::holds(std::string_view path) {
  try {
    auto& disk = real_disk();
    const auto file = cat(git_dir_, "/index");
    const auto stat = disk.stat(file);
    if (!stat) {  // nothing was ever added, or this is no repository at all
      if (disk.stat(cat(git_dir_, "/HEAD"))) return false;
      return std::nullopt;
    }
    const auto mark = mark_of(*stat);
    if (mark != mark_) {
      auto content = disk.read(file);
      names_ = content ? IndexNames::parse(std::move(*content)) : std::nullopt;
      mark_ = mark;
    }
    if (!names_) return std::nullopt;
    return names_->hold(path);
  } catch (const DiskError&) {
    return std::nullopt;
  }
}

}  // namespace pivot::git
