#include <doctest/doctest.h>

#include "text/templates.h"
#include "text/yaml.h"

using namespace pivot;
using namespace pivot::text;

namespace {

std::string resolved(const TemplateContext& context, const std::string& yaml, std::string_view key = "cmd") {
  return python_repr(context.resolve(yaml::load(yaml), {key, false, {}}));
}

}  // namespace

TEST_CASE("an exact template takes the typed value, another one its text; keys too") {
  TemplateContext context;
  context.merge(yaml::load("{n: 5, l: [1, {a: b}], s: x, d: {k: v}}"), "params.yaml");
  CHECK(resolved(context, "['${n}', 'v${n}', '${l[-1].a}', {'${s}': '${n}'}, plain]") == "[5, 'v5', 'b', {'x': 5}, 'plain']");
  CHECK(resolved(context, "'${d} \\${n}'") == "'--k v ${n}'");
  CHECK_THROWS_WITH(resolved(context, "'${l}'"), "Cannot interpolate data of type 'list'");
  CHECK_THROWS_WITH(resolved(context, "'${d}'", "deps"), "Cannot interpolate data of type 'dict'");
  CHECK_THROWS_WITH(resolved(context, "'${l.7}'"), "Could not find 'l.7'");
  CHECK_THROWS_WITH(resolved(context, "'${n.x}'"), "Could not find 'n.x'");
}

TEST_CASE("what has no template is shared, not copied") {
  const TemplateContext context;
  const auto value = yaml::load("{a: [1, 2]}");
  CHECK(context.resolve(value, {}).identity() == value.identity());
}

TEST_CASE("merging is deep, leaves may not be redefined, and the message names both sources") {
  TemplateContext context;
  context.merge(yaml::load("{a: {b: 1}, 5: dropped, l: [{6: dropped, x: 1}]}"), "params.yaml");
  context.merge(yaml::load("{a: {c: 2}}"), "vars[0]");
  CHECK(resolved(context, "'${a.b}${a.c} ${l[0]}'") == "'12 --x 1'");
  CHECK_THROWS_WITH(context.merge(yaml::load("{a: {c: 3}}"), "v.yaml"), "cannot redefine 'a.c' from 'v.yaml' as it already exists in 'vars[0]'");
  CHECK_THROWS_WITH(context.merge(yaml::load("{a: 3}"), "v.yaml"), "cannot redefine 'a' from 'v.yaml' as it already exists in 'params.yaml'");
}

TEST_CASE("a context below another sees it, and keeps its own to itself") {
  TemplateContext parent;
  parent.merge(yaml::load("{a: {b: 1}}"), "params.yaml");
  TemplateContext below(&parent);
  below.merge(yaml::load("{a: {c: 2}, d: 3}"), "s.vars[0]");
  CHECK(resolved(below, "'${a.b}${a.c}${d}'") == "'123'");
  CHECK_THROWS_WITH(resolved(parent, "'${a.c}'"), "Could not find 'a.c'");
  CHECK_THROWS_WITH(below.merge(yaml::load("{a: {b: 2}}"), "x"), "cannot redefine 'a.b' from 'x' as it already exists in 'params.yaml'");
}

TEST_CASE("temporary names hide others and may not be merged over") {
  TemplateContext context;
  context.merge(yaml::load("{item: old}"), "params.yaml");
  context.set_temporary({{"item", Value("new")}, {"key", Value("k")}});
  CHECK(resolved(context, "'${item} ${key}'") == "'new k'");
  TemplateContext below(&context);
  CHECK(resolved(below, "'${item}'") == "'new'");
  CHECK_THROWS_WITH(below.merge(yaml::load("{item: 1}"), "s.vars[0]"), "attempted to modify reserved key item");
  CHECK_THROWS_WITH(below.merge(yaml::load("{key: 2, item: 1}"), "v.yaml", "v.yaml"), "attempted to modify reserved keys item and key in 'v.yaml'");
  context.clear_temporary();
  CHECK(resolved(context, "'${item}'") == "'old'");
}
