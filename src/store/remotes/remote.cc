#include "store/remotes/remote.h"

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "store/remotes/bridge_remote.h"
#include "store/remotes/http_remote.h"
#include "store/remotes/local_remote.h"
#include "store/remotes/s3_remote.h"
#include "store/remotes/sftp_remote.h"

namespace pivot::store {

const std::string* RemoteSettings::find(std::string_view key) const {
  for (const auto& [option, value] : options)
    if (option == key) return &value;
  return nullptr;
}

std::string RemoteSettings::get(std::string_view key) const {
  const auto* value = find(key);
  return value == nullptr ? "" : *value;
}

void Remote::upload_file(const std::string& from, const std::string& path) {
  std::vector<FileTransfer> items{{path, from, -1, ""}};
  upload_files(items, [](std::int64_t) {});
  if (!items.front().error.empty()) throw Error(cat("'", path, "' can't be stored on the remote: ", items.front().error));
}

void Remote::download_file(const std::string& path, const std::string& to) {
  std::vector<FileTransfer> items{{path, to, -1, ""}};
  download_files(items, [](std::int64_t) {});
  if (!items.front().error.empty()) throw Error(cat("'", path, "' can't be read from the remote: ", items.front().error));
}

std::string object_path_on_remote(const model::Hash& hash) {
  if (!is_object_name(hash.value)) throw Error(cat("'", hash.value, "' is not the name of an object"));
  const std::string_view value = hash.value;
  return cat(kind_of(hash.name) == HashKind::md5 ? "files/md5/" : "", value.substr(0, 2), "/", value.substr(2));
}

std::string object_path_on_remote(const ObjectTransfer& item) { return item.path.empty() ? object_path_on_remote(item.hash) : item.path; }

std::vector<std::optional<RemoteFile>> Remote::look_each(const std::vector<RemoteFile>& places) {
  std::vector<std::optional<RemoteFile>> out;
  for (const auto& place : places) out.push_back(look(place.path));
  return out;
}

std::unique_ptr<Remote> open_remote(RemoteSettings settings, Disk& disk) {
  const auto end = settings.url.find("://");
  if (end == std::string::npos) return std::make_unique<LocalRemote>(settings, disk);
  const auto scheme = settings.url.substr(0, end);
  if (scheme == "http" || scheme == "https") return std::make_unique<HttpRemote>(settings);
  if (scheme == "ssh") return std::make_unique<SftpRemote>(settings, disk);
  if (scheme == "s3") return std::make_unique<S3Remote>(settings, disk);
  if (BridgeRemote::takes(scheme) && settings.start_bridge) return std::make_unique<BridgeRemote>(settings, disk);
  throw Error(cat("remote '", settings.name, "': ", scheme, ":// is not available in pivot yet"));
}

}  // namespace pivot::store
