// Our Python package as the build put it into this binary (src/workers/embed.py makes the definition).
#pragma once

#include <string_view>
#include <vector>

namespace pivot::workers {

struct RuntimeFile {
  std::string_view name;  ///< relative to the package: "fingerprint.py"
  std::string_view content;
};
const std::vector<RuntimeFile>& runtime_files();

}  // namespace pivot::workers
