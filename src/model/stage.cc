#include "model/stage.h"

#include "base/path.h"
#include "base/strings.h"

namespace pivot::model {

std::string Stage::address() const { return address_from("."); }

std::string Stage::address_from(const std::string& cwd) const {
  const auto rel = path::relative(file, cwd);
  if (is_data()) return rel;
  return rel == "dvc.yaml" ? name : cat(rel, ":", name);
}

}  // namespace pivot::model
