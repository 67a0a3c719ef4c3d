// Prints what the importer makes of dvc.yaml files, one line of JSON each. Used by compat/resolve_compare.py against real DVC.
//
//   resolve_dump (ROOT FILE)...      FILE relative to ROOT
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/path.h"
#include "stage_dump.h"
#include "text/json.h"

namespace {

std::optional<std::string> read_file(const std::string& file) {
  if (!std::filesystem::is_regular_file(file)) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

pivot::Value imported(const std::string& root, const std::string& file) {
  const pivot::importers::dvc::FileReader reader{[&](const std::string& p) { return read_file(pivot::path::join(root, p)); }};
  pivot::importers::dvc::ParsingOptions options;
  options.root = root;
  return pivot::stage_dump::imported(file, read_file(pivot::path::join(root, file)).value_or(""), reader, options);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || (argc - 1) % 2 != 0) return 2;
  for (int i = 1; i + 1 < argc; i += 2) std::puts(pivot::text::json::dump(imported(argv[i], argv[i + 1])).c_str());
  return 0;
}
