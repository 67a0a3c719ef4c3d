#include "exporters/standalone_runner.h"

#include <set>

#include "base/strings.h"
#include "base/value.h"

namespace pivot::exporters {

namespace {

constexpr const char* kHead =
    "\"\"\"Made by `pivot export --standalone`: runs the exported stages with Python alone. Don't edit it, export again.\n"
    "\n"
    "    python pivot_standalone.py PIPELINE:STAGE\n"
    "\"\"\"\n"
    "\n"
    "import importlib.abc\n"
    "import importlib.util\n"
    "import os\n"
    "import sys\n"
    "\n"
    "\n"
    "class Carried(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):\n"
    "    \"\"\"Imports the package pivot from the texts below.\"\"\"\n"
    "\n"
    "    def find_spec(self, name, path=None, target=None):\n"
    "        if name not in SOURCES:\n"
    "            return None\n"
    "        return importlib.util.spec_from_loader(name, self, origin=self.file_of(name), is_package=self.is_package(name))\n"
    "\n"
    "    def file_of(self, name):\n"
    "        package = os.path.join(os.path.abspath(__file__), \"pivot\")\n"
    "        return os.path.join(package, (name.partition(\".\")[2] or \"__init__\") + \".py\")\n"
    "\n"
    "    def is_package(self, name):\n"
    "        return name == \"pivot\"\n"
    "\n"
    "    def get_source(self, name):\n"
    "        return \"\\n\".join(SOURCES[name]) + \"\\n\"\n"
    "\n"
    "    def exec_module(self, module):\n"
    "        module.__file__ = self.file_of(module.__name__)\n"
    "        exec(compile(self.get_source(module.__name__), module.__file__, \"exec\"), vars(module))\n"
    "\n"
    "\n"
    "def main():\n"
    "    if len(sys.argv) != 2:\n"
    "        raise SystemExit(\"usage: python pivot_standalone.py PIPELINE:STAGE\")\n"
    "    del sys.path[0]  # of this file: a pipeline's own folder comes first, as with `python -c`\n"
    "    sys.meta_path.insert(0, Carried())\n"
    "    from pivot.exported import run\n"
    "\n"
    "    run(sys.argv[1])\n"
    "\n"
    "\n"
    "SOURCES = {\n";

constexpr const char* kTail =
    "}\n"
    "\n"
    "if __name__ == \"__main__\":\n"
    "    main()\n";

}  // namespace

std::string standalone_runner(const std::vector<std::pair<std::string_view, std::string_view>>& modules) {
  static const std::set<std::string_view> kOfTheEngine{"_host.py", "_worker.py", "_live.py", "_interpreters.py", "_job.py", "_isolation.py",
                                                       "_protocol.py", "_blas.py", "_comparison.py", "_remote.py"};
  std::string out = kHead;
  for (const auto& [file, source] : modules) {
    if (!file.ends_with(".py") || kOfTheEngine.count(file) != 0) continue;
    const auto stem = file.substr(0, file.size() - 3);
    out += cat("    ", python_str_repr(stem == "__init__" ? "pivot" : cat("pivot.", stem)), ": [\n");
    auto lines = split(source, '\n');
    if (!lines.empty() && lines.back().empty()) lines.pop_back();
    for (const auto line : lines) out += cat("        ", python_str_repr(line), ",\n");
    out += "    ],\n";
  }
  return out + kTail;
}

}  // namespace pivot::exporters
