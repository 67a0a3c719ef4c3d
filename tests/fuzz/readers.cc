#include "readers.h"

#include <optional>

#include "exporters/dvc_lock.h"
#include "git/index_names.h"
#include "importers/dvc/dvc_importer.h"
#include "store/store.h"
#include "text/ignore.h"
#include "text/ini.h"
#include "text/json.h"
#include "text/params_file.h"
#include "text/yaml.h"

namespace pivot::fuzz {

std::vector<Reader> readers() {
  const importers::dvc::FileReader no_files{[](const std::string&) { return std::optional<std::string>(); }};
  return {
      {"yaml", [](const std::string& s) { text::yaml::dump(text::yaml::load(s)); },
       {"a: [1, {b: c}]\nd: &x |\n  text\ne: *x\n", "- 'q'\n- \"\\u00e9\"\n- 1e5\n- 2020-01-01\n? k\n: v\n", "<<: {a: 1}\n"}},
      {"roundtrip", [](const std::string& s) { text::yaml::roundtrip(s); }, {"a: 1  # c\n\n# d\nb:\n  - x\n  - {y: 'z'}\n"}},
      {"dvc_yaml",
       [&, no_files](const std::string& s) { importers::dvc::load_dvc_yaml("dvc.yaml", s, no_files); },
       {"vars: [{a: [1, 2], d: {k: v}}]\nstages:\n  s:\n    foreach: ${a}\n    do:\n      cmd: echo ${item} ${d}\n      outs: ['o${item}']\n",
        "stages:\n  m:\n    matrix: {x: [1, 2], y: [a]}\n    cmd: run ${item.x}\n    deps: [d]\n    metrics: [m: {cache: false}]\n"}},
      {"dvc_file", [](const std::string& s) { importers::dvc::load_dvc_file("a.dvc", s); },
       {"outs:\n- md5: d751713988987e9331980363e24189ce.dir\n  size: 1\n  nfiles: 1\n  hash: md5\n  path: a\n"}},
      {"lock",
       [](const std::string& s) {
         auto lock = importers::dvc::LockFile::parse(s, "dvc.lock");
         for (auto name : lock.names()) lock.find(name);
         exporters::DvcLockWriter(s).text();
       },
       {"schema: '2.0'\nstages:\n  a:\n    cmd: x\n    deps:\n    - path: p\n      hash: md5\n      md5: d751713988987e9331980363e24189ce\n      size: 1\n"
        "    params:\n      params.yaml:\n        k: 1\n    outs:\n    - path: ../../etc/passwd\n      md5: d751713988987e9331980363e24189ce\n"}},
      {"tree", [](const std::string& s) { store::Tree::parse(s, "x.dir"); },
       {"[{\"md5\": \"d751713988987e9331980363e24189ce\", \"relpath\": \"a/b\"}]", "[{\"md5\": \"d751713988987e9331980363e24189ce\", \"relpath\": \"../b\"}]"}},
      {"ignore",
       [](const std::string& s) {
         text::IgnorePatterns patterns(s);
         patterns.match_with_parents("a/b/c.txt", false);
       },
       {"*.log\n!/keep.log\nd[a-z]/**/x?\n\\#esc\n[\n"}},
      {"json", [](const std::string& s) { text::json::dump(text::json::parse(s)); }, {"{\"a\": [1, 2.5, NaN, \"\\ud83d\\ude00\"], \"b\": null}"}},
      {"toml", [](const std::string& s) { text::parse_params(s, "p.toml"); }, {"a = 1\n[t]\nb = [1.5, \"x\"]\n"}},
      {"python", [](const std::string& s) { text::parse_params(s, "p.py"); }, {"A = 1\nclass C:\n    x: int = 2\n    def __init__(self):\n        self.y = 'z'\n"}},
      {"git_index",
       [](const std::string& s) {
         if (const auto names = git::IndexNames::parse(s)) names->hold("a/b");
       },
       {std::string("DIRC\0\0\0\2\0\0\0\1", 12) + std::string(60, '\0') + std::string("\0\3a/b\0\0\0\0\0\0\0TREE\0\0\0\0", 20) + std::string(20, '\0')}},
      {"ini", [](const std::string& s) { text::Ini::parse(s, "config").dump(); }, {"[core]\n    remote = r\n['remote \"r\"']\n    url = \"a, b\"\n"}},
  };
}

}  // namespace pivot::fuzz
