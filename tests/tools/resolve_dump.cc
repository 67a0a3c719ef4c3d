// Prints what the importer makes of dvc.yaml files, one line of JSON each. Used by compat/resolve_compare.py against real DVC.
//
//   resolve_dump (ROOT FILE)...      FILE relative to ROOT
//   resolve_dump --round-trip (ROOT FILE)...      what differs when the model is written as a dvc.yaml and read again, else nothing
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

int round_trips(int argc, char** argv) {
  int bad = 0;
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string root = argv[i], file = argv[i + 1];
    const pivot::importers::dvc::FileReader reader{[&](const std::string& p) { return read_file(pivot::path::join(root, p)); }};
    pivot::importers::dvc::ParsingOptions options;
    options.root = root;
    try {
      const auto difference =
          pivot::stage_dump::difference_after_a_round_trip(file, read_file(pivot::path::join(root, file)).value_or(""), reader, options);
      if (difference.empty()) continue;
      std::printf("%s/%s\n%s\n", root.c_str(), file.c_str(), difference.c_str());
    } catch (const pivot::Error& error) {
      std::printf("%s/%s: %s\n", root.c_str(), file.c_str(), error.what());
    }
    ++bad;
  }
  return bad == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "--round-trip") return round_trips(argc, argv);
  if (argc < 3 || (argc - 1) % 2 != 0) return 2;
  for (int i = 1; i + 1 < argc; i += 2) std::puts(pivot::text::json::dump(imported(argv[i], argv[i + 1])).c_str());
  return 0;
}
