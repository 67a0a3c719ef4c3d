// What push, fetch, pull and `status -c` share: which objects go to which remote, and what is said about them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "commands/session.h"
#include "commands/versioned_calls.h"
#include "workspace/data_objects.h"

namespace pivot::commands {

/// "failed to push data to the cloud - ...", exit code 1.
[[noreturn]] void fail_transfer(std::string_view verb, const std::string& why, const std::string& hint = "");

class TransferCall {
 public:
  /// Resolves targets and remotes. `verb` is "push", "fetch", "pull". Throws as fail_transfer.
  TransferCall(Session& session, const Args& args, std::string verb);
  struct Total {
    std::size_t moved = 0;
    std::size_t failed = 0;
  };
  Total push();
  /// `before_objects` is called when the listings are here and files are going to follow, for each remote.
  Total fetch(const std::function<void()>& before_objects = {});
  workspace::Remotes& remotes() { return remotes_; }
  /// Names of remotes with what is wanted of each.
  const std::vector<std::pair<std::string, std::vector<store::WantedObject>>>& groups() const { return groups_; }

 private:
  class Meter;
  void collect();
  void warn_missing(const std::vector<model::Hash>& missing);
  void count(const store::Transfer::Result& result, Total& total);
  void fetch_imports(Total& total);
  void move_versioned(const workspace::VersionedGroup& group, Total& total);
  void leave_to_sources(std::vector<model::Hash>& missing) const;

  Session& session_;
  const Args& args_;
  std::string verb_;
  workspace::Remotes remotes_;
  std::vector<std::pair<std::string, std::vector<store::WantedObject>>> groups_;
  std::vector<workspace::VersionedGroup> versioned_;
  std::vector<std::shared_ptr<const model::Stage>> imports_;  ///< what their sources may have
};

/// Copies the entries of the run cache that the other side lacks. Throws Error for a remote that can't be listed.
std::size_t move_runs(workspace::Workspace& ws, store::Remote& remote, bool up);

workspace::DataScope data_scope(const Args& args);

/// "2 files pushed", "Everything is up to date."
std::string counted_files(std::size_t n, std::string_view what);

}  // namespace pivot::commands
