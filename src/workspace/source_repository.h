// Another repository that data is taken from: `import`, `get`, and what `pull` and `update` need of imports.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/transfer.h"
#include "workspace/revision.h"
#include "workspace/config_schema.h"
#include "workspace/workspace.h"

namespace pivot::workspace {

/// A folder with a copy of the Git repository behind a URL. It is kept in the user's cache folder and brought up to date with `git fetch`.
class RepositoryClone {
 public:
  /// Locks it against other processes while this object lives. Throws Error with what Git said.
  explicit RepositoryClone(const std::string& url);
  ~RepositoryClone();
  RepositoryClone(const RepositoryClone&) = delete;
  RepositoryClone& operator=(const RepositoryClone&) = delete;
  const std::string& folder() const { return folder_; }
  /// Puts the work tree to a revision (nullopt: the remote's HEAD); gives its SHA. Throws Error "unknown Git revision 'x'".
  std::string check_out(const std::optional<std::string>& rev);

 private:
  std::string url_, folder_;
  int lock_ = -1;
};

class SourceRepository {
 public:
  struct Wish {
    std::string url;                   ///< a URL or a path; relative ones from `base`
    std::string base;                  ///< absolute
    std::optional<std::string> rev;
    std::string cache_dir;             ///< absolute: where its objects are put
    std::optional<std::string> remote; ///< instead of its default remote
    ConfigSections config = {};        ///< settings that win over its own
    std::vector<std::pair<std::string, std::string>> remote_options = {};  ///< the same for the remote that is read
    int jobs = 0;
    bool committed = false;            ///< of a folder without `rev`: its HEAD, not its files as they stand
    bool hard_links = false;           ///< take objects out of the cache by hard links (the cache goes afterwards)
  };
  explicit SourceRepository(Wish wish);
  ~SourceRepository();

  /// The commit that is read; "" for a folder as it stands.
  const std::string& commit() const { return commit_; }
  /// What a path is, when it is one output (or lies inside of one): its objects are in the cache afterwards. nullopt: it is made of several
  /// things, or of Git's files. Throws Error when there is no such path, or its data is nowhere.
  struct Content {
    model::Hash hash;
    model::Meta meta;
  };
  std::optional<Content> fetch(const std::string& path);
  /// The path with everything below it to `target` (absolute; nothing is there). Its data was fetched.
  void copy_to(const std::string& path, const std::string& target);
  /// The storage address of an output. Throws Error when the path isn't one.
  std::string storage_url(const std::string& path);

 private:
  void overlay_config();
  void fetch_objects(const std::vector<const struct TrackedOut*>& outs, const std::string& path);
  void fetch_versions(class Remotes& remotes, const std::string& name, const std::vector<const struct TrackedOut*>& outs, const std::string& path);
  const std::string& shown() const { return wish_.url; }
  Wish wish_;
  std::unique_ptr<RepositoryClone> clone_;
  std::unique_ptr<Workspace> workspace_;
  std::unique_ptr<Revisions> revisions_;
  Revision* revision_ = nullptr;
  std::string commit_;
  std::string own_cache_;
};

/// Files by which a project describes itself are no data.
bool is_project_file(const std::string& file);

/// The SHA that a revision (nullopt: HEAD) has in a repository now; no data is read. Throws Error as SourceRepository.
std::string current_commit(const std::string& url, const std::string& base, const std::optional<std::string>& rev);

}  // namespace pivot::workspace
