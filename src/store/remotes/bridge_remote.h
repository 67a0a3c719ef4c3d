// Storage that another process speaks for us: gs, azure, webdav, hdfs, webhdfs, oss and gdrive through Python's fsspec. Who starts that process
// is not known here. Its requests and replies: src/python/pivot/_remote.py.
#pragma once

#include <map>

#include "base/value.h"
#include "store/remotes/remote.h"

namespace pivot::store {

/// The other end: frames of JSON, and open files beside them.
class RemoteBridge {
 public:
  virtual ~RemoteBridge() = default;
  virtual void send(const Value& message, const std::vector<int>& descriptors) = 0;
  /// Waits; nullopt when the process has ended.
  virtual std::optional<Value> receive() = 0;
};

class BridgeRemote : public Remote {
 public:
  /// Throws Error when the storage can't be opened, with what would help (a package to install).
  BridgeRemote(const RemoteSettings& settings, Disk& disk);
  std::vector<bool> has(const std::vector<model::Hash>& objects) override;
  std::vector<ObjectTransfer> list() override;
  void upload(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) override;
  void download(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) override;
  void remove(std::vector<ObjectTransfer*>& items) override;
  std::vector<RemoteFile> list_files(const std::string& folder) override;
  std::optional<RemoteFile> look(const std::string& path) override;
  std::vector<RemoteFile> list_folder(const std::string& path) override;
  void upload_files(std::vector<FileTransfer>& items, const TransferProgress& progress) override;
  void download_files(std::vector<FileTransfer>& items, const TransferProgress& progress) override;

  /// Whether URLs of this scheme ("webdav") are for a bridge.
  static bool takes(std::string_view scheme);

 private:
  struct Call {
    std::string operation, path, from;
    int descriptor = -1;
    std::string etag = {};
  };
  /// False when there is no more to ask.
  using Next = std::function<bool(std::size_t number, Call&)>;
  using Done = std::function<void(std::size_t number, const Value& reply)>;
  /// Keeps as many requests under way as the settings allow. `part` takes what comes before the last reply.
  void run(const Next& next, const Done& done, const Done& part = nullptr);
  void send(const Call& call, std::size_t id);
  Value receive();
  std::vector<ObjectTransfer*> download_once(const std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress);
  void list_objects(const std::string& folder, const std::string& hash_name, const std::string& prefix, std::vector<ObjectTransfer>& out);

  std::string who_;  ///< for messages: "remote 'dav'"
  Disk& disk_;
  std::size_t most_ = 0;     ///< requests under way
  std::size_t next_id_ = 0;
  std::unique_ptr<RemoteBridge> bridge_;
};

}  // namespace pivot::store
