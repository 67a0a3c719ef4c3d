// A place outside of the machine's cache that holds the same objects in the same layout:
//
//   <url>/files/md5/<2>/<30>[.dir]    <url>/<2>/<30>[.dir] (DVC 2.x)    <url>/runs/<2>/<key>/<value> (run cache)
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/stage.h"
#include "store/objects.h"

namespace pivot::store {

/// One object on its way. What went wrong stands in `error`; the others go on.
struct ObjectTransfer {
  model::Hash hash;
  std::int64_t size = -1;  ///< bytes; -1 unknown
  std::string error;       ///< "" when it arrived
  bool absent = false;     ///< the source does not have it
  /// Remotes that keep versions (S3): where it lies instead of at its hash, below the remote's URL; and which version is downloaded, or came
  /// into being by the upload.
  std::string path = {}, version = {};
  std::string etag = {};   ///< of what was uploaded; "" when the storage doesn't say
};

/// A file below a remote's URL, by its path there ("runs/ab/...").
struct RemoteFile {
  std::string path;
  std::int64_t size = -1;
  bool is_dir = false;
  std::string etag;     ///< what the storage calls this content; "" when it has no name for it
  std::string version;  ///< S3's version id; "" without versions
};

/// One file on its way that is no object.
struct FileTransfer {
  std::string path;   ///< below the remote's URL; "" is what the URL itself names
  std::string local;  ///< absolute
  std::int64_t size = -1;
  std::string error;  ///< "" when it arrived
  std::string version = {};  ///< which version is downloaded; "": the latest
  /// Of a large download: where (absolute) what came of it waits for the next run when it is interrupted, and the etag of the content.
  std::string partial = {}, etag = {};
};

/// Told of each object that arrived; may be called from several threads.
using TransferProgress = std::function<void(std::int64_t bytes)>;

class RemoteBridge;

/// What a remote is made from: [remote "name"] of the configuration.
struct RemoteSettings {
  std::string name;
  std::string url;
  std::vector<std::pair<std::string, std::string>> options;
  int jobs = 0;  ///< transfers at the same time; 0: as the remote likes
  /// Starts the process that speaks for storage which we don't speak to ourselves; nullptr where there is none.
  std::function<std::unique_ptr<RemoteBridge>()> start_bridge = nullptr;
  const std::string* find(std::string_view key) const;
  std::string get(std::string_view key) const;  ///< "" when absent
};

/// Not safe to call from several threads. Everything throws Error when the remote as a whole can't be reached or refuses us; what concerns one
/// object is said in its ObjectTransfer.
class Remote {
 public:
  virtual ~Remote() = default;
  /// Whether each of the objects is there.
  virtual std::vector<bool> has(const std::vector<model::Hash>& objects) = 0;
  /// Every object there is.
  virtual std::vector<ObjectTransfer> list() = 0;
  /// Fills in the sizes that list() leaves open, because they cost a look at each object.
  virtual void measure(const std::vector<ObjectTransfer*>&) {}
  /// From the cache. An object becomes visible only when all of it is there.
  virtual void upload(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) = 0;
  /// Into the cache; content that has another hash is never kept.
  virtual void download(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) = 0;
  /// What dead uploads have left among the objects that list() went through goes, when nobody came back for it in a day.
  virtual void remove_leftovers() {}
  /// Objects that are not there are fine. Gives what could not be removed.
  virtual void remove(std::vector<ObjectTransfer*>& items) = 0;

  /// False for storage that can't be listed (HTTP): then there is no run cache, no gc.
  virtual bool can_list() const { return true; }
  /// Files below a folder ("runs"), with their paths from the URL on.
  virtual std::vector<RemoteFile> list_files(const std::string& folder) = 0;

  /// What is at a path; nullopt when there is nothing. "" is the URL itself.
  virtual std::optional<RemoteFile> look(const std::string& path) = 0;
  /// What is at each of these paths (in the version that one names); for storage that keeps versions, where keeps_versions() is true.
  virtual std::vector<std::optional<RemoteFile>> look_each(const std::vector<RemoteFile>& places);
  virtual bool keeps_versions() const { return false; }
  /// The files and folders right in a folder, with their paths from the URL on, unsorted.
  virtual std::vector<RemoteFile> list_folder(const std::string& path) = 0;
  /// Files that are not objects. A file is seen at its place only when all of it is there.
  virtual void upload_files(std::vector<FileTransfer>& items, const TransferProgress& progress) = 0;
  virtual void download_files(std::vector<FileTransfer>& items, const TransferProgress& progress) = 0;
  /// One of them; throws Error when it can't be done. `from` and `to` are absolute local paths.
  void upload_file(const std::string& from, const std::string& path);
  void download_file(const std::string& path, const std::string& to);
};

/// The remote behind a URL. Throws Error for a scheme that isn't available, saying what would help.
std::unique_ptr<Remote> open_remote(RemoteSettings settings, Disk& disk);

/// Where an object is below a remote's URL.
std::string object_path_on_remote(const model::Hash& hash);
std::string object_path_on_remote(const ObjectTransfer& item);

}  // namespace pivot::store
