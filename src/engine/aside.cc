#include "engine/aside.h"

#include <csignal>

#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"

namespace pivot::engine {

Aside::Aside(Disk& disk, std::string dir, int number)
    : disk_(disk), folder_(cat(dir, "/", std::to_string(getpid()), "-", std::to_string(number))) {}

bool Aside::move(const std::string& path) {
  if (!disk_.lstat(path)) return false;
  if (!made_) disk_.make_dirs(folder_);
  made_ = true;
  const auto line = replace_all(replace_all(path, "\\", "\\\\"), "\n", "\\n");
  disk_.append(cat(folder_, "/names"), cat(line, "\n"));
  auto to = cat(folder_, "/", std::to_string(moved_.size()));
  try {
    disk_.rename(path, to);
  } catch (const Error&) {
    // Another file system: a sibling name is the only place that a rename reaches.
    to = cat(path, ".pivot-aside");
    disk_.remove_tree(to);
    disk_.rename(path, to);
  }
  moved_.emplace_back(path, to);
  return true;
}

void Aside::bring_back() {
  for (const auto& [path, now] : moved_) {
    disk_.remove_tree(path);
    disk_.make_dirs(path::dirname(path));
    disk_.rename(now, path);
  }
  moved_.clear();
  if (made_) disk_.remove_tree(folder_);
  made_ = false;
}

void Aside::drop() {
  const auto moved = std::move(moved_);
  moved_.clear();
  try {
    for (const auto& [path, now] : moved) disk_.remove_tree(now);
    if (made_) disk_.remove_tree(folder_);
  } catch (const Error&) {
    // The result is recorded, so it stays: the next command's recovery finds that and removes what is left.
  }
  made_ = false;
}

std::vector<std::pair<std::string, std::vector<std::string>>> orphaned_asides(Disk& disk, const std::string& dir) {
  std::vector<std::pair<std::string, std::vector<std::string>>> out;
  if (!disk.stat(dir)) return out;
  for (const auto& entry : disk.list(dir)) {
    const auto pid = std::atoi(entry.name.c_str());
    if (pid > 0 && (kill(pid, 0) == 0 || errno == EPERM)) continue;
    const auto folder = cat(dir, "/", entry.name);
    std::vector<std::string> paths;
    if (const auto names = disk.read(cat(folder, "/names")))
      for (auto line : split(*names, '\n'))
        if (!line.empty()) {
          std::string path;
          for (std::size_t i = 0; i < line.size(); ++i) {
            const bool escaped = line[i] == '\\' && i + 1 < line.size();
            path += escaped ? (line[i + 1] == 'n' ? '\n' : line[i + 1]) : line[i];
            i += escaped;
          }
          paths.push_back(std::move(path));
        }
    out.emplace_back(folder, std::move(paths));
  }
  return out;
}

}  // namespace pivot::engine
