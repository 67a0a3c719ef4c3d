#include <algorithm>
#include <optional>

#include "base/disk.h"
#include "base/hash.h"
#include "base/strings.h"
#include "base/user_folder.h"
#include "workers/python_runner.h"
#include "workers/runtime_files.h"

namespace pivot::workers {

namespace {

constexpr std::uint32_t kMine = 0700;

std::string name_of_this_version() {
  std::string all;
  for (const auto& file : runtime_files()) all += cat(file.name, "\n", file.content);
  const auto digest = xxh3_64(all);
  return cat("runtime-", to_hex({reinterpret_cast<const char*>(&digest), sizeof digest}));
}

/// Who cleans up caches may have taken some files.
bool is_whole(const std::string& root) {
  return std::all_of(runtime_files().begin(), runtime_files().end(), [&root](const RuntimeFile& file) {
    const auto stat = real_disk().stat(cat(root, "/pivot/", file.name));
    return stat && stat->size == static_cast<std::int64_t>(file.content.size());
  });
}

void unpack(const std::string& root) {
  auto& disk = real_disk();
  disk.make_dirs(cat(root, "/pivot"));
  for (const auto& file : runtime_files()) disk.write_atomic(cat(root, "/pivot/", file.name), file.content);
}

/// The package in the user's cache, where the interpreter's bytecode of it serves all repositories. Nothing when that folder can't be made,
/// or is somebody else's (`sudo` with the HOME of another user): what lies in it will be executed.
std::optional<std::string> in_user_cache(const std::string& name) {
  const auto folder = user_cache_folder();
  if (folder.empty()) return std::nullopt;
  const auto root = cat(folder, "/", name);
  try {
    auto& disk = real_disk();
    if (!disk.stat(root)) {
      disk.make_dirs(root);
      disk.chmod(root, kMine);
    }
    if (!is_own_folder(root)) return std::nullopt;
    if (!is_whole(root)) unpack(root);
    return root;
  } catch (const DiskError&) {
    return std::nullopt;
  }
}

}  // namespace

std::string unpack_runtime(const std::string& folder) {
  static const auto name = name_of_this_version();  // asked for with each process that starts
  if (auto shared = in_user_cache(name)) return std::move(*shared);
  auto root = cat(folder, "/", name);
  if (!is_whole(root)) unpack(root);
  return root;
}

}  // namespace pivot::workers
