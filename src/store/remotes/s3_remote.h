// S3, and every storage that speaks it.
#pragma once

#include "store/remotes/aws_credentials.h"
#include "store/remotes/web_remote.h"

namespace pivot::store {

class S3Remote : public WebRemote {
 public:
  S3Remote(const RemoteSettings& settings, Disk& disk);
  std::vector<bool> has(const std::vector<model::Hash>& objects) override;
  std::vector<ObjectTransfer> list() override;
  void upload(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) override;
  std::vector<RemoteFile> list_files(const std::string& folder) override;
  std::optional<RemoteFile> look(const std::string& path) override;
  std::vector<RemoteFile> list_folder(const std::string& path) override;

 protected:
  HttpRequest request(std::string method, const std::string& path) override;
  std::string explain(const HttpAnswer& answer) const override;

 private:
  using Query = std::vector<std::pair<std::string, std::string>>;
  HttpRequest make(std::string method, const std::string& key, Query query, bool stores);
  std::string key_of(const std::string& path) const;
  /// Every key below these prefixes (from the remote's URL on), several listings at a time.
  void list_keys(const std::vector<std::string>& prefixes, const std::function<void(RemoteFile)>& found);
  /// One page of a listing: how many objects there are below a prefix, more than a page included.
  std::size_t count_page(const std::string& prefix);
  std::string upload_parts(ObjectTransfer& item, const std::string& file);

  AwsProfile profile_;
  std::string bucket_, prefix_;
  std::string origin_, host_, root_;  ///< "https://host", "host", "/bucket" or ""
  std::vector<std::pair<std::string, std::string>> store_headers_;
};

}  // namespace pivot::store
