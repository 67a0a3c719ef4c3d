#include "store/versioned_transfer.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/hash.h"
#include "base/strings.h"
#include "store/objects.h"

namespace pivot::store {
namespace {

constexpr const char* kHashName = "md5";

std::string place_of(const VersionedOut& out, const model::CloudFile& file) {
  return file.relpath.empty() ? out.path : cat(out.path, "/", file.relpath);
}

model::Hash hash_of(const model::CloudFile& file) { return {kHashName, file.md5}; }

Tree tree_of(const std::vector<model::CloudFile>& files) {
  Tree tree;
  for (const auto& file : files) tree.files.push_back({file.relpath, file.md5, file.size.value_or(-1), file.isexec});
  tree.sort();
  return tree;
}

/// Storage without versions says nothing, or "null".
bool is_version(const std::string& version) { return !version.empty() && version != "null"; }

}  // namespace

VersionedTransfer::VersionedTransfer(Store& store, Remote& remote, std::string name) : store_(store), remote_(remote), name_(std::move(name)) {
  if (!remote_.keeps_versions())
    throw Error(cat("remote '", name_, "': `version_aware` and `worktree` are for s3:// only in pivot yet"), ErrorKind::config);
}

/// A folder is listed once: a file whose latest version is the right content needs no look of its own when its version is recorded.
void VersionedTransfer::compare(VersionedOut& out, std::vector<Item>& recorded, std::vector<Item>& unrecorded, std::vector<Item>& lacking) {
  std::map<std::string, std::string> etags;
  const bool is_folder = !out.files.front().relpath.empty();
  if (is_folder)
    for (auto& there : remote_.list_files(out.path)) etags[there.path] = there.etag;
  for (auto& file : out.files) {
    const Item item{place_of(out, file), &file};
    const auto found = etags.find(item.path);
    const auto* latest = found == etags.end() ? nullptr : &found->second;
    if (is_version(file.version)) {
      if (latest == nullptr || *latest != file.etag) recorded.push_back(item);
    } else {
      ((is_folder && (latest == nullptr || *latest != file.md5)) ? lacking : unrecorded).push_back(item);
    }
  }
}

/// What was never recorded may be there all the same: of a push that was interrupted, of a colleague.
void VersionedTransfer::find_unrecorded(std::vector<Item>& unrecorded, std::vector<Item>& lacking) {
  std::vector<RemoteFile> places;
  for (const auto& item : unrecorded) places.push_back({.path = item.path});
  const auto found = remote_.look_each(places);
  for (std::size_t i = 0; i < unrecorded.size(); ++i) {
    auto& file = *unrecorded[i].file;
    if (!found[i] || found[i]->etag != file.md5 || !is_version(found[i]->version)) {
      lacking.push_back(unrecorded[i]);
      continue;
    }
    file.etag = found[i]->etag;
    file.version = found[i]->version;
    file.remote = name_;
  }
}

/// Versions that are recorded of this remote, but gone there, are pushed again.
void VersionedTransfer::check_recorded(std::vector<Item>& recorded, std::vector<Item>& lacking) {
  std::vector<RemoteFile> places;
  for (const auto& item : recorded) places.push_back({.path = item.path, .version = item.file->version});
  const auto found = remote_.look_each(places);
  for (std::size_t i = 0; i < recorded.size(); ++i)
    if (!found[i]) lacking.push_back(recorded[i]);
}

VersionedTransfer::Result VersionedTransfer::push(std::vector<VersionedOut>& outs, const TransferProgress& progress) {
  Result result;
  std::vector<Item> lacking, recorded, unrecorded;
  for (auto& out : outs)
    if (!out.files.empty()) compare(out, recorded, unrecorded, lacking);
  find_unrecorded(unrecorded, lacking);
  check_recorded(recorded, lacking);
  std::vector<ObjectTransfer> transfers;
  std::vector<model::CloudFile*> files;
  for (const auto& item : lacking) {
    if (!store_.has_object(hash_of(*item.file))) {
      result.missing.push_back(item.path);
      continue;
    }
    transfers.push_back({hash_of(*item.file), item.file->size.value_or(-1), "", false, item.path});
    files.push_back(item.file);
  }
  if (transfers.empty()) return result;
  if (on_begin) on_begin(transfers.size());
  std::vector<ObjectTransfer*> pointers;
  for (auto& transfer : transfers) pointers.push_back(&transfer);
  // The first one shows whether the storage keeps versions at all.
  std::vector<ObjectTransfer*> first{pointers.front()};
  remote_.upload(first, store_.objects(), progress);
  if (transfers.front().error.empty() && !is_version(transfers.front().version))
    throw Error(cat("while uploading '", transfers.front().path, "', support for versioning could not be detected"))
        .with_hint("switch versioning on for the bucket, or take `version_aware` and `worktree` off the remote");
  pointers.erase(pointers.begin());
  remote_.upload(pointers, store_.objects(), progress);
  for (std::size_t i = 0; i < transfers.size(); ++i) {
    auto& transfer = transfers[i];
    if (transfer.error.empty() && !is_version(transfer.version)) transfer.error = "the storage gave it no version";
    if (!transfer.error.empty()) {
      result.failed.push_back(transfer);
      continue;
    }
    ++result.moved;
    files[i]->size = transfer.size;
    files[i]->etag = transfer.etag;
    files[i]->version = transfer.version;
    files[i]->remote = name_;
  }
  return result;
}

void VersionedTransfer::keep_listing(const VersionedOut& out) {
  if (!out.hash.is_dir() || store_.has_object(out.hash) || out.hash.name != kHashName) return;
  const auto listing = tree_of(out.files).serialize();
  if (cat(md5_hex(listing), ".dir") == out.hash.value) store_.objects().put(out.hash.value, listing);
}

std::pair<model::Hash, model::Meta> VersionedTransfer::keep_files(const std::vector<model::CloudFile>& files) {
  const auto listing = tree_of(files).serialize();
  model::Hash hash{kHashName, cat(md5_hex(listing), ".dir")};
  store_.objects().put(hash.value, listing);
  model::Meta meta;
  meta.nfiles = static_cast<std::int64_t>(files.size());
  meta.size = 0;
  for (const auto& file : files) *meta.size += file.size.value_or(0);
  return {hash, meta};
}

VersionedTransfer::Result VersionedTransfer::fetch(const std::vector<VersionedOut>& outs, const TransferProgress& progress) {
  Result result;
  std::vector<ObjectTransfer> transfers;
  std::unordered_map<std::string, std::size_t> asked;  // how many files have this content
  for (const auto& out : outs) {
    for (const auto& file : out.files) {
      if (file.md5.empty() || store_.has_object(hash_of(file)) || ++asked[file.md5] > 1) continue;
      if (is_version(file.version)) transfers.push_back({hash_of(file), file.size.value_or(-1), "", false, place_of(out, file), file.version});
      else result.unversioned.push_back(place_of(out, file));
    }
  }
  if (!transfers.empty() && on_begin) on_begin(transfers.size());
  std::vector<ObjectTransfer*> pointers;
  for (auto& transfer : transfers) pointers.push_back(&transfer);
  remote_.download(pointers, store_.objects(), progress);
  for (const auto& transfer : transfers) {
    if (transfer.error.empty()) result.moved += asked[transfer.hash.value];
    else result.failed.push_back(transfer);
  }
  return result;
}

std::shared_ptr<const Tree> recorded_tree(Store& store, const model::Hash& hash, const Value& extra) {
  if (auto tree = store.load_tree(hash)) return tree;
  if (!model::has_files(extra)) return nullptr;
  return std::make_shared<const Tree>(tree_of(model::files_of(extra)));
}

std::optional<std::vector<model::CloudFile>> cloud_files(Store& store, const model::Hash& hash, const model::Meta& meta, const Value& extra) {
  if (!hash.is_dir()) return std::vector<model::CloudFile>{model::file_of(hash, meta, extra)};
  if (model::has_files(extra)) return model::files_of(extra);
  const auto tree = store.load_tree(hash);
  if (!tree) return std::nullopt;
  std::vector<model::CloudFile> out;
  for (const auto& file : tree->files) {
    model::CloudFile one{file.relpath, file.md5, std::nullopt, file.isexec, "", "", ""};
    if (const auto stat = store.objects().find({kHashName, file.md5})) one.size = stat->size;
    out.push_back(std::move(one));
  }
  return out;
}

Value carry_versions(Store& store, const std::string& path, const model::Hash& old, const Value& extra, const Hashed& now) {
  if (now.hash == old) return extra;
  const auto bare = model::without_versions(extra);
  if (!now.hash.is_dir() || !old.is_dir() || !model::has_files(extra)) return bare;
  const auto tree = now.tree ? now.tree : store.tree_of(path, now);
  if (!tree) return bare;
  std::map<std::string, model::CloudFile> known;
  for (auto& file : model::files_of(extra)) known.emplace(file.relpath, std::move(file));
  std::vector<model::CloudFile> files;
  for (const auto& file : tree->files) {
    const auto before = known.find(file.relpath);
    if (before != known.end() && before->second.md5 == file.md5) {
      files.push_back(before->second);
      continue;
    }
    model::CloudFile one{file.relpath, file.md5, std::nullopt, file.isexec, "", "", ""};
    if (const auto stat = real_disk().stat(cat(path, "/", file.relpath))) {
      one.size = stat->size;
      one.isexec = (stat->mode & 0111) != 0;
    }
    files.push_back(std::move(one));
  }
  return model::with_files(extra, files);
}

}  // namespace pivot::store
