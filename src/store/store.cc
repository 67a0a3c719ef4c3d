#include "store/store.h"

#include <cerrno>

#include "base/clock.h"
#include "base/path.h"
#include "base/strings.h"
#include "base/thread_pool.h"
#include "store/checkout.h"
#include "store/commit.h"
#include "store/gc.h"
#include "store/hashing.h"
#include "store/links.h"
#include "store/presence.h"
#include "store/run_cache.h"
#include "store/safe_folders.h"
#include "store/tree_edit.h"
#include "store/trees.h"

namespace pivot::store {

UnsavedFiles::UnsavedFiles(std::vector<std::string> paths)
    : Error(cat("Can't remove the following unsaved files without confirmation. Use `--force` to force.\n",
                pivot::join(paths, "\n"))),
      paths_(std::move(paths)) {}

namespace {

std::string missing_text(const std::vector<model::Hash>& objects) {
  constexpr std::size_t kShown = 20;
  std::string text = "missing in the cache:";
  for (std::size_t i = 0; i < objects.size() && i < kShown; ++i)
    text += cat("\n", objects[i].name, ": ", objects[i].value);
  if (objects.size() > kShown) text += cat("\nand ", std::to_string(objects.size() - kShown), " more");
  return text;
}

}  // namespace

MissingObjects::MissingObjects(std::vector<model::Hash> objects)
    : Error(missing_text(objects)), objects_(std::move(objects)) {}

/// Whether who asks for a directory's hash wants its tree too.
enum class TreeWish : std::uint8_t { none, unless_cached, always };

struct Store::Impl {
  Impl(Options options, Disk& disk, IgnoreTest ignored)
      : parts(std::move(options), disk, std::move(ignored)),
        trees(parts),
        presence(parts, [this](const model::Hash& hash) { return trees.load(hash); }),
        links(parts),
        run_cache(parts.options.cache_dir, parts.options.shared_group, disk) {}

  Hashed hash_directory(const std::string& path, HashKind kind, TreeWish wish);
  std::optional<Hashed> hash(const std::string& path, const std::string& hash_name, TreeWish wish);
  void keep_legacy_tree(const std::string& value, const std::string& listing);
  bool directory_matches(const std::string& path, const model::Hash& expected, const model::Meta& meta);

