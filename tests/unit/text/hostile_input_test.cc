// Every reader of files against cut and mutated input: it returns or throws Error, in bounded time, and touches nothing else.
// The seeds are the golden files and tests/fuzz/corpus/<format>/*, where inputs that once broke something are kept.
#include <doctest/doctest.h>

#include <cstdlib>
#include <functional>
#include <random>

#include "base/disk.h"
#include "base/error.h"
#include "exporters/dvc_lock.h"
#include "importers/dvc/dvc_importer.h"
#include "store/store.h"
#include "text/ignore.h"
#include "text/ini.h"
#include "text/json.h"
#include "text/params_file.h"
#include "text/yaml.h"

namespace pivot {
namespace {

struct Entry {
  std::string format;
  std::function<void(const std::string&)> read;
  std::vector<std::string> seeds;
};

std::vector<Entry> entries() {
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
      {"ini", [](const std::string& s) { text::Ini::parse(s, "config").dump(); }, {"[core]\n    remote = r\n['remote \"r\"']\n    url = \"a, b\"\n"}},
  };
}

std::string mutated(std::string s, std::mt19937& rng) {
  static constexpr std::string_view kBytes = "\n\t :-?{}[]\"'#&*!|>%@`,\\$\x00\xff\x80" "0e.";
  for (int n = static_cast<int>(rng() % 4) + 1; n > 0; --n) {
    const auto at = s.empty() ? 0 : rng() % s.size();
    switch (rng() % 5) {
      case 0: s.resize(at); break;
      case 1: s.insert(at, 1, kBytes[rng() % kBytes.size()]); break;
      case 2: if (!s.empty()) s.erase(at, rng() % 5 + 1); break;
      case 3: if (!s.empty()) s[at] = kBytes[rng() % kBytes.size()]; break;
      default: s.insert(at, s.substr(at, rng() % 20));
    }
  }
  return s;
}

}  // namespace

TEST_CASE("mutated and truncated input is read or refused with an Error") {
  const char* source = std::getenv("PIVOT_SOURCE_ROOT");
  const char* rounds = std::getenv("PIVOT_FUZZ_ROUNDS");
  const int n = rounds != nullptr ? std::atoi(rounds) : 300;
  for (auto& entry : entries()) {
    CAPTURE(entry.format);
    const auto folder = std::string(source != nullptr ? source : ".") + "/tests/fuzz/corpus/" + entry.format;
    if (real_disk().stat(folder))
      for (const auto& file : real_disk().list(folder)) entry.seeds.push_back(real_disk().read(folder + "/" + file.name).value_or(""));
    std::mt19937 rng(11);
    for (const auto& seed : entry.seeds)
      for (int i = 0; i < n; ++i) {
        const auto input = i == 0 ? seed : mutated(seed, rng);
        try {
          entry.read(input);
        } catch (const Error&) {
          // Refused: that is an answer.
        } catch (const std::exception& e) {
          CAPTURE(input);
          FAIL_CHECK("not an Error: " << e.what());
        }
      }
  }
}

TEST_CASE("deep nesting and alias bombs are refused quickly") {
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "[";
  CHECK_THROWS_AS(text::yaml::load(deep), Error);
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'n'; ++c)
    bomb += std::string(1, c) + ": &" + c + " [" + [&] {
      std::string list;
      for (int i = 0; i < 9; ++i) list += std::string(i > 0 ? ", " : "") + "*" + static_cast<char>(c - 1);
      return list;
    }() + "]\n";
  CHECK_THROWS_AS(text::yaml::load(bomb), Error);
}

}  // namespace pivot
