// Another repository that data is taken from: `import`, `get`, and what `pull` and `update` need of imports.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/temporary_folder.h"
#include "store/transfer.h"
#include "workspace/config_schema.h"
#include "workspace/revision.h"
#include "workspace/workspace.h"

namespace pivot::workspace {

class Remotes;

/// A folder with a copy of the Git repository behind a URL. It is kept in the user's cache folder and brought up to date with `git fetch`.
class RepositoryClone {
 public:
  /// Locks it against other processes while this object lives; what Git's objects hold may be read without. A revision that is a whole SHA
  /// and there already is not asked for again. Throws NoRepository with what Git said.
  explicit RepositoryClone(const std::string& url, const std::optional<std::string>& rev = std::nullopt);
  ~RepositoryClone();
  RepositoryClone(const RepositoryClone&) = delete;
  RepositoryClone& operator=(const RepositoryClone&) = delete;
  const std::string& folder() const { return folder_; }
  /// Puts the work tree to a revision (nullopt: the remote's HEAD); gives its SHA. Throws UnknownRevision.
  std::string check_out(const std::optional<std::string>& rev);

 private:
  std::string url_, folder_;
  int lock_ = -1;
};

/// There is no repository, or Git can't get it.
class NoRepository : public Error {
  using Error::Error;
};

/// A path is no output.
class NoOutput : public Error {
  using Error::Error;
};

class SourceRepository {
 public:
  struct Wish {
    std::string url;                   ///< a URL or a path; relative ones from `base`
    std::string base;                  ///< absolute
    std::optional<std::string> rev;
    std::string cache_dir;             ///< absolute: where its objects are put; "": into its own cache, for a clone into one that goes with this object
    std::optional<std::string> remote; ///< instead of its default remote
    int jobs = 0;
    bool committed = false;            ///< of a folder without `rev`: its HEAD, not its files as they stand
    bool hard_links = false;           ///< take objects out of the cache by hard links (the cache goes afterwards)
    ConfigSections settings;           ///< over its own
    std::vector<std::pair<std::string, std::string>> remote_settings;  ///< over those of `remote`, or of the default one
    bool any_folder = false;           ///< a folder that is no repository will do
  };
  /// Throws NoRepository, UnknownRevision, Error (config).
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
  /// What is in the tracked folders at and above a path becomes known. Throws Error (unexpected), as DVC, when neither cache nor remote tells.
  void fetch_listings(const std::string& path);
  /// It as a project; its settings are those of the checked out revision.
  Workspace& workspace() { return *workspace_; }
  Revisions& revisions() { return *revisions_; }
  Revision& revision() { return *revision_; }
  /// As it was asked for.
  const std::string& url() const { return wish_.url; }
  bool is_clone() const { return is_clone_; }
  /// The path with everything below it to `target` (absolute; nothing is there). Its data was fetched.
  void copy_to(const std::string& path, const std::string& target);
  /// The storage address of an output. Throws NoOutput when the path isn't one.
  std::string storage_url(const std::string& path);

 private:
  void fetch_objects(const std::vector<const struct TrackedOut*>& outs, const std::string& path);
  void lay_over_settings();
  void fetch_versions(const std::string& name, const std::vector<const struct TrackedOut*>& outs, const std::string& path);
  const std::string& shown() const { return wish_.url; }
  Wish wish_;
  std::unique_ptr<TemporaryFolder> own_objects_;  ///< the cache of a clone
  bool is_clone_ = false;
  std::unique_ptr<Workspace> workspace_;
  std::unique_ptr<Revisions> revisions_;
  std::unique_ptr<Remotes> remotes_;
  Revision* revision_ = nullptr;
  std::string commit_;
  std::string own_cache_;
};

/// Where clones of repositories are kept: `pivot/repositories` in the user's cache folder.
std::string clones_folder();
/// Files by which a project describes itself are no data.
bool is_project_file(const std::string& file);

/// Where a repository is to be read: `url` is a folder of this machine with files (absolute) when `is_folder`, else what has to be cloned,
/// a URL or a bare repository's folder. Throws NoRepository for a path that is not there.
struct RepositoryPlace {
  std::string url;
  bool is_folder;
};
RepositoryPlace find_repository(const std::string& url, const std::string& base);

/// The SHA that a revision (nullopt: HEAD) has in a repository now; no data is read. Throws Error as SourceRepository.
std::string current_commit(const std::string& url, const std::string& base, const std::optional<std::string>& rev);

}  // namespace pivot::workspace
