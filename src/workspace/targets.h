// Command-line targets -> stages and outs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "workspace/collection.h"
#include "workspace/workspace.h"

namespace pivot::workspace {

/// A stage, or only the part of its outs at (or below) `filter`.
struct Target {
  model::StageId stage = -1;
  std::optional<std::string> filter;  ///< relative to the root
};

/// A path as typed in `cwd` (relative to the root, or absolute outside of it) -> relative to the root, absolute when it lies outside.
std::string to_root(const std::string& root, const std::string& cwd, const std::string& typed);
inline std::string to_root(const Workspace& ws, const std::string& typed) { return to_root(ws.root(), ws.cwd(), typed); }

/// What to throw for outputs that the cache cannot hold. `page`: of DVC's user guide.
Error outside_project(const std::string& shown, std::string_view page);

class Targets {
 public:
  /// `cwd` relative to the root; `root` absolute.
  Targets(Collection& collection, std::string root, std::string cwd)
      : collection_(collection), root_(std::move(root)), cwd_(std::move(cwd)) {}

  /// What `repro` takes: stages, groups, stage files; folders only with `recursive`. Throws Error when a target is unknown.
  std::vector<model::StageId> stages(const std::vector<std::string>& targets, bool recursive, bool glob);
  /// What `status`, `commit`, `checkout` take: the same and output paths, also inside tracked folders. None: the whole repository.
  std::vector<Target> outs(const std::vector<std::string>& targets, bool recursive, bool with_deps);

 private:
  struct Parsed {
    std::string file;  ///< the stage file relative to the root
    std::string name;  ///< "" = all of the file
    bool explicit_file = false;
    std::string file_text;   ///< as typed
    bool is_default = false;  ///< nothing was typed
  };
  Parsed parse(const std::string& target) const;
  std::vector<model::StageId> lookup(const Parsed& parsed, bool glob) const;
  void refuse_unknown(const Parsed& parsed) const;
  std::vector<model::StageId> lookup_in_file(const Parsed& parsed, bool glob) const;
  std::vector<model::StageId> python_stages(const std::string& stage_file, const std::string& name, bool glob) const;
  std::vector<model::StageId> below(const std::string& folder) const;
  Collection& collection_;
  std::string root_, cwd_;
};

}  // namespace pivot::workspace
