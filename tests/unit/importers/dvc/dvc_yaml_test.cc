#include <doctest/doctest.h>

#include "../../../tools/stage_dump.h"
#include "../../text/golden.h"
#include "importers/dvc/dvc_importer.h"

using namespace pivot;
using namespace pivot::importers::dvc;

namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

FileReader reader_of(const Files& files) {
  return {[&files](const std::string& path) -> std::optional<std::string> {
    for (const auto& [name, text] : files) {
      if (name == path) return text;
    }
    return std::nullopt;
  }};
}

Error error_of(const std::string& content, const ParsingOptions& options = {}, const Files& files = {},
               const std::string& file = "dvc.yaml") {
  try {
    load_dvc_yaml(file, content, reader_of(files), options);
  } catch (const Error& error) {
    return error;
  }
  return Error("no error");
}

/// A schema or syntax error without its snippets, as the golden file has it.
std::string without_snippets(const std::string& message) {
  std::string out;
  for (const auto& line : python_splitlines(message)) {
    if (line.empty() || line.starts_with("  ") || trim(line) == "^") continue;
    out += (out.empty() ? "" : "\n") + line;
  }
  return out;
}

Value comparable(const Value& result) {
  Map out;
  const auto& map = result.as_map();
  if (const Value* error = map.find("error")) {
    const auto& text = error->as_string();
    const bool has_snippets = text.find("validation failed") != text.npos || text.find(" is invalid") != text.npos;
    out.set("error", Value(has_snippets ? without_snippets(text) : text));
    out.set("unexpected", *map.find("unexpected"));
    return Value(std::move(out));
  }
  for (const char* key : {"order", "stages", "metrics", "params", "plots", "artifacts", "warnings"}) {
    const Value* value = map.find(key);
    const bool empty = value == nullptr || (value->is_list() && value->as_list().empty()) ||
                       (value->is_map() && value->as_map().empty());
    out.set(key, empty ? Value() : *value);
  }
  return Value(std::move(out));
}

}  // namespace

TEST_CASE("every golden dvc.yaml loads as real DVC loads it, or fails with its text") {
  const auto cases = golden::cases("resolve/cases.json");
  REQUIRE(cases.size() > 200);
  for (const auto& one : cases) {
    Files files;
    for (const auto& [name, text] : one.as_map().find("files")->as_map().items) files.emplace_back(name.as_string(), text.as_string());
    ParsingOptions options;
    options.root = "/tmp/project";
    const auto reader = reader_of(files);
    const auto ours = stage_dump::imported("dvc.yaml", *reader.read("dvc.yaml"), reader, options);
    CAPTURE(golden::text_of(one, "name"));
    const auto expected = comparable(*one.as_map().find("expected"));
    const auto got = comparable(text::json::parse(text::json::dump(ours)));
    CHECK_MESSAGE(python_equal(expected, got), "DVC:  ", python_repr(expected), "\nours: ", python_repr(got));
  }
}

TEST_CASE("a schema error shows DVC's line and a snippet with a caret at the value") {
  const auto error = error_of("stages:\n  a:\n    cmd: x\n    foo: 3\n");
  CHECK(error.kind() == ErrorKind::validation);
  CHECK(error.message() ==
        "'./dvc.yaml' validation failed.\n"
        "\n"
        "extra keys not allowed, in stages -> a -> foo, line 3, column 5\n"
        "  2   a:\n"
        "  3     cmd: x\n"
        "  4     foo: 3\n"
        "        ^");
  REQUIRE(error.place());
  CHECK(error.place()->line == 4);
  CHECK(error.place()->column == 5);
}

TEST_CASE("a syntax error shows both places") {
  const auto error = error_of("stages:\n  a:\n    cmd: \"foo\n");
  CHECK(error.kind() == ErrorKind::validation);
  CHECK(error.message() ==
        "'./dvc.yaml' is invalid.\n"
        "\n"
        "While scanning a quoted scalar, in line 3, column 10\n"
        "  3     cmd: \"foo\n"
        "             ^\n"
        "\n"
        "Found unexpected end of stream, in line 4, column 1\n"
        "  4 \n"
        "    ^");
}

