// What a command runs in: the directory it was called from, the reporter, and the workspace, opened when first asked for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "commands/command.h"
#include "workspace/workspace.h"

namespace pivot::commands {

class Session {
 public:
  Session(std::string cwd, Reporter& reporter, workspace::LockWait lock_wait)
      : cwd_(std::move(cwd)), reporter_(reporter), lock_wait_(lock_wait) {}
  /// Absolute; --cd is already applied.
  const std::string& cwd() const { return cwd_; }
  Reporter& out() { return reporter_; }
  /// Opens the repository around cwd; throws Error (no_repo, config). `without_project`: a Git repository, or the bare folder, will do.
  workspace::Workspace& workspace(bool without_project = false) {
    if (!workspace_) {
      workspace_ = std::make_unique<workspace::Workspace>(cwd_, lock_wait_, real_disk(), without_project);
      look_from(workspace_->root());
      workspace_->command_line = command_line;
      workspace_->on_wait = workspace_->on_warning = [this](const std::string& what) { reporter_.warning(what); };
    }
    return *workspace_;
  }
  /// Writes what is pending and frees the locks; the destructor then has nothing left that others would notice.
  void close() {
    if (workspace_) workspace_->finish();
  }
  const workspace::LockWait& lock_wait() const { return lock_wait_; }
  /// -q / -v as counted on the command line.
  int quiet = 0;
  int verbose = 0;
  /// The command line as typed (argv joined by blanks): what rwlock entries name.
  std::string command_line;

 private:
  std::string cwd_;
  Reporter& reporter_;
  workspace::LockWait lock_wait_;
  std::unique_ptr<workspace::Workspace> workspace_;
};

}  // namespace pivot::commands
