// Web servers that take files: GET, HEAD and POST (or PUT). They can't be listed, so there is no run cache and no gc.
#pragma once

#include "store/remotes/web_remote.h"

namespace pivot::store {

class HttpRemote : public WebRemote {
 public:
  explicit HttpRemote(const RemoteSettings& settings);
  std::vector<ObjectTransfer> list() override;
  bool can_list() const override { return false; }
  std::vector<RemoteFile> list_files(const std::string& folder) override;
  std::optional<RemoteFile> look(const std::string& path) override;
  std::vector<RemoteFile> list_folder(const std::string& path) override;

 protected:
  HttpRequest request(std::string method, const std::string& path) override;
  std::string upload_method() const override { return method_; }
  std::string explain(const HttpAnswer& answer) const override;

 private:
  std::string url_, address_, method_;
  std::vector<std::string> headers_;
};

}  // namespace pivot::store
