// What ran with which result.
//
//   <cache>/runs/<key[:2]>/<key>/<value>      mode 0666 & ~umask (a shared cache: 0664)
//   key     = sha256 hex of json(entry with `outs` replaced by the list of their paths)
//   value   = sha256 hex of json(entry)
//   json    = Python's json.dumps(sort_keys=True) after dropping every key `size` and `nfiles` at any depth
//   content = the whole entry, as DVC's YAML writer dumps it
//
// Source: contract 5.3. Version history: DVC 3's, unchanged.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/value.h"
#include "model/stage.h"

namespace pivot::store {

class RunCache {
 public:
  RunCache(std::string cache_dir, bool shared_group, Disk& disk)
      : folder_(std::move(cache_dir) + "/runs"), shared_group_(shared_group), disk_(disk) {}

  /// The newest entry whose outs all `has` finds. Entries that can't be read are deleted, as DVC does. Dropping `size`
  /// and `nfiles` hits parameters of that name too, so that other parameters may have the same key: the stored ones
  /// must be equal (known difference: DVC restores the wrong result then).
  std::optional<Value> find(const Value& record, const std::vector<std::string>& out_paths,
                            const std::function<bool(const model::Hash&)>& has);
  /// Writes the entry unless it is there. `record` has cmd, deps, params, outs as in dvc.lock.
  void save(const Value& record);

  static std::string key_of(const Value& record, const std::vector<std::string>& out_paths);
  static std::string value_of(const Value& record);

 private:
  std::string folder_of(const std::string& key) const;
  std::optional<Value> load(const std::string& p);

  std::string folder_;
  bool shared_group_;
  Disk& disk_;
};

}  // namespace pivot::store
