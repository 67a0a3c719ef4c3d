// One file or folder inside a directory object, replaced without a look at the rest.
#pragma once

#include <optional>
#include <string>

#include "store/store.h"

namespace pivot::store {

struct TreeEdit {
  Tree tree;
  bool appended = true;  ///< nothing that was there was replaced or removed
  bool found = false;    ///< the old tree had something at this place
};

/// `old` with what lies at `relpath` ("a", or a folder "s") replaced by `part`: a file, a directory (with its tree), or nothing.
TreeEdit edit_tree(const Tree& old, const std::string& relpath, const std::optional<Hashed>& part);

/// What DVC records of the edited directory. It doesn't know the sizes of the other files: the sum is known when files were only added, and
/// when nothing changed.
model::Meta edited_meta(const TreeEdit& edit, const model::Meta& old, const std::optional<Hashed>& part, bool same_hash);

}  // namespace pivot::store
