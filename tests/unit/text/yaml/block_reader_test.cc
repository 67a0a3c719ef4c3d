#include "text/yaml/block_reader.h"

#include <doctest/doctest.h>

#include "../golden.h"
#include "text/yaml/constructor.h"

using namespace pivot;
using namespace pivot::text;

namespace {

std::string general(std::string_view text) {
  try {
    yaml::Document document = yaml::compose(text, yaml::Limits{}, false);
    return golden::show(yaml::construct(document, yaml::Limits{}));
  } catch (const yaml::SyntaxError& e) {
    return e.error_class();
  }
}

std::string fast(std::string_view text) {
  const auto value = yaml::read_block_style(text, yaml::Limits{});
  return value ? golden::show(*value) : "gave up";
}

}  // namespace

TEST_CASE("the fast reader agrees with the general one on everything that it reads") {
  int read = 0, all = 0;
  for (const char* file : {"yaml/yaml_load_cases.json", "yaml/yaml_roundtrip_cases.json", "yaml/yaml_emit_cases.json"})
    for (const auto& one : golden::cases(file)) {
      for (const char* key : {"input", "yaml"}) {
        const Value* text = one.as_map().find(key);
        if (!text || !text->is_string()) continue;
        CAPTURE(text->as_string());
        const std::string quick = fast(text->as_string());
        ++all;
        if (quick == "gave up") continue;
        ++read;
        CHECK(quick == general(text->as_string()));
      }
    }
  CHECK(read > all / 2);
}

TEST_CASE("usual files are read the fast way") {
  const char* text =
      "# comment\nstages:\n  train@0:\n    cmd: python train.py --config a.yaml\n      --more words here\n    "
      "deps:\n    - data/raw\n"
      "    - a.py\n    params:\n      - lr\n      - params.json:\n          - x.y\n    outs:\n      - model.pkl:\n   "
      "       cache: false # no\n"
      "  two:\n    cmd: |\n      line\n        more\n\n      last\n    desc: \"say \\\"hi\\\" \\\n      there\"\n    "
      "meta: {a: [1, 2.5, 'x'], b: true}\n"
      "  three:\n    cmd: >-\n      folded text\n      goes on\n    always_changed: true\n    none:\n    list:\n    "
      "-\n    - - 1\n      - 2\n";
  CHECK(fast(text) == general(text));
  CHECK(fast(text) != "gave up");
}

TEST_CASE("what is unusual is left to the general reader") {
  for (const char* text :
       {"a: &x 1\n", "a: *x\n", "a: !!str 1\n", "a:\t1\n", "---\na: 1\n", "a: 1\r\nb: 2\r\n", "? a\n: b\n",
        "a: b: c\n", "a: 1\na: 2\n", "<<: {a: 1}\n", "a: [1,\n 2]\n", "a: 2020-13-01\n", "a: \"\\x41\"\n",
        "a:\n   b: 1\n  c: 2\n", "a: \xc2\x85\n", "plain\n", "a: 'x\n", "a: >\n  x\n\n  y\n   z\n"})
    CHECK_MESSAGE(fast(text) == "gave up", text);
}
