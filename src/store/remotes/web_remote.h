// What HTTP and S3 have in common: an object is a URL.
#pragma once

#include "store/remotes/http_engine.h"
#include "store/remotes/remote.h"

namespace pivot::store {

/// What the settings of S3 and HTTP remotes share: jobs, certificates, time limits.
HttpOptions http_options(const RemoteSettings& settings);

/// An etag without the quotes around it.
std::string bare_etag(std::string text);

class WebRemote : public Remote {
 public:
  explicit WebRemote(HttpOptions options) : engine_(std::move(options)) {}
  std::vector<bool> has(const std::vector<model::Hash>& objects) override;
  void upload(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) override;
  void download(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) override;
  void remove(std::vector<ObjectTransfer*>& items) override;
  void upload_files(std::vector<FileTransfer>& items, const TransferProgress& progress) override;
  void download_files(std::vector<FileTransfer>& items, const TransferProgress& progress) override;

 protected:
  /// A request for a path below the remote's URL, not yet signed.
  virtual HttpRequest request(std::string method, const std::string& path) = 0;
  /// A request for one version of it.
  virtual HttpRequest request_version(const std::string& method, const std::string& path, const std::string& version);
  /// The method that stores an object.
  virtual std::string upload_method() const { return "PUT"; }
  /// Why an answer is no good, in words for people.
  virtual std::string explain(const HttpAnswer& answer) const;
  /// Whether an answer to one request holds for all others as well: run_unless_refused() sends none of them.
  virtual bool refuses_all(const HttpAnswer&) const { return false; }
  /// Asks for each object alone.
  std::vector<bool> has_each(const std::vector<model::Hash>& objects);

  HttpEngine engine_;

 private:
  /// HttpEngine::run, until an answer holds for all requests: then those that are on their way end, and it is thrown as Error.
  void run_unless_refused(const HttpEngine::Next& next, const HttpEngine::Done& done);
  std::vector<ObjectTransfer*> download_once(const std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress);
};

}  // namespace pivot::store
