// A folder as a remote: another disk, a network mount.
#pragma once

#include "store/remotes/remote.h"

namespace pivot::store {

class ObjectBatch;

class LocalRemote : public Remote {
 public:
  LocalRemote(const RemoteSettings& settings, Disk& disk);
  std::vector<bool> has(const std::vector<model::Hash>& objects) override;
  std::vector<ObjectTransfer> list() override;
  void measure(const std::vector<ObjectTransfer*>& items) override;
  void upload(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) override;
  void download(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) override;
  void remove(std::vector<ObjectTransfer*>& items) override;
  std::vector<RemoteFile> list_files(const std::string& folder) override;
  std::optional<RemoteFile> look(const std::string& path) override;
  std::vector<RemoteFile> list_folder(const std::string& path) override;
  void upload_files(std::vector<FileTransfer>& items, const TransferProgress& progress) override;
  void download_files(std::vector<FileTransfer>& items, const TransferProgress& progress) override;

 private:
  std::string place(const std::string& path) const;
  void list_kind(HashKind kind, std::vector<ObjectTransfer>& out);
  void copy_object(ObjectTransfer& item, Objects& from, Objects& to, ObjectBatch& batch);
  void download_checked(ObjectTransfer& item, Objects& cache);
  void note_absent(ObjectTransfer& item) const;
  void note_damaged(ObjectTransfer& item, const std::string& actual) const;

  std::string folder_;
  int jobs_;
  Disk& disk_;
  Objects objects_;
};

}  // namespace pivot::store