TEST_CASE("paths in messages are seen from the current folder") {
  ParsingOptions options;
  options.cwd = "sub/deep";
  CHECK(error_of("stages: 1\n", options, {}, "sub/dvc.yaml").message().starts_with("'../dvc.yaml' validation failed."));
  CHECK(error_of("stages: {a: {cmd: '${x}'}}\n", options, {}, "sub/dvc.yaml").message() ==
        "failed to parse 'stages.a.cmd' in '../dvc.yaml': Could not find 'x'");
  const Files files{{"sub/params.yaml", "lr: 1\n"}};
  CHECK(error_of("vars: [{lr: 2}]\n", options, files, "sub/dvc.yaml").message() ==
        "failed to parse 'vars' in '../dvc.yaml':\ncannot redefine 'lr' from 'vars[0]' as it already exists in '../params.yaml'");
}

TEST_CASE("paths are placed in the repository: in folders, outside, absolute") {
  ParsingOptions options;
  options.root = "/repo";
  const auto yaml = load_dvc_yaml("sub/dvc.yaml",
                                  "stages:\n  a:\n    cmd: x\n    wdir: ../w\n    deps: [d, ../e, ../../out, /repo/in/x, /abs/y, 's3://b/k']\n",
                                  reader_of({}), options);
  REQUIRE(yaml.stages.size() == 1);
  const auto& stage = yaml.stages[0];
  CHECK(stage.wdir == "w");
  CHECK(stage.wdir_text == "../w");
  const std::vector<std::pair<std::string, std::string>> expected{
      {"d", "w/d"}, {"../e", "e"}, {"../../out", "/out"}, {"../in/x", "in/x"}, {"/abs/y", "/abs/y"}, {"s3://b/k", "s3://b/k"}};
  REQUIRE(stage.deps.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(stage.deps[i].path == expected[i].first);
    CHECK(stage.deps[i].file == expected[i].second);
  }
}

TEST_CASE("a date in params.yaml is a value like any other") {
  const Files files{{"params.yaml", "d: 2020-01-02\nt: 2020-01-02 03:04:05\n"}};
  const auto yaml = load_dvc_yaml("dvc.yaml", "stages: {a: {cmd: 'x ${d}'}}\n", reader_of(files), {});
  CHECK(yaml.stages.at(0).cmd.as_string() == "x 2020-01-02");
}

TEST_CASE("all params and vars files that took part are named, once") {
  const Files files{{"params.yaml", "lr: 1\n"}, {"v.json", "{\"a\": 1, \"b\": 2}"}, {"w/x.toml", "q = 1\n"}};
  const auto yaml = load_dvc_yaml("dvc.yaml",
                                  "vars: ['v.json:a', 'v.json:b']\nstages:\n  a: {cmd: '${a} ${q}', wdir: w, vars: [x.toml]}\n"
                                  "  b: {cmd: 'y', wdir: w, vars: [x.toml]}\n",
                                  reader_of(files), {});
  CHECK(yaml.files_read == std::vector<std::string>{"params.yaml", "v.json", "w/x.toml"});
}

TEST_CASE("maps become flags in the two styles of the configuration") {
  const Files files{{"params.yaml", "d: {a: false, b: [1, 2], c: true}\n"}};
  const std::string text = "stages: {a: {cmd: 'x ${d}'}}\n";
  CHECK(load_dvc_yaml("dvc.yaml", text, reader_of(files), {}).stages.at(0).cmd.as_string() == "x --b 1 2 --c");
  ParsingOptions options;
  options.boolean_optional = true;
  options.append_lists = true;
  CHECK(load_dvc_yaml("dvc.yaml", text, reader_of(files), options).stages.at(0).cmd.as_string() == "x --no-a --b 1 --b 2 --c");
}

TEST_CASE("a file that is not UTF-8 is named with the byte") {
  CHECK(error_of("a: \xff\n").message() ==
        "unable to read: 'dvc.yaml', is not valid utf-8: 'utf-8' codec can't decode byte 0xff in position 3: invalid start byte");
  CHECK(error_of("a: \xe3\x81").message() == "unable to read: 'dvc.yaml', is not valid utf-8: 'utf-8' codec can't decode bytes "
                                             "in position 3-4: unexpected end of data");
}

TEST_CASE("thousands of stages are linear work") {
  std::string params, yaml = "stages:\n";
  for (int i = 0; i < 4000; ++i) {
    const auto n = std::to_string(i);
    params += cat("k", n, ": ", n, "\n");
    yaml += cat("  s", n, ":\n    cmd: echo ${k", n, "}\n    vars:\n    - own: ", n, "\n");
  }
  const Files files{{"params.yaml", params}};
  const auto loaded = load_dvc_yaml("dvc.yaml", yaml, reader_of(files), {});
  CHECK(loaded.stages.size() == 4000);
  CHECK(loaded.stages.back().cmd.as_string() == "echo 3999");
}
