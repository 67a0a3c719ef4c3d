// A clean copy of a workspace in which a pipeline can run without touching the original: inputs only, with Git's history, a cache of its
// own and no records of what is to run.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/disk.h"

namespace pivot::workspace {
class Workspace;
}

namespace pivot::commands::validation {

/// What goes into a copy.
struct SandboxContent {
  std::set<std::string> left_out;             ///< paths relative to the root that stay behind (outs of what is to run, their locks)
  std::vector<std::pair<std::string, std::string>> written;  ///< files that are written instead: path relative to the root, content
};

/// Makes the copy in `folder` (absolute, not there yet) and gives the place of the project's root in it: of a project below the root of its
/// Git repository the whole of that is copied, since commands may reach above. Files become reflinks where the file system can, hard links where they are
/// protected links into the cache already, else copies: a command that writes into its input in place harms nothing of the original.
/// Virtual environments and node_modules are linked as folders.
std::string make_sandbox(workspace::Workspace& ws, const std::string& folder, const SandboxContent& content);

/// A folder for copies below .dvc/tmp, which goes at the end unless it is kept. What killed processes left is removed first.
class SandboxFolder {
 public:
  SandboxFolder(Disk& disk, const std::string& tmp_dir);
  ~SandboxFolder();
  SandboxFolder(const SandboxFolder&) = delete;
  SandboxFolder& operator=(const SandboxFolder&) = delete;
  const std::string& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  Disk& disk_;
  std::string path_;
  bool kept_ = false;
};

}  // namespace pivot::commands::validation
