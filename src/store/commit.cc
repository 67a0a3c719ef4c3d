#include "store/commit.h"

#include <cerrno>

#include "base/clock.h"
#include "base/strings.h"
#include "base/thread_pool.h"
#include "store/content.h"

namespace pivot::store {
namespace {

constexpr int kAttempts = 3;
constexpr std::size_t kLinkGrain = 64;

bool is_executable(const FileStat& stat) { return (stat.mode & 0111) != 0; }

}  // namespace

Hashed Commit::run(const std::string& path) {
  const auto stat = parts_.disk.stat(path);
  if (!stat) throw_disk_error(ENOENT, path);
  if (stat->type == FileType::dir) return commit_directory(path);
  if (stat->type != FileType::file) throw Error(cat("'", path, "' is neither a file nor a directory"));
  return commit_file(path, *stat);
}

/// With hard links or symlinks the workspace file itself becomes the object: nothing is copied.
bool Commit::links_wanted() const {
  if (!relinks_ || parts_.options.links.empty()) return false;
  const LinkType first = parts_.options.links.front();
  return first == LinkType::hardlink || first == LinkType::symlink;
}

/// True when stat table or a comparison with the cache tell that the content is an object already.
bool Commit::already_there(const std::string& path, const FileStat& stat, Md5Digest& md5) {
  const auto known = parts_.table.find(path, HashKind::md5, stat);
  if (known) {
    md5 = *known;
    return parts_.objects.find(HashKind::md5, to_hex(md5)).has_value();
  }
  const auto guess = parts_.table.guess(path, HashKind::md5, stat.size);
  if (!guess || !hashing_.file_matches_object(path, stat, *guess)) return false;
  md5 = *guess;
  return true;
}

Hashed Commit::commit_file(const std::string& path, const FileStat& stat) {
  IntakeFile file;
  file.path = path;
  file.stat = stat;
  bool stored = already_there(path, stat, file.md5);
  if (!stored && links_wanted()) {
    const FileHash hashed = hashing_.file(path, stat, HashKind::md5);
    file.md5 = hashed.md5;
    file.stat = hashed.stat;
    stored = adopt_by_link(path, hashed.stat, to_hex(hashed.md5));
  }
  if (!stored) {
    std::vector<IntakeFile> one{file};
    for (int attempt = 0; attempt < kAttempts && !one[0].steady; ++attempt) {
      take_in(one, IntakeMode::store, parts_.objects, parts_.options.jobs);
      if (one[0].steady) parts_.table.record(path, HashKind::md5, one[0].stat, one[0].md5, one[0].started_ns);
    }
    file = one[0];
  }
  Hashed out;
  out.hash = {"md5", to_hex(file.md5)};
  out.meta.size = file.stat.size;
  out.meta.isexec = is_executable(file.stat);
  if (links_wanted()) relink(path, file.stat, out.hash.value);
  return out;
}

Hashed Commit::commit_directory(const std::string& path) {
  const std::int64_t started = wall_ns();
  Walk walk = parts_.walker.walk(path);
  Hashed out;
  out.meta.size = walk.size;
  out.meta.nfiles = static_cast<std::int64_t>(walk.files.size());
  if (const auto known = parts_.table.find_tree(path, HashKind::md5, walk.digest, walk.newest_ctime_ns)) {
    out.hash = {"md5", to_hex(known->md5) + ".dir"};
    if (!links_wanted() && presence_.has_tree(out.hash)) {
      out.tree = trees_.load(out.hash);
      if (out.tree) return out;
    }
  }
  WalkHashes hashes;
  if (links_wanted()) hash_and_adopt(path, walk, hashes);
  else hashes = hashing_.files(path, walk, HashKind::md5, true);
  const auto tree = Hashing::tree_of(walk, hashes.md5s);
  const std::string json = tree->serialize();
  const Md5Digest md5 = pivot::md5(json);
  out.hash = {"md5", to_hex(md5) + ".dir"};
  out.meta.size = 0;
  for (const auto& file : walk.files) *out.meta.size += file.stat.size;
  parts_.objects.put(out.hash.value, json);  // after its files: a .dir object promises them
  if (links_wanted()) relink_files(path, walk, hashes);
  else if (hashes.steady)
    parts_.table.record_tree(path, HashKind::md5, walk.digest,
                             {md5, *out.meta.size, static_cast<std::uint32_t>(walk.files.size())}, started);
  presence_.remember(out.hash, walk.files.size(), wall_ns());
  trees_.keep(out.hash, tree);
  out.tree = tree;
  return out;
}

void Commit::hash_and_adopt(const std::string& directory, Walk& walk, WalkHashes& hashes) {
  hashes = hashing_.files(directory, walk, HashKind::md5, false);
  Walk rest;  // what cannot become an object by a link
  for (std::size_t i = 0; i < walk.files.size(); ++i) {
    const auto& file = walk.files[i];
    const std::string value = to_hex(hashes.md5s[i]);
    if (!parts_.objects.find(HashKind::md5, value) && !adopt_by_link(below(directory, file.relpath), file.stat, value))
      rest.files.push_back(file);
  }
  if (!rest.files.empty()) hashing_.files(directory, rest, HashKind::md5, true);
}

/// `stat` is that of the content which has the hash.
bool Commit::adopt_by_link(const std::string& path, const FileStat& stat, const std::string& value) {
  const auto before = parts_.disk.lstat(path);
  // A symlink is not content; an executable file's mode would be the object's; empty files are never linked.
  if (!before || before->type != FileType::file || before->size == 0 || is_executable(*before)) return false;
  parts_.disk.chmod(path, kObjectMode);
  const auto after = parts_.disk.lstat(path);
  const bool same = after && after->inode == stat.inode && after->size == stat.size && after->mtime_ns == stat.mtime_ns;
  return same && parts_.objects.adopt_link(path, value);
}

/// `stat` is that of the content which has the hash: a file that somebody wrote to meanwhile stays as it is.
void Commit::relink(const std::string& path, const FileStat& stat, std::string_view value) {
  if (links_.is_as_configured(HashKind::md5, value, path)) return;
  const auto now = parts_.disk.stat(path);
  if (!now || now->size != stat.size || now->mtime_ns != stat.mtime_ns) return;
  links_.place(HashKind::md5, value, path, is_executable(stat));
}

void Commit::relink_files(const std::string& directory, const Walk& walk, const WalkHashes& hashes) {
  parallel_for(walk.files.size(), kLinkGrain, parts_.options.jobs, [&](std::size_t begin, std::size_t end) {
    for (auto i = begin; i < end; ++i)
      relink(below(directory, walk.files[i].relpath), walk.files[i].stat, to_hex(hashes.md5s[i]));
  });
}

}  // namespace pivot::store