  Parts parts;
  Trees trees;
  Presence presence;
  Links links;
  RunCache run_cache;
  std::unique_ptr<Arrivals> arrivals;
};

/// DVC keeps the listing of every directory whose legacy hash it computes. A cache that can't be written is no reason
/// to fail.
void Store::Impl::keep_legacy_tree(const std::string& value, const std::string& listing) {
  try {
    parts.objects.put_legacy_tree(value, listing);
  } catch (const Error&) {
  }
}

Hashed Store::Impl::hash_directory(const std::string& path, HashKind kind, TreeWish wish) {
  const std::int64_t started = wall_ns();
  Walk walk = parts.walker.walk(path);
  Hashed out;
  out.hash.name = name_of(kind);
  const auto known = wish == TreeWish::always ? std::nullopt : parts.table.find_tree(path, kind, walk.digest, walk.newest_ctime_ns);
  if (known) {
    out.hash.value = to_hex(known->md5) + ".dir";
    out.meta.size = known->size;
    out.meta.nfiles = known->nfiles;
    if (wish == TreeWish::none || parts.objects.find(out.hash)) return out;
  }
  const WalkHashes hashes = Hashing(parts).files(path, walk, kind, false);
  out.tree = Hashing::tree_of(walk, hashes.md5s);
  if (known && hashes.steady && kind == HashKind::md5) return out;  // its hash is no news
  const auto listing = out.tree->serialize();
  const Md5Digest md5 = pivot::md5(listing);
  out.hash.value = to_hex(md5) + ".dir";
  if (kind == HashKind::dos2unix) keep_legacy_tree(out.hash.value, listing);
  out.meta.size = 0;
  for (const auto& file : walk.files) *out.meta.size += file.stat.size;
  out.meta.nfiles = static_cast<std::int64_t>(walk.files.size());
  if (hashes.steady)
    parts.table.record_tree(path, kind, walk.digest,
                            {md5, *out.meta.size, static_cast<std::uint32_t>(walk.files.size())}, started);
  return out;
}

/// Against the tree in the cache file by file, so that the first difference ends it.
bool Store::Impl::directory_matches(const std::string& path, const model::Hash& expected, const model::Meta& meta) {
  const HashKind kind = kind_of(expected.name);
  const std::int64_t started = wall_ns();
  const Walk walk = parts.walker.walk(path);
  const auto md5 = md5_from_hex(expected.value);
  if (!md5) return false;
  if (const auto known = parts.table.find_tree(path, kind, walk.digest, walk.newest_ctime_ns))
    return known->md5 == *md5;
  if (kind == HashKind::dos2unix) return hash_directory(path, kind, TreeWish::none).hash.value == expected.value;
  if (meta.nfiles && *meta.nfiles != static_cast<std::int64_t>(walk.files.size())) return false;
  const auto tree = trees.load(expected);
  if (!tree) return hash_directory(path, kind, TreeWish::none).hash.value == expected.value;
  if (tree->files.size() != walk.files.size()) return false;
  Hashing hashing(parts);
  for (const auto& file : walk.files) {
    const TreeFile* wanted = tree->find(file.relpath);
    if (wanted == nullptr || !hashing.file_matches(below(path, file.relpath), file.stat, kind, wanted->md5))
      return false;
  }
  parts.table.record_tree(path, kind, walk.digest, {*md5, walk.size, static_cast<std::uint32_t>(walk.files.size())},
                          started);
  return true;
}

Store::Store(Options options, Disk& disk, IgnoreTest ignored)
    : impl_(std::make_unique<Impl>(std::move(options), disk, std::move(ignored))) {}

Store::~Store() { impl_->parts.table.flush(); }

std::optional<Hashed> Store::Impl::hash(const std::string& path, const std::string& hash_name, TreeWish wish) {
  const auto stat = parts.disk.stat(path);
  if (!stat) return std::nullopt;
  const HashKind kind = kind_of(hash_name);
  if (stat->type == FileType::dir) return hash_directory(path, kind, wish);
  const FileHash hashed = Hashing(parts).file(path, *stat, kind);
  Hashed out;
  out.hash = {hash_name, to_hex(hashed.md5)};
  out.meta.size = hashed.stat.size;
  out.meta.isexec = (hashed.stat.mode & 0111) != 0;
  return out;
}

std::optional<Hashed> Store::hash(const std::string& path, const std::string& hash_name) { return impl_->hash(path, hash_name, TreeWish::none); }

std::optional<Hashed> Store::hash_listed(const std::string& path, const std::string& hash_name) {
  return impl_->hash(path, hash_name, TreeWish::unless_cached);
}

std::shared_ptr<const Tree> Store::tree_of(const std::string& path, const Hashed& hashed) {
  if (hashed.tree || !hashed.hash.is_dir()) return hashed.tree;
  if (auto tree = impl_->trees.load(hashed.hash)) return tree;
  return impl_->hash_directory(path, kind_of(hashed.hash.name), TreeWish::always).tree;
}

bool Store::matches(const std::string& path, const model::Hash& expected, const model::Meta& meta) {
  if (!expected.known()) return false;
  const auto stat = impl_->parts.disk.stat(path);
  if (!stat || (stat->type == FileType::dir) != expected.is_dir()) return false;
  if (expected.is_dir()) return impl_->directory_matches(path, expected, meta);
  // The legacy hash doesn't see CRLF: there the size says nothing.
  const HashKind kind = kind_of(expected.name);
  if (kind == HashKind::md5 && meta.size && *meta.size != stat->size) return false;
  return Hashing(impl_->parts).file_matches(path, *stat, kind, expected.value);
}

std::optional<FileStat> Store::known_stat(const std::string& path, const model::Hash& hash) const {
  const auto md5 = md5_from_hex(hash.value);
  if (!md5 || hash.is_dir()) return std::nullopt;
  return impl_->parts.table.stat_of(path, kind_of(hash.name), *md5);
}

Hashed Store::commit(const std::string& path) {
  return Commit(impl_->parts, impl_->trees, impl_->presence, impl_->links).run(path);
}

Hashed Store::commit_part(const std::string& path, const std::string& relpath, const model::Hash& old, const model::Meta& old_meta,
                          bool keep_out) {
  const auto tree = impl_->trees.load(old);
  if (!tree) throw Error(cat("could not read '", old.value, "'"));
  const auto place = below(path, relpath);
  std::optional<Hashed> part;
  if (impl_->parts.disk.stat(place)) {
    part = keep_out ? *hash(place) : commit(place);
    part->tree = tree_of(place, *part);
  }
  auto edit = edit_tree(*tree, relpath, part);
  if (!part && !edit.found) throw_disk_error(ENOENT, place);
  const auto listing = edit.tree.serialize();
  Hashed out;
  out.hash = {old.name, to_hex(md5(listing)) + ".dir"};
  out.meta = edited_meta(edit, old_meta, part, out.hash == old);
  if (!keep_out) impl_->parts.objects.put(out.hash.value, listing);
  out.tree = std::make_shared<Tree>(std::move(edit.tree));
  impl_->trees.keep(out.hash, out.tree);
  return out;
}

Hashed Store::keep(const std::string& path) {
  return Commit(impl_->parts, impl_->trees, impl_->presence, impl_->links).run_without_links(path);
}

bool Store::has(const model::Hash& hash) {
  if (!is_object_name(hash.value)) return false;
  return hash.is_dir() ? impl_->presence.has_tree(hash) : has_object(hash);
}

bool Store::has_object(const model::Hash& hash) {
  return is_object_name(hash.value) && impl_->parts.objects.find(hash).has_value();
}

std::vector<char> Store::has_objects(const std::vector<model::Hash>& hashes) {
  constexpr std::size_t kGrain = 256;
  std::vector<char> out(hashes.size());
  const auto folders = hashes.size() > 2 * kPrefixes ? impl_->parts.objects.prefixes() : std::bitset<kPrefixes>().set();
  parallel_for(hashes.size(), kGrain, impl_->parts.options.jobs, [&](std::size_t begin, std::size_t end) {
    for (auto i = begin; i < end; ++i) {
      const auto& hash = hashes[i];
      const bool is_possible = is_object_name(hash.value) && (kind_of(hash.name) != HashKind::md5 || folders[prefix_index(hash.value)]);
      out[i] = is_possible && impl_->parts.objects.find(hash) ? 1 : 0;
    }
  });
  return out;
}

Store::CheckoutResult Store::checkout(const std::string& path, const model::Hash& hash, const model::Meta& meta,
                                      const CheckoutOptions& options) {
  return begin_checkout(path, hash, meta, options)->finish();
}

std::unique_ptr<PendingCheckout> Store::begin_checkout(const std::string& path, const model::Hash& hash, const model::Meta& meta,
                                                       const CheckoutOptions& options) {
  auto pending = std::make_unique<Checkout>(impl_->parts, impl_->trees, impl_->links, impl_->arrivals.get(), path, hash, meta, options);
  pending->look();
  return pending;
}

void Store::fill_on_arrival(const std::string& path, const model::Hash& hash, const model::Meta& meta) {
  if (!impl_->arrivals) impl_->arrivals = std::make_unique<Arrivals>(impl_->parts, impl_->trees, impl_->links);
  impl_->arrivals->expect(path, hash, meta);
}

void Store::unprotect(const std::string& path) {
  const auto stat = impl_->parts.disk.stat(path);
  if (!stat) throw Error(cat("can't unprotect non-existing data '", path, "'"));
  if (stat->type != FileType::dir) return impl_->links.unprotect(path);
  const Walk walk = impl_->parts.walker.walk(path);
  for (const auto& file : walk.files) impl_->links.unprotect(below(path, file.relpath));
}

void Store::remove(const std::string& path) {
  const auto& root = impl_->parts.options.root;
  if (path == root || !path::is_inside(path, root)) {
    if (path::is_inside(root, path)) throw Error(cat("'", path, "' contains the repository: not removed"));
  } else {
    SafeFolders(root, impl_->parts.disk).check(path::dirname(path));
  }
  impl_->parts.disk.remove_tree(path);
}

std::shared_ptr<const Tree> Store::load_tree(const model::Hash& hash) { return impl_->trees.load(hash); }

Objects& Store::objects() { return impl_->parts.objects; }

std::string Store::object_path(const model::Hash& hash) const { return impl_->parts.objects.path(hash); }

std::optional<Value> Store::find_run(const Value& record, const std::vector<std::string>& out_paths) {
  return impl_->run_cache.find(record, out_paths, [this](const model::Hash& hash) { return has(hash); });
}

void Store::save_run(const Value& record) { impl_->run_cache.save(record); }

Store::GcResult Store::gc(const std::vector<model::Hash>& used, bool dry, bool with_files) {
  return collect_garbage(impl_->parts, impl_->trees, used, dry, with_files);
}

void Store::flush() { impl_->parts.table.flush(); }

}  // namespace pivot::store
