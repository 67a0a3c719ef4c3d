#include "exporters/entry_value.h"

namespace pivot::exporters {

const Value* carried(const Value& extra, const char* key) { return extra.is_map() ? extra.as_map().find(key) : nullptr; }

void add_hash(Map& out, const model::Hash& hash) {
  if (!hash.known() || hash.name.empty()) return;
  out.items.emplace_back(Value(hash.name == kLegacyHash ? "md5" : hash.name), Value(hash.value));
}

void add_meta(Map& out, const model::Meta& meta, const Value& extra) {
  if (meta.size) out.items.emplace_back(Value("size"), Value(*meta.size));
  if (meta.nfiles) out.items.emplace_back(Value("nfiles"), Value(*meta.nfiles));
  if (meta.isexec) out.items.emplace_back(Value("isexec"), Value(true));
  for (const char* key : {"version_id", "etag", "checksum", "md5", "cloud"}) {
    const Value* value = carried(extra, key);
    if (value != nullptr && !value->is_null() && out.find(key) == nullptr) out.items.emplace_back(Value(key), *value);
  }
}

}  // namespace pivot::exporters
