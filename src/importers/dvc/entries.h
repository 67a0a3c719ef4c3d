// Entries of *.dvc files and dvc.lock: hash and size keys -> model.
#pragma once

#include <string>

#include "base/value.h"
#include "model/stage.h"

namespace pivot::importers::dvc {

/// What an entry records of its data.
struct EntryData {
  std::string path;
  model::Hash hash;
  model::Meta meta;
  Value extra;  ///< all other keys in file order, null when none
};

/// Reads one entry map. `inside` is true for data inside the repository: only there an entry without `hash:` is one of DVC 2.
EntryData read_entry(const Map& entry, bool inside);

}  // namespace pivot::importers::dvc
