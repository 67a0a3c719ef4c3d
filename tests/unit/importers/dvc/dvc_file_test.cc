#include <doctest/doctest.h>

#include "base/error.h"
#include "importers/dvc/dvc_importer.h"

using namespace pivot;
using namespace pivot::importers::dvc;

TEST_CASE("a file of `add` has one out with hash and sizes") {
  const auto stage = load_dvc_file("sub/data.dvc",
                                   "outs:\n- md5: 8d777f385d3dfec8815d20f7496026dc.dir\n  size: 4\n  nfiles: 2\n  hash: md5\n"
                                   "  path: data\n  desc: my data\n  labels: [a]\n  remote: r\n  push: false\n  cache: false\n");
  CHECK(stage.is_data());
  CHECK_FALSE(stage.is_import());
  CHECK(stage.wdir == "sub");
  CHECK(stage.address() == "sub/data.dvc");
  REQUIRE(stage.outs.size() == 1);
  const auto& out = stage.outs[0];
  CHECK(out.path == "data");
  CHECK(out.file == "sub/data");
  CHECK(out.hash == model::Hash{"md5", "8d777f385d3dfec8815d20f7496026dc.dir"});
  CHECK(out.meta.size == 4);
  CHECK(out.meta.nfiles == 2);
  CHECK(out.desc == "my data");
  CHECK(out.remote == "r");
  CHECK_FALSE(out.push);
  CHECK_FALSE(out.cache);
  CHECK(out.extra.is_null());
}

TEST_CASE("an old file without hash: is DVC 2's") {
  const auto stage = load_dvc_file("data.dvc", "outs:\n- md5: 8d777f385d3dfec8815d20f7496026dc\n  path: data\n");
  CHECK(stage.outs[0].hash.name == "md5-dos2unix");
}

TEST_CASE("imports: of a url with its checksum, of a repository with its revision") {
  const auto url = load_dvc_file("d.dvc",
                                 "md5: 0aaa\nfrozen: true\ndeps:\n- etag: abc\n  size: 3\n  hash: md5\n  path: s3://b/k\nouts:\n"
                                 "- hash: md5\n  path: d\n");
  CHECK(url.is_import());
  CHECK(url.frozen);
  CHECK(url.md5 == "0aaa");
  CHECK(url.deps[0].hash == model::Hash{"etag", "abc"});
  CHECK(url.deps[0].file == "s3://b/k");
  CHECK_FALSE(url.outs[0].hash.known());
  CHECK(url.outs[0].hash.name == "md5");
  const auto repo = load_dvc_file("sub/d.dvc",
                                  "frozen: true\ndeps:\n- path: in/there\n  repo:\n    url: https://x/y\n    rev_lock: abcdef\nouts:\n"
                                  "- md5: 8d777f385d3dfec8815d20f7496026dc\n  hash: md5\n  path: d\n");
  CHECK(repo.deps[0].repo.as_map().find("rev_lock")->as_string() == "abcdef");
  CHECK(repo.deps[0].path == "in/there");
  CHECK(repo.deps[0].file == "in/there");
}

TEST_CASE("unknown keys are refused as DVC refuses them") {
  const auto error_of = [](const std::string& text) {
    try {
      load_dvc_file("d.dvc", text);
    } catch (const Error& error) {
      return error.message();
    }
    return std::string();
  };
  CHECK(error_of("foo: 1\nouts:\n- path: d\n") == "'./d.dvc' validation failed.\n\nextra keys not allowed, in foo");
  CHECK(error_of("outs:\n- path: d\n  foo: 1\n").starts_with("'./d.dvc' validation failed.\n\nextra keys not allowed, in outs -> 0 -> foo, line 2"));
  CHECK(error_of("cmd: x\nouts:\n- path: d\n") != "");
  CHECK(error_of("outs:\n- md5: 8d777f385d3dfec8815d20f7496026dc\n") == "'path'");
  CHECK(error_of("deps:\nouts:\n") == "");
}
