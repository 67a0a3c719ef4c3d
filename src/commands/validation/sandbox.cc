#include "commands/validation/sandbox.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <unistd.h>

#include "base/path.h"
#include "base/strings.h"
#include "commands/validation/tool.h"
#include "git/git.h"
#include "workspace/config_file.h"
#include "workspace/workspace.h"

namespace pivot::commands::validation {

namespace {

class Copier {
 public:
  /// `project`: the root of the project relative to `from`, `left_out`: relative to `from` too.
  Copier(Disk& disk, std::string from, std::string to, const std::string& project, std::set<std::string> left_out)
      : disk_(disk), from_(std::move(from)), to_(std::move(to)), state_(project == "." ? ".dvc" : cat(project, "/.dvc")),
        left_out_(std::move(left_out)) {}

  void folder(const std::string& relative) {
    disk_.make_dirs(at(to_, relative));
    for (const auto& entry : disk_.list(at(from_, relative))) {
      const auto name = relative == "." ? entry.name : cat(relative, "/", entry.name);
      if (left_out_.count(name) != 0 || entry.name == "__pycache__" || name == ".git" || name == state_) continue;
      if (path::basename(relative) == ".dvc" && (entry.name == "cache" || entry.name == "tmp")) continue;  // of a project inside of this one
      switch (entry.type) {
        case FileType::dir:
          if (is_environment(name, entry.name)) {
            disk_.symlink(at(from_, name), at(to_, name));
          } else {
            folder(name);
          }
          break;
        case FileType::file: file(name); break;
        case FileType::symlink: link(name); break;
        case FileType::other: break;
      }
    }
  }

  void file(const std::string& relative) {
    const auto from = at(from_, relative), to = at(to_, relative);
    const auto stat = disk_.lstat(from);
    if (!stat) return;
    if (stat->links > 1 && (stat->mode & 0222) == 0) {
      disk_.hard_link(from, to);
      return;
    }
    if (!disk_.reflink(from, to)) disk_.copy(from, to);
    disk_.chmod(to, stat->mode);
  }

 private:
  static std::string at(const std::string& root, const std::string& relative) { return relative == "." ? root : cat(root, "/", relative); }

  bool is_environment(const std::string& relative, const std::string& name) {
    const auto folder = at(from_, relative);
    return name == "node_modules" || disk_.stat(cat(folder, "/pyvenv.cfg")) || disk_.stat(cat(folder, "/conda-meta"));
  }

  /// Links that stay inside the workspace lead into the copy, all others to where they led before.
  void link(const std::string& relative) {
    auto target = disk_.read_link(at(from_, relative)).value_or("");
    const auto absolute = path::normalize(path::join(path::dirname(at(from_, relative)), target));
    if (path::is_inside(absolute, cat(from_, "/", state_))) {
      target = absolute;
    } else if (path::is_inside(absolute, from_)) {
      if (path::is_absolute(target)) target = path::join(to_, path::relative(absolute, from_));
    } else {
      target = absolute;
    }
    disk_.symlink(target, at(to_, relative));
  }

  Disk& disk_;
  std::string from_, to_, state_;
  std::set<std::string> left_out_;
};

/// The history without the files; false when there is no Git that could give it.
bool clone_history(workspace::Workspace& ws, const std::string& folder) {
  if (!ws.git().exists()) return false;
  const bool cloned = run_quietly({"git", "clone", "-q", "--shared", "--no-checkout", ws.git().root(), folder}, ws.root());
  if (cloned) run_quietly({"git", "-C", folder, "read-tree", "HEAD"}, folder);  // fails before the first commit
  return cloned;
}

void write_settings(Disk& disk, const std::string& folder, bool has_git) {
  auto config = workspace::ConfigFile::read(disk, cat(folder, "/.dvc/config.local"));
  auto set = [&](const char* group, const char* key, const std::string& value) { config.set({group, "", key}, value, folder); };
  set("cache", "dir", cat(folder, "/.dvc/cache"));
  set("core", "analytics", "false");
  set("core", "check_update", "false");
  set("core", "autostage", "false");
  set("core", "site_cache_dir", cat(folder, "/.dvc/site"));
  if (!has_git) set("core", "no_scm", "true");
  config.save(disk);
}

}  // namespace

std::string make_sandbox(workspace::Workspace& ws, const std::string& folder, const SandboxContent& content) {
  auto& disk = ws.disk();
  const bool has_git = clone_history(ws, folder);
  const auto base = has_git ? ws.git().root() : ws.root();
  const auto project = path::relative(ws.root(), base);
  auto placed = [&project](const std::string& name) { return project == "." ? name : cat(project, "/", name); };
  std::set<std::string> left_out;
  for (const auto& name : content.left_out) left_out.insert(placed(name));
  Copier copier(disk, base, folder, project, std::move(left_out));
  copier.folder(".");
  const auto root = project == "." ? folder : cat(folder, "/", project);
  disk.make_dirs(cat(root, "/.dvc/tmp"));
  for (const auto* name : {".dvc/config", ".dvc/config.local", ".dvc/.gitignore"})
    if (disk.stat(cat(ws.root(), "/", name))) copier.file(placed(name));
  write_settings(disk, root, has_git);
  for (const auto& [name, text] : content.written) {
    const auto file = cat(root, "/", name);
    disk.remove_file(file);
    if (!text.empty()) disk.write(file, text);
  }
  return root;
}

SandboxFolder::SandboxFolder(Disk& disk, const std::string& tmp_dir) : disk_(disk) {
  const auto home = cat(tmp_dir, "/pivot/validate");
  disk_.make_dirs(home);
  for (const auto& entry : disk_.list(home)) {
    const auto pid = std::atoi(entry.name.c_str());
    if (pid > 0 && entry.name == std::to_string(pid) && kill(pid, 0) != 0 && errno == ESRCH) disk_.remove_tree(cat(home, "/", entry.name));
  }
  path_ = cat(home, "/", std::to_string(getpid()));
  disk_.make_dirs(path_);
}

SandboxFolder::~SandboxFolder() {
  if (kept_) return;
  try {
    disk_.remove_tree(path_);
  } catch (const Error&) {
    // The next validation removes it.
  }
}

}  // namespace pivot::commands::validation
