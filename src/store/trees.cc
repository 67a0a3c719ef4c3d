#include "store/trees.h"

#include "base/strings.h"

namespace pivot::store {
namespace {

constexpr std::size_t kMostFiles = 400'000;  ///< of all trees kept: about 64 MiB

std::string key_of(const model::Hash& hash) { return cat(name_of(kind_of(hash.name)), " ", hash.value); }

}  // namespace

std::shared_ptr<const Tree> Trees::load(const model::Hash& hash) {
  if (!hash.is_dir()) return nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto known = trees_.find(key_of(hash));
    if (known != trees_.end()) return known->second;
  }
  if (!parts_.objects.find(hash)) return nullptr;
  const auto json = parts_.disk.read(parts_.objects.path(hash));
  if (!json) return nullptr;
  std::shared_ptr<const Tree> tree;
  try {
    tree = std::make_shared<const Tree>(Tree::parse(*json, hash.value));
  } catch (const Error&) {
    // Unreadable because damaged: gone, as any damaged object. Unreadable although it is what its name says: somebody
    // made it so, and the error says what is wrong.
    if (md5_hex(*json) == std::string_view(hash.value).substr(0, 32)) throw;
    parts_.objects.remove(kind_of(hash.name), hash.value);
    return nullptr;
  }
  keep(hash, tree);
  return tree;
}

void Trees::keep(const model::Hash& hash, std::shared_ptr<const Tree> tree) {
  const std::lock_guard lock(mutex_);
  if (files_ + tree->files.size() > kMostFiles) {
    trees_.clear();
    files_ = 0;
  }
  files_ += tree->files.size();
  trees_[key_of(hash)] = std::move(tree);
}

void Trees::clear() {
  const std::lock_guard lock(mutex_);
  trees_.clear();
  files_ = 0;
}

}  // namespace pivot::store
