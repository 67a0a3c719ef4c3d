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
  void upload_files(std::vector<FileTransfer>& items, const TransferProgress& progress) override;
  std::vector<RemoteFile> list_files(const std::string& folder) override;
  std::optional<RemoteFile> look(const std::string& path) override;
  std::vector<RemoteFile> list_folder(const std::string& path) override;
  std::vector<std::optional<RemoteFile>> look_each(const std::vector<RemoteFile>& places) override;
  bool keeps_versions() const override { return true; }

 protected:
  HttpRequest request(std::string method, const std::string& path) override;
  HttpRequest request_version(const std::string& method, const std::string& path, const std::string& version) override;
  std::string explain(const HttpAnswer& answer) const override;
  bool refuses_all(const HttpAnswer& answer) const override;

 private:
  void refuse_missing_bucket();
  using Query = std::vector<std::pair<std::string, std::string>>;
  HttpRequest make(std::string method, const std::string& key, Query query, bool stores);
  std::string key_of(const std::string& path) const;
  void find_host();
  /// Where the bucket is, as an answer says it: from then on requests go there. False when that is no news.
  bool follow_region(const HttpAnswer& answer);
  /// Every key below these prefixes (from the remote's URL on), several listings at a time.
  void list_keys(const std::vector<std::string>& prefixes, const std::function<void(RemoteFile)>& found);
  /// One page of a listing: how many objects there are below a prefix, more than a page included.
  std::size_t count_page(const std::string& prefix);
  /// A large file on its way.
  struct PartsUpload {
    std::string key, file;
    std::int64_t size = 0;
    std::string etag = {}, version = {};  ///< what became of it
  };
  /// Parts go up side by side; the object appears when they are put together. What an earlier, broken upload has left there isn't sent again.
  /// Gives what went wrong.
  std::string upload_parts(PartsUpload& upload);
  /// The id of the upload to go on with (of an earlier one, whose good parts get their etags in `etags`, or a new one); "" and `problem`.
  std::string begin_parts(const PartsUpload& upload, std::int64_t part_size, std::vector<std::string>& etags, std::string& problem);
  void find_parts(const PartsUpload& upload, const std::string& id, std::int64_t part_size, std::vector<std::string>& etags);

  AwsProfile profile_;
  bool plain_ = false;  ///< no TLS
  bool knows_bucket_ = false;  ///< it was asked whether it is there
  bool moved_ = false;  ///< the bucket was found in another region than was said
  std::string bucket_, prefix_;
  std::string origin_, host_, root_;  ///< "https://host", "host", "/bucket" or ""
  std::vector<std::pair<std::string, std::string>> store_headers_, customer_headers_;
};

}  // namespace pivot::store
