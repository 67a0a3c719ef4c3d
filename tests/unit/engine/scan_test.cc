#include "engine/scan.h"

#include "scratch_pipeline.h"

using namespace pivot;
using namespace pivot::test;

namespace {

constexpr std::string_view kTwo =
    "stages:\n"
    "  a:\n    cmd: cp in mid && cp in extra\n    deps: [in]\n    params: [lr, deep.x]\n    outs: [mid, extra]\n"
    "  b:\n    cmd: cp mid out\n    deps: [mid]\n    metrics:\n    - out: {cache: false}\n";

/// Has been run once.
struct Fixture {
  Fixture() : folder(kTwo) {
    folder.write("in", "1\n");
    folder.write("params.yaml", "lr: 1\ndeep: {x: [1, 2]}\nother: 5\n");
    OpenPipeline first(folder);
    CHECK(first.repro() == Words{"ran a", "ran b"});
  }
  Words reasons(const std::string& name, const engine::Scan::Options& look = {}) const { return OpenPipeline(folder).reasons(name, look); }
  ScratchPipeline folder;
};

}  // namespace

TEST_CASE("a stage without a record names everything that it compares, one that ran nothing") {
  const ScratchPipeline folder(kTwo);
  CHECK(OpenPipeline(folder).reasons("a") == Words{"dependency 'in' is missing", "parameter file 'params.yaml' is missing",
                                                   "output 'mid' is missing", "output 'extra' is missing"});
  const Fixture ran;
  CHECK(ran.reasons("a").empty());
  CHECK(ran.reasons("b").empty());
}

TEST_CASE("reasons come in the order of the checks: command, deps, params, outs; the first one alone when that is asked") {
  const Fixture f;
  f.folder.write("in", "2\n");
  f.folder.write("params.yaml", "lr: 2\ndeep: {y: 1}\nother: 6\n");
  f.folder.write("extra", "changed\n");
  real_disk().remove_file(f.folder / "mid");
  auto text = f.folder.read("dvc.yaml");
  text.insert(text.find("cp in extra") + 11, " ");
  f.folder.write("dvc.yaml", replace_all(text, "cp in extra ", "cp in  extra"));
  CHECK(f.reasons("a") == Words{"command changed: 'cp in mid && cp in extra' -> 'cp in mid && cp in  extra'", "dependency 'in' was modified",
                                "parameter 'lr' of 'params.yaml' was modified (1 -> 2)",
                                "parameter 'deep.x' of 'params.yaml' is missing ([1, 2] -> None)", "output 'mid' is missing",
                                "output 'extra' was modified"});
  CHECK(f.reasons("a", {.depth = engine::Scan::Depth::first}).size() == 1);
  CHECK(f.reasons("b") == Words{"dependency 'mid' is missing"});
}

TEST_CASE("hashes of both sides are told when that is asked") {
  const Fixture f;
  f.folder.write("in", "2\n");
  CHECK(f.reasons("a", {.hashes = true}) ==
        Words{"dependency 'in' was modified (b026324c6904b2a9cb4b88d6d61c81d1 -> 26ab0db90d72e28ad0ba1e22ee510510)"});
}

TEST_CASE("an object that is gone from the cache is a reason, unless what is missing is allowed") {
  const Fixture f;
  real_disk().remove_tree(f.folder / ".dvc/cache/files");
  CHECK(f.reasons("a") == Words{"output 'mid' is not in the cache", "output 'extra' is not in the cache"});
  CHECK(f.reasons("b").empty());
  real_disk().remove_file(f.folder / "mid");
  CHECK(f.reasons("a", {.allow_missing = true}).empty());
  CHECK(f.reasons("b", {.allow_missing = true}).empty());
}

TEST_CASE("a changed parameter that nobody reads is no reason") {
  const Fixture f;
  f.folder.write("params.yaml", "lr: 1.0\ndeep: {x: [1, 2]}\nother: 7\nmore: 1\n");
  CHECK(f.reasons("a").empty());  // 1 == 1.0, as in Python
}
