#include "store/presence.h"

#include <algorithm>
#include <atomic>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/strings.h"
#include "base/thread_pool.h"

namespace pivot::store {
namespace {

constexpr std::size_t kWorthStamps = 256;  ///< smaller trees cost less than the stamps: one stat a file
constexpr unsigned kWhole = kPrefixes;          ///< the record that says that a tree has stamps at all
constexpr std::size_t kStatGrain = 256;

std::string folder_name(unsigned prefix) {
  static constexpr char kHex[] = "0123456789abcdef";
  return {kHex[prefix >> 4], kHex[prefix & 15]};
}

std::string record_name(const model::Hash& hash, unsigned prefix) {
  return cat(hash.value, "/", std::to_string(prefix));
}

}  // namespace

Presence::Stamps Presence::look() const {
  Stamps out{};
  for (unsigned i = 0; i < kPrefixes; ++i) {
    const auto stat = parts_.disk.stat(cat(parts_.objects.folder(HashKind::md5), "/", folder_name(i)));
    if (!stat) continue;
    const std::int64_t facts[3] = {stat->mtime_ns, stat->ctime_ns, static_cast<std::int64_t>(stat->inode)};
    out.stamp[i] = xxh3_128({reinterpret_cast<const char*>(facts), sizeof facts});
    out.ctime_ns[i] = stat->ctime_ns;
  }
  return out;
}

bool Presence::has_tree(const model::Hash& hash) {
  if (!parts_.objects.find(hash)) return false;
  const HashKind kind = kind_of(hash.name);
  if (kind != HashKind::md5 || !parts_.table.find_presence(kind, record_name(hash, kWhole))) {
    const auto tree = load_tree_(hash);
    return tree && check_each(hash, *tree);
  }
  const std::int64_t now = wall_ns();
  const Stamps stamps = look();
  std::array<Doubt, kPrefixes> doubts{};
  bool doubtful = false;
  for (unsigned i = 0; i < kPrefixes; ++i) {
    const auto known = parts_.table.find_presence(kind, record_name(hash, i));
    if (!known) doubts[i] = Doubt::all;
    else if (known->digest != stamps.stamp[i] || stamps.ctime_ns[i] + kClockGranularityNs > known->recorded_ns)
      doubts[i] = Doubt::names;
    doubtful = doubtful || doubts[i] != Doubt::none;
  }
  if (!doubtful) return true;
  const auto tree = load_tree_(hash);
  if (!tree || !check_doubtful(hash, *tree, doubts)) return false;
  for (unsigned i = 0; i < kPrefixes; ++i)
    if (doubts[i] != Doubt::none) parts_.table.record_presence(kind, record_name(hash, i), {stamps.stamp[i], now});
  return true;
}

void Presence::remember(const model::Hash& hash, std::size_t nfiles, std::int64_t checked_ns) {
  if (nfiles < kWorthStamps || parts_.options.state_dir.empty()) return;
  const Stamps stamps = look();
  for (unsigned i = 0; i < kPrefixes; ++i)
    parts_.table.record_presence(HashKind::md5, record_name(hash, i), {stamps.stamp[i], checked_ns});
  parts_.table.record_presence(HashKind::md5, record_name(hash, kWhole), {{}, checked_ns});
}

bool Presence::check_each(const model::Hash& hash, const Tree& tree) {
  const HashKind kind = kind_of(hash.name);
  const std::int64_t now = wall_ns();
  const Stamps before = tree.files.size() >= kWorthStamps && kind == HashKind::md5 ? look() : Stamps{};
  std::atomic<bool> whole{true};
  parallel_for(tree.files.size(), kStatGrain, parts_.options.jobs, [&](std::size_t begin, std::size_t end) {
    for (auto i = begin; i < end && whole; ++i)
      if (!parts_.objects.find(kind, tree.files[i].md5)) whole = false;
  });
  if (!whole || tree.files.size() < kWorthStamps || kind != HashKind::md5) return whole;
  for (unsigned i = 0; i < kPrefixes; ++i) parts_.table.record_presence(kind, record_name(hash, i), {before.stamp[i], now});
  parts_.table.record_presence(kind, record_name(hash, kWhole), {{}, now});
  return true;
}

bool Presence::check_doubtful(const model::Hash& hash, const Tree& tree, const std::array<Doubt, kPrefixes>& doubts) {
  std::array<std::vector<std::string_view>, kPrefixes> values;
  for (const auto& file : tree.files) {
    const auto prefix = prefix_index(file.md5);
    if (doubts[prefix] != Doubt::none) values[prefix].push_back(file.md5);
  }
  for (unsigned i = 0; i < kPrefixes; ++i)
    if (!values[i].empty() && !check_folder(kind_of(hash.name), i, doubts[i], values[i])) return false;
  return true;
}

bool Presence::check_folder(HashKind kind, unsigned prefix, Doubt doubt, const std::vector<std::string_view>& values) {
  if (doubt == Doubt::all)
    return std::all_of(values.begin(), values.end(),
                       [&](auto value) { return parts_.objects.find(kind, value).has_value(); });
  const auto entries = parts_.disk.list(cat(parts_.objects.folder(kind), "/", folder_name(prefix)));
  std::unordered_set<std::string_view> names;
  names.reserve(entries.size());
  for (const auto& entry : entries) names.insert(entry.name);
  return std::all_of(values.begin(), values.end(), [&](auto value) { return names.contains(value.substr(2)); });
}

}  // namespace pivot::store
