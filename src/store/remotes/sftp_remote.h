// Storage behind SSH: SFTP over one kept connection.
#pragma once

#include <set>

#include "store/remotes/remote.h"
#include "store/remotes/sftp_channel.h"

namespace pivot::store {

class SftpRemote : public Remote {
 public:
  SftpRemote(const RemoteSettings& settings, Disk& disk);
  ~SftpRemote() override;
  std::vector<bool> has(const std::vector<model::Hash>& objects) override;
  std::vector<ObjectTransfer> list() override;
  void remove_leftovers() override;
  void upload(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) override;
  void download(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) override;
  void remove(std::vector<ObjectTransfer*>& items) override;
  std::vector<RemoteFile> list_files(const std::string& folder) override;
  std::optional<RemoteFile> look(const std::string& path) override;
  std::vector<RemoteFile> list_folder(const std::string& path) override;
  void upload_files(std::vector<FileTransfer>& items, const TransferProgress& progress) override;
  void download_files(std::vector<FileTransfer>& items, const TransferProgress& progress) override;

  /// A file with the second when it was last written to; -1: not said.
  using OnFile = std::function<void(RemoteFile, std::int64_t mtime)>;

 private:
  SftpChannel& channel();
  std::string place(const std::string& path) const { return path.empty() ? root_ : root_ + "/" + path; }
  /// Lists folders side by side; absent ones are empty.
  void list_folders(const std::vector<std::string>& folders, const OnFile& found);
  void make_folders(const std::vector<std::string>& files);

  SshTarget target_;
  std::string root_;
  Disk& disk_;
  std::unique_ptr<SftpChannel> channel_;
  std::vector<std::string> leftovers_;  ///< that the last list() saw
  std::set<std::string> made_;  ///< folders that are there
};

}  // namespace pivot::store
