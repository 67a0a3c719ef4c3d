#include "workspace/url_data.h"

#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/replace_file.h"
#include "base/strings.h"
#include "base/thread_pool.h"
#include "store/intake.h"
#include "store/objects.h"
#include "store/store.h"
#include "text/json.h"
#include "workspace/config.h"
#include "workspace/remote_bridge.h"

namespace pivot::workspace {
namespace {

constexpr std::size_t kFilesAtOnce = 2000;           ///< of a direct upload: what lies in the work folder at one time
constexpr std::int64_t kBytesAtOnce = 1ll << 30;
constexpr std::int64_t kWorthResuming = 8ll << 20;

/// Names from strangers: they must stay below the folder that they are put into.
void check_name(const std::string& path, const std::string& url) {
  if (path::is_absolute(path) || path::normalize(path) != path || path::escapes(path) || path.find('\0') != path.npos)
    throw Error(cat("'", url, "' holds a file with the unsafe name '", path, "'"));
}

void throw_first_failure(const std::vector<store::FileTransfer>& items, const std::string& url) {
  for (const auto& item : items)
    if (!item.error.empty()) throw Error(cat("'", item.path.empty() ? url : cat(url, "/", item.path), "': ", item.error));
}

}  // namespace

std::string name_in_url(const std::string& url) {
  auto text = url;
  if (path::is_url(url)) {
    text = text.substr(0, text.find_first_of("?#"));
    text = text.substr(text.find("://") + 3);
  }
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return path::basename(text);
}

UrlData::UrlData(Workspace* ws, std::string text, const std::string& base, const Options& options) {
  store::RemoteSettings settings{"", text, options.settings, options.jobs};
  if (text.starts_with("remote://")) {
    const auto rest = text.substr(9);
    const auto slash = rest.find('/');
    if (ws == nullptr) throw Error(cat("'", text, "' names a remote of a project, and there is none here"), ErrorKind::no_repo);
    const auto config = ws->config().remote(rest.substr(0, slash));
    settings = {config.name, config.url, config.options, options.jobs};
    settings.options.insert(settings.options.end(), options.settings.begin(), options.settings.end());
    const auto below = slash == rest.npos ? "" : rest.substr(slash + 1);
    while (settings.url.ends_with('/')) settings.url.pop_back();
    if (!below.empty()) settings.url += cat("/", below);
  } else if (!path::is_url(text)) {
    if (text.starts_with("~/") && std::getenv("HOME") != nullptr) text = cat(std::getenv("HOME"), text.substr(1));
    settings.url = path::normalize(path::join(base, text));
  }
  while (settings.url.size() > 1 && settings.url.ends_with('/') && !settings.url.ends_with("://")) settings.url.pop_back();
  url_ = settings.url;
  is_local_ = !path::is_url(url_);
  hash_name_ = url_.starts_with("s3://") || url_.starts_with("webdav") || url_.starts_with("gs://") || url_.starts_with("azure://") || url_.starts_with("oss://") ? "etag" : url_.starts_with("http") ? "checksum" : "";
  names_content_ = !hash_name_.empty();
  settings.start_bridge = bridge_starter(ws);
  const auto aware = lower(settings.get("version_aware"));
  version_aware_ = options.version_aware || aware == "true";
  storage_ = store::open_remote(std::move(settings), ws != nullptr ? ws->disk() : real_disk());
  if (version_aware_ && !storage_->keeps_versions()) throw Error(cat("'", url_, "': versions are for s3:// only in pivot yet"));
}

UrlData::~UrlData() { drop_read(); }

void UrlData::drop_read() {
  if (read_.empty()) return;
  try {
    disk_->remove_tree(read_);
  } catch (const Error&) {  // a later run uses another name
  }
  read_.clear();
}

const std::optional<store::RemoteFile>& UrlData::look() {
  if (!found_) found_ = storage_->look("");
  return *found_;
}

const std::vector<store::RemoteFile>& UrlData::files() {
  if (files_) return *files_;
  files_.emplace();
  const auto& top = look();
  if (!top) return *files_;
  if (!top->is_dir) {
    files_->push_back(*top);
    files_->back().path.clear();
    return *files_;
  }
  *files_ = storage_->list_files("");
  for (const auto& file : *files_) check_name(file.path, url_);
  std::sort(files_->begin(), files_->end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  if (version_aware_) find_versions();
  return *files_;
}

/// Listings name no versions.
void UrlData::find_versions() {
  const auto found = storage_->look_each(*files_);
  for (std::size_t i = 0; i < found.size(); ++i) {
    auto& file = (*files_)[i];
    if (!found[i] || found[i]->version.empty()) throw Error(cat("'", url_, file.path.empty() ? "" : "/", file.path, "' has no version: is versioning on?"));
    file.etag = found[i]->etag;
    file.size = found[i]->size;
    file.version = found[i]->version;
  }
}

void UrlData::pin(const std::vector<model::CloudFile>& recorded) {
  const bool is_file = recorded.size() == 1 && recorded.front().relpath.empty();
  files_.emplace();
  for (const auto& file : recorded) files_->push_back({file.relpath, file.size.value_or(-1), false, file.etag, file.version});
  found_ = is_file ? files_->front() : store::RemoteFile{"", 0, true, "", ""};
}

UrlData::Identity UrlData::identity_by_etags() {
  const auto& top = *look();
  Identity out;
  if (!top.is_dir) {
    out.hash = {hash_name_, top.etag};
    if (top.size >= 0) out.meta.size = top.size;
    if (version_aware_) out.versions = {{"", "", out.meta.size, false, "", files().front().etag, files().front().version}};
    return out;
  }
  // DVC lists such a folder like one of its own, with etags in the place of MD5s.
  List listing;
  std::int64_t size = 0;
  auto all = files();
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  for (const auto& file : all) {
    Map entry;
    entry.set("etag", file.etag);
    entry.set("relpath", file.path);
    listing.emplace_back(std::move(entry));
    size += file.size;
    if (version_aware_) out.versions.push_back({file.path, "", file.size, false, "", file.etag, file.version});
  }
  out.hash = {"md5", cat(to_hex(md5(text::json::dump(listing))), ".dir")};
  out.meta.size = size;
  out.meta.nfiles = static_cast<std::int64_t>(all.size());
  return out;
}

UrlData::Identity UrlData::identify(Workspace& ws, const std::optional<Identity>& content) {
  if (!look()) throw Error(cat("dependency '", url_, "' does not exist"));
  if (names_content_ && (look()->is_dir || !look()->etag.empty())) return identity_by_etags();
  if (content) return *content;
  const auto of_path = [&](const std::string& file) -> Identity {
    const auto hashed = ws.store().hash(file);
    if (!hashed) throw Error(cat("dependency '", url_, "' does not exist"));
    return {hashed->hash, hashed->meta};
  };
  if (is_local_) return of_path(url_);
  const auto work = cat(ws.tmp_dir(), "/pivot/incoming-", std::to_string(::getpid()));
  ws.disk().make_dirs(path::dirname(work));
  disk_ = &ws.disk();
  try {
    download_into(ws.disk(), work);
    read_ = work;
    return of_path(work);
  } catch (...) {
    ws.disk().remove_tree(work);
    read_.clear();
    throw;
  }
}

void UrlData::download_into(Disk& disk, const std::string& place) {
  std::vector<store::FileTransfer> items;
  if (!look()) throw Error(cat("The path '", url_, "' does not exist"));
  if (!read_.empty()) {
    try {
      disk.rename(read_, place);
      return read_.clear();
    } catch (const DiskError&) {  // another file system
      drop_read();
    }
  }
  if (look()->is_dir) disk.make_dirs(place);
  for (const auto& file : files())
    items.push_back({file.path, file.path.empty() ? place : cat(place, "/", file.path), -1, "", version_aware_ ? file.version : "",
                     partial_name(file), file.etag});
  storage_->download_files(items, [](std::int64_t) {});
  throw_first_failure(items, url_);
}

/// The same for the same content only. "" for what isn't worth it, or can't be told from other content.
std::string UrlData::partial_name(const store::RemoteFile& file) const {
  if (partials.empty() || file.size < kWorthResuming || file.etag.empty() || file.etag.starts_with("W/")) return "";
  return cat(partials, md5_hex(cat(url_, "\n", file.path, "\n", file.etag, "\n", file.version)).substr(0, 16), ".partial");
}

void UrlData::download(Disk& disk, const std::string& target) {
  const auto folder = path::dirname(target);
  if (!folder.empty()) disk.make_dirs(folder);
  const bool beside = partials.empty();
  if (beside) partials = cat(folder.empty() ? "." : folder, "/.", path::basename(target), ".");
  disk.make_dirs(path::dirname(partials));
  replace_path(disk, target, [&](const std::string& incoming) { download_into(disk, incoming); });
  if (!beside) return;
  const auto prefix = path::basename(partials);
  for (const auto& entry : disk.list(path::dirname(partials)))  // of content that is another by now
    if (entry.name.starts_with(prefix) && entry.name.ends_with(".partial")) disk.remove_file(cat(path::dirname(partials), "/", entry.name));
}

UrlData::Identity UrlData::send_to(store::Remote& remote, Disk& disk, const std::string& work_folder) {
  if (!look()) throw Error(cat("dependency '", url_, "' does not exist"));
  store::Objects objects(cat(work_folder, "/objects"), false, disk);
  store::Tree tree;
  std::int64_t size = 0;
  std::string value;
  const auto& all = files();
  for (std::size_t begin = 0; begin < all.size();) {
    std::vector<store::FileTransfer> items;
    std::int64_t bytes = 0;
    const auto first = begin;
    for (; begin < all.size() && items.size() < kFilesAtOnce && (items.empty() || bytes < kBytesAtOnce); ++begin) {
      items.push_back({all[begin].path, cat(work_folder, "/incoming/", std::to_string(begin)), -1, "", version_aware_ ? all[begin].version : ""});
      bytes += std::max<std::int64_t>(all[begin].size, 0);
    }
    storage_->download_files(items, [](std::int64_t) {});
    throw_first_failure(items, url_);
    std::vector<store::IntakeFile> hashes;
    for (const auto& item : items) hashes.push_back({.path = item.local, .stat = disk.stat(item.local).value()});
    store::take_in(hashes, store::IntakeMode::store, objects, 0);
    std::vector<store::ObjectTransfer> transfers;
    std::vector<store::ObjectTransfer*> pointers;
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      value = to_hex(hashes[i].md5);
      tree.files.push_back({all[first + i].path, value, hashes[i].stat.size, false});
      size += hashes[i].stat.size;
      transfers.push_back({{"md5", value}, hashes[i].stat.size, "", false});
      disk.remove_file(items[i].local);
    }
    for (auto& transfer : transfers) pointers.push_back(&transfer);
    remote.upload(pointers, objects, [](std::int64_t) {});
    for (const auto& transfer : transfers)
      if (!transfer.error.empty()) throw Error(cat("'", transfer.hash.value, "' can't be stored on the remote: ", transfer.error));
    for (const auto& transfer : transfers) objects.remove(store::HashKind::md5, transfer.hash.value);
  }
  Identity out;
  out.meta.size = size;
  if (!look()->is_dir) {
    out.hash = {"md5", value};
    return out;
  }
  tree.sort();
  const auto listing = tree.serialize();
  out.hash = {"md5", cat(to_hex(md5(listing)), ".dir")};
  out.meta.nfiles = static_cast<std::int64_t>(tree.files.size());
  objects.put(out.hash.value, listing);
  store::ObjectTransfer last{out.hash, static_cast<std::int64_t>(listing.size()), "", false};
  std::vector<store::ObjectTransfer*> pointer{&last};
  remote.upload(pointer, objects, [](std::int64_t) {});
  if (!last.error.empty()) throw Error(cat("'", last.hash.value, "' can't be stored on the remote: ", last.error));
  return out;
}

}  // namespace pivot::workspace
