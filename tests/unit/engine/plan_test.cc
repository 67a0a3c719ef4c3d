#include "engine/plan.h"

#include "scratch_pipeline.h"

using namespace pivot;
using namespace pivot::test;

namespace {

// d reads b and c, which both read a; e stands alone. The file names the readers before what they read.
constexpr std::string_view kDiamond =
    "stages:\n"
    "  d: {cmd: x, deps: [c, b], outs: [d]}\n"
    "  c: {cmd: x, deps: [a], outs: [c]}\n"
    "  b: {cmd: x, deps: [a], outs: [b]}\n"
    "  a: {cmd: x, outs: [a]}\n"
    "  e: {cmd: x, outs: [e]}\n";

}  // namespace

TEST_CASE("what a stage reads comes before it, else the order is the file's") {
  const ScratchPipeline folder(kDiamond);
  OpenPipeline p(folder);
  CHECK(p.plan({}, {.everything = true}) == Words{"a", "c", "b", "d", "e"});
  CHECK(p.plan({}, {.everything = true, .single_item = true}) == Words{"a", "c", "b", "d", "e"});
  CHECK(p.plan({"d"}) == Words{"a", "c", "b", "d"});
  CHECK(p.plan({"b", "e"}) == Words{"a", "b", "e"});
}

TEST_CASE("single stages, whole pipelines and what depends on a stage") {
  const ScratchPipeline folder(kDiamond);
  OpenPipeline p(folder);
  CHECK(p.plan({"d"}, {.single_item = true}) == Words{"d"});
  CHECK(p.plan({"b"}, {.pipelines = true}) == Words{"a", "c", "b", "d"});
  CHECK(p.plan({"e"}, {.pipelines = true}) == Words{"e"});
  CHECK(p.plan({"b"}, {.downstream = true}) == Words{"b", "d"});
  CHECK(p.plan({"a"}, {.downstream = true}) == Words{"a", "c", "b", "d"});
}

TEST_CASE("what only a frozen stage reads is left out") {
  const ScratchPipeline folder(
      "stages:\n  b: {cmd: x, deps: [a], outs: [b], frozen: true}\n  a: {cmd: x, outs: [a]}\n  c: {cmd: x, deps: [b], outs: [c]}\n");
  OpenPipeline p(folder);
  CHECK(p.plan({"c"}) == Words{"b", "c"});
  CHECK(p.plan({"a"}, {.downstream = true}) == Words{"a"});
  CHECK(p.plan({}, {.everything = true}) == Words{"b", "a", "c"});
}

TEST_CASE("a chain of 10,000 stages needs no deep stack") {
  std::string text = "stages:\n";
  for (int i = 10'000; i > 0; --i)
    text += cat("  s", std::to_string(i), ": {cmd: x, deps: [o", std::to_string(i - 1), "], outs: [o", std::to_string(i), "]}\n");
  const ScratchPipeline folder(text);
  OpenPipeline p(folder);
  const auto plan = p.plan({"s10000"});
  REQUIRE(plan.size() == 10'000);
  CHECK(plan.front() == "s1");
  CHECK(plan.back() == "s10000");
}
