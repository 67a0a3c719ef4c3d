#include "store/hashing.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <numeric>

#include "base/clock.h"
#include "base/strings.h"
#include "base/thread_pool.h"
#include "store/content.h"

namespace pivot::store {
namespace {

constexpr int kAttempts = 3;
constexpr std::size_t kHashGrain = 64;

}  // namespace

Parts::Parts(Options o, Disk& d, IgnoreTest ignored)
    : options(std::move(o)),
      disk(d),
      objects(options.cache_dir, options.shared_group, d, options.on_damage),
      table(options.state_dir, options.root, d),
      walker(options.root, std::move(ignored), options.jobs) {}

std::string below(const std::string& directory, std::string_view relpath) {
  return relpath.empty() ? directory : cat(directory, "/", relpath);
}

/// True: the file has the bytes of the (trusted) object. False with `known_to_differ`: it has not, and its hash is
/// another.
bool Hashing::is_object_content(const std::string& path, const FileStat& stat, HashKind kind, std::string_view value,
                                bool& known_to_differ) {
  known_to_differ = false;
  const auto object = parts_.objects.find(kind, value);
  if (!object) return false;
  if (object->inode == stat.inode && object->device == stat.device) return true;  // a link to it
  // CRLF and LF content may have the same legacy hash: there only equality tells something.
  known_to_differ = kind == HashKind::md5;
  if (object->size != stat.size) return false;
  return same_content(path, parts_.objects.path(kind, value), parts_.options.jobs);
}

bool Hashing::file_matches_object(const std::string& path, const FileStat& stat, const Md5Digest& md5) {
  const std::int64_t started = wall_ns();
  bool differs = false;
  if (!is_object_content(path, stat, HashKind::md5, to_hex(md5), differs)) return false;
  const auto after = parts_.disk.stat(path);
  if (!after || !same_stat(*after, stat)) return false;
  parts_.table.record(path, HashKind::md5, stat, md5, started);
  return true;
}

FileHash Hashing::file(const std::string& path, const FileStat& stat, HashKind kind) {
  if (const auto known = parts_.table.find(path, kind, stat)) return {*known, stat};
  if (kind == HashKind::md5) {
    // Touched, or written again with the same content: comparing is several times faster than hashing.
    const auto guess = parts_.table.guess(path, kind, stat.size);
    if (guess && file_matches_object(path, stat, *guess)) return {*guess, stat};
  }
  if (kind == HashKind::md5 && stat.size > (1 << 20)) {
    std::vector<IntakeFile> one(1);
    one[0].path = path;
    one[0].stat = stat;
    take_in(one, IntakeMode::hash, parts_.objects, parts_.options.jobs);
    if (one[0].steady) {
      parts_.table.record(path, kind, one[0].stat, one[0].md5, one[0].started_ns);
      return {one[0].md5, one[0].stat};
    }
  }
  const auto hashed = hash_steadily(path, kind);
  if (!hashed) throw_disk_error(ENOENT, path);
  if (hashed->steady) parts_.table.record(path, kind, hashed->stat, hashed->md5, hashed->started_ns);
  return {hashed->md5, hashed->stat};
}

bool Hashing::file_matches(const std::string& path, const FileStat& stat, HashKind kind, std::string_view value) {
  const auto expected = md5_from_hex(value);
  if (!expected || value.size() != 32) return false;
  if (const auto known = parts_.table.find(path, kind, stat)) return *known == *expected;
  const std::int64_t started = wall_ns();
  bool differs = false;
  if (is_object_content(path, stat, kind, value, differs)) {
    const auto after = parts_.disk.stat(path);
    if (after && same_stat(*after, stat)) parts_.table.record(path, kind, stat, *expected, started);
    return true;
  }
  return !differs && file(path, stat, kind).md5 == *expected;
}

WalkHashes Hashing::files(const std::string& directory, Walk& walk, HashKind kind, bool store) {
  WalkHashes out;
  out.md5s.resize(walk.files.size());
  std::vector<std::size_t> unknown;
  std::string path = cat(directory, "/");
  const auto prefix = path.size();
  for (std::size_t i = 0; i < walk.files.size(); ++i) {
    const auto& file = walk.files[i];
    path.resize(prefix);
    path += file.relpath;
    const auto known = parts_.table.find(path, kind, file.stat);
    const bool enough = known && (!store || parts_.objects.find(kind, to_hex(*known)));
    if (enough) out.md5s[i] = *known;
    else unknown.push_back(i);
  }
  if (kind == HashKind::md5) hash_in_lanes(directory, walk, store, std::move(unknown), out);
  else hash_one_by_one(directory, walk, unknown, out);
  return out;
}

void Hashing::hash_one_by_one(const std::string& directory, const Walk& walk, const std::vector<std::size_t>& which,
                              WalkHashes& out) {
  std::atomic<bool> steady{true};
  parallel_for(which.size(), kHashGrain, parts_.options.jobs, [&](std::size_t begin, std::size_t end) {
    for (auto n = begin; n < end; ++n) {
      const auto& walked = walk.files[which[n]];
      const FileHash hashed = file(below(directory, walked.relpath), walked.stat, HashKind::dos2unix);
      out.md5s[which[n]] = hashed.md5;
      if (!same_stat(hashed.stat, walked.stat)) steady = false;
    }
  });
  out.steady = steady;
}

void Hashing::hash_in_lanes(const std::string& directory, Walk& walk, bool store, std::vector<std::size_t> which,
                            WalkHashes& out) {
  for (int attempt = 0; attempt < kAttempts && !which.empty(); ++attempt) {
    std::vector<IntakeFile> intake(which.size());
    for (std::size_t n = 0; n < which.size(); ++n) {
      intake[n].path = below(directory, walk.files[which[n]].relpath);
      intake[n].stat = walk.files[which[n]].stat;
    }
    take_in(intake, store ? IntakeMode::store : IntakeMode::hash, parts_.objects, parts_.options.jobs);
    std::vector<std::size_t> unsteady;
    for (std::size_t n = 0; n < which.size(); ++n) {
      const auto& file = intake[n];
      out.md5s[which[n]] = file.md5;
      walk.files[which[n]].stat = file.stat;
      if (file.steady) parts_.table.record(file.path, HashKind::md5, file.stat, file.md5, file.started_ns);
      else unsteady.push_back(which[n]);
    }
    which = std::move(unsteady);
    if (!which.empty()) out.steady = false;
  }
}

std::shared_ptr<Tree> Hashing::tree_of(const Walk& walk, const std::vector<Md5Digest>& md5s) {
  auto tree = std::make_shared<Tree>();
  tree->files.reserve(walk.files.size());
  // Numbers are sorted, not the entries themselves: those are large.
  std::vector<std::uint32_t> order(walk.files.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return comes_before(walk.files[a].relpath, walk.files[b].relpath); });
  for (const auto i : order) {
    const auto& file = walk.files[i];
    tree->files.push_back({std::string(file.relpath), to_hex(md5s[i]), file.stat.size, (file.stat.mode & 0111) != 0});
  }
  return tree;
}

}  // namespace pivot::store
