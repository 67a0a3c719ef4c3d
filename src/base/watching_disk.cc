#include "base/watching_disk.h"

#include <algorithm>

namespace pivot {

void WatchingDisk::note(const std::string& p, Seen what) {
  if (!watching_) return;
  auto& seen = seen_.emplace(p, what).first->second;
  seen = std::max(seen, what);
}

std::optional<FileStat> WatchingDisk::stat(const std::string& p) {
  auto found = inner_.stat(p);
  note(p, found ? Seen::present : Seen::absent);
  return found;
}

std::optional<FileStat> WatchingDisk::lstat(const std::string& p) {
  auto found = inner_.lstat(p);
  note(p, found ? Seen::present : Seen::absent);
  return found;
}

std::optional<std::string> WatchingDisk::read(const std::string& p) {
  auto content = inner_.read(p);
  note(p, content ? Seen::content : Seen::absent);
  return content;
}

std::vector<DirEntry> WatchingDisk::list(const std::string& p) {
  note(p, Seen::names);
  return inner_.list(p);
}

}  // namespace pivot
