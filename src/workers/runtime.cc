#include "base/disk.h"
#include "base/hash.h"
#include "base/strings.h"
#include "workers/python_runner.h"
#include "workers/runtime_files.h"

namespace pivot::workers {

std::string unpack_runtime(const std::string& folder) {
  std::string all;
  for (const auto& file : runtime_files()) all += cat(file.name, "\n", file.content);
  const auto digest = xxh3_64(all);
  const auto root = cat(folder, "/runtime-", to_hex({reinterpret_cast<const char*>(&digest), sizeof digest}));
  auto& disk = real_disk();
  // The last file says that all are there: whoever is killed in between leaves it to the next one.
  const auto mark = cat(root, "/complete");
  if (disk.stat(mark)) return root;
  disk.make_dirs(cat(root, "/pivot"));
  for (const auto& file : runtime_files()) disk.write_atomic(cat(root, "/pivot/", file.name), file.content);
  disk.write_atomic(mark, "");
  return root;
}

}  // namespace pivot::workers
