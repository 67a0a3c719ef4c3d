// The part that entries of dvc.lock and of *.dvc files have in common: hash and sizes, in DVC's key order.
#pragma once

#include "base/value.h"
#include "model/stage.h"

namespace pivot::exporters {

/// The hash of entries that DVC 2 wrote; they have no `hash:` key.
inline constexpr const char* kLegacyHash = "md5-dos2unix";

/// A key that an entry only carries; nullptr when it has none.
const Value* carried(const Value& extra, const char* key);

/// `md5: ...`, `etag: ...` or `checksum: ...`, when known.
void add_hash(Map& out, const model::Hash& hash);

/// size, nfiles, isexec, then the carried version_id, etag, checksum and cloud.
void add_meta(Map& out, const model::Meta& meta, const Value& extra);

}  // namespace pivot::exporters
