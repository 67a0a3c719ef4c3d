// Data outside of the project: what `import-url`, `get-url`, `list-url` and `add --to-remote` read.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/cloud_files.h"
#include "model/stage.h"
#include "store/remotes/remote.h"
#include "workspace/workspace.h"

namespace pivot::workspace {

class UrlData {
 public:
  struct Options {
    std::vector<std::pair<std::string, std::string>> settings;  ///< --fs-config
    int jobs = 0;
    bool version_aware = false;  ///< versions are recorded, and fetched
  };
  /// `text`: a URL, `remote://name/path` (needs a project) or a path, relative ones from `base` (absolute). Throws Error for a scheme that isn't
  /// available and for remotes that the configuration doesn't know.
  UrlData(Workspace* ws, std::string text, const std::string& base, const Options& options);
  ~UrlData();

  bool is_local() const { return is_local_; }
  const std::string& url() const { return url_; }  ///< with remotes resolved; an absolute path when local
  store::Remote& storage() { return *storage_; }

  /// What is there; nullopt: nothing.
  const std::optional<store::RemoteFile>& look();
  /// The files, by their paths below the URL, sorted; one with the path "" when the URL names a file.
  const std::vector<store::RemoteFile>& files();

  /// What a *.dvc file records of a dependency. Storage that has no names for contents (a disk, SSH) is read for it, unless `content` says
  /// what was just downloaded.
  struct Identity {
    model::Hash hash;
    model::Meta meta;
    std::vector<model::CloudFile> versions = {};  ///< version_aware: of the file, or of the files of the folder
  };
  /// Reads what a record says, not what is there now.
  void pin(const std::vector<model::CloudFile>& recorded);
  Identity identify(Workspace& ws, const std::optional<Identity>& content);

  /// The file or folder to a path (absolute); what is there is replaced when all has arrived. Throws Error with the first failure.
  void download(Disk& disk, const std::string& target);
  /// Where large files wait whose download was interrupted: names begin with this (an absolute path). Without it, beside the target of download().
  std::string partials;
  /// Its content into a remote as objects, without passing through the cache of the project. `work_folder` (absolute) is used meanwhile.
  Identity send_to(store::Remote& remote, Disk& disk, const std::string& work_folder);

 private:
  void download_into(Disk& disk, const std::string& place);
  std::string partial_name(const store::RemoteFile& file) const;
  Identity identity_by_etags();
  std::string url_;
  void find_versions();
  void drop_read();
  Disk* disk_ = nullptr;
  std::string read_;  ///< what identify() had to fetch to know its content: download() takes it from here
  bool is_local_ = false;
  bool version_aware_ = false;
  bool names_content_ = false;  ///< S3, HTTP
  std::string hash_name_;       ///< "etag", "checksum"
  std::unique_ptr<store::Remote> storage_;
  std::optional<std::optional<store::RemoteFile>> found_;
  std::optional<std::vector<store::RemoteFile>> files_;
};

/// "data.csv" of s3://bucket/dir/data.csv?version=1.
std::string name_in_url(const std::string& url);

}  // namespace pivot::workspace
