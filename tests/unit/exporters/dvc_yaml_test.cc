#include <doctest/doctest.h>

#include "exporters/dvc_lock.h"
#include "text/yaml.h"

using namespace pivot;
using namespace pivot::exporters;

namespace {

constexpr const char* kYaml =
    "# pipeline\n"
    "stages:\n"
    "    a:   # first\n"
    "        cmd:  \"echo  x\"\n"
    "        deps: [ d ]\n"
    "\n"
    "    # second\n"
    "    b:\n"
    "        cmd: y\n"
    "        outs:\n"
    "            - o   # out\n"
    "\n"
    "# the end\n"
    "plots:\n"
    "  - p\n";

Value stage_value(const std::string& text) { return text::yaml::load(text); }

}  // namespace

TEST_CASE("a new stage comes behind the last one in the file's own indentation") {
  CHECK(add_stage(kYaml, "c", stage_value("{cmd: z, deps: [e, f]}")) ==
        "# pipeline\nstages:\n    a:   # first\n        cmd:  \"echo  x\"\n        deps: [ d ]\n\n    # second\n    b:\n        cmd: y\n"
        "        outs:\n            - o   # out\n"
        "    c:\n      cmd: z\n      deps:\n      - e\n      - f\n"
        "\n# the end\nplots:\n  - p\n");
}

TEST_CASE("the first stage makes the file and the section") {
  CHECK(add_stage("", "a", stage_value("{cmd: z}")) == "stages:\n  a:\n    cmd: z\n");
  CHECK(add_stage("# hello\n", "a", stage_value("{cmd: z}")) == "# hello\nstages:\n  a:\n    cmd: z\n");
  CHECK(add_stage("vars:\n- x: 1 # one\n", "a", stage_value("{cmd: z}")) == "vars:\n- x: 1 # one\nstages:\n  a:\n    cmd: z\n");
  CHECK(add_stage("stages: {}\n", "a", stage_value("{cmd: z}")) == "stages:\n  a:\n    cmd: z\n");
}

TEST_CASE("a stage that is there already is changed key by key") {
  CHECK(add_stage(kYaml, "b", stage_value("{cmd: new, outs: [o], frozen: true}")) ==
        "# pipeline\nstages:\n    a:   # first\n        cmd:  \"echo  x\"\n        deps: [ d ]\n\n    # second\n    b:\n        cmd: new\n"
        "        outs:\n            - o   # out\n        frozen: true\n\n# the end\nplots:\n  - p\n");
}

TEST_CASE("a removed stage leaves the text around it alone") {
  CHECK(remove_stage(kYaml, "b") ==
        "# pipeline\nstages:\n    a:   # first\n        cmd:  \"echo  x\"\n        deps: [ d ]\n\n    # second\n\n# the end\nplots:\n  - p\n");
  CHECK(remove_stage(kYaml, "a") ==
        "# pipeline\nstages:\n\n    # second\n    b:\n        cmd: y\n        outs:\n            - o   # out\n\n# the end\nplots:\n  - p\n");
  CHECK(remove_stage(kYaml, "nope") == kYaml);
  CHECK(remove_stage("stages:\n  a:\n    cmd: x\n", "a") == "");
}

TEST_CASE("freezing adds one line, unfreezing takes it away") {
  const auto frozen = set_frozen(kYaml, "a", true);
  CHECK(frozen ==
        "# pipeline\nstages:\n    a:   # first\n        cmd:  \"echo  x\"\n        deps: [ d ]\n        frozen: true\n\n    # second\n    b:\n"
        "        cmd: y\n        outs:\n            - o   # out\n\n# the end\nplots:\n  - p\n");
  CHECK(set_frozen(frozen, "a", false) == kYaml);
  CHECK(set_frozen(kYaml, "a", false) == kYaml);
  CHECK(set_frozen(kYaml, "nope", true) == kYaml);
}

TEST_CASE("a stage in flow style is written in block style when it changes") {
  const std::string text = "stages:\n  a: {cmd: x, deps: [d]}  # note\n  b: {cmd: y}\n";
  CHECK(text::yaml::load(set_frozen(text, "a", true)).as_map().find("stages")->as_map().find("a")->as_map().find("frozen")->as_bool());
  CHECK(set_frozen(text, "a", true).ends_with("  b: {cmd: y}\n"));
  CHECK(remove_stage(text, "a") == "stages:\n  b: {cmd: y}\n");
}

TEST_CASE("an anchor that others use survives the removal of its stage in meaning") {
  const std::string text = "stages:\n  a:\n    cmd: &c echo\n  b:\n    cmd: *c\n";
  const auto value = text::yaml::load(remove_stage(text, "a"));
  CHECK(python_repr(value) == "{'stages': {'b': {'cmd': 'echo'}}}");
}

TEST_CASE("odd names, no final newline, Windows line ends, multi-line values") {
  CHECK(add_stage("stages:\n  a:\n    cmd: x", "b c: d", stage_value("{cmd: z}")) == "stages:\n  a:\n    cmd: x\n  'b c: d':\n    cmd: z\n");
  const std::string block = "stages:\n  a:\n    cmd: |\n      one\n      # two\n    # note\n  b:\n    cmd: >-\n      three\n      four\n";
  CHECK(set_frozen(block, "a", true) ==
        "stages:\n  a:\n    cmd: |\n      one\n      # two\n    frozen: true\n    # note\n  b:\n    cmd: >-\n      three\n      four\n");
  CHECK(remove_stage(block, "b") == "stages:\n  a:\n    cmd: |\n      one\n      # two\n    # note\n");
  const auto crlf = set_frozen("stages:\r\n  a:\r\n    cmd: x\r\n", "a", true);
  CHECK(python_repr(text::yaml::load(crlf)) == "{'stages': {'a': {'cmd': 'x', 'frozen': True}}}");
}

TEST_CASE("many stages change in one pass, and a file that says it already stays as it is") {
  const auto document = text::yaml::load(kYaml);
  Map stages;
  stages.set("b", stage_value("{cmd: y, outs: [o]}"));
  CHECK(edit_stages(kYaml, document, {"nope"}, stages) == kYaml);
  stages.set("c", stage_value("{cmd: z}"));
  CHECK(edit_stages(kYaml, document, {"a"}, stages) ==
        "# pipeline\nstages:\n\n    # second\n    b:\n        cmd: y\n        outs:\n            - o   # out\n    c:\n      cmd: z\n"
        "\n# the end\nplots:\n  - p\n");
  CHECK(edit_stages(kYaml, document, {"a", "b"}, {}) == "");
}
