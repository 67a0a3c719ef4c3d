#include <doctest/doctest.h>

#include "exporters/dvc_lock.h"
#include "importers/dvc/dvc_importer.h"

using namespace pivot;
using namespace pivot::exporters;

namespace {

model::Stage loaded(const std::string& text) { return importers::dvc::load_dvc_file("sub/d.dvc", text); }

}  // namespace

TEST_CASE("a new file has its keys in DVC's order") {
  model::Stage stage;
  stage.file = "sub/d.dvc";
  stage.wdir = "sub";
  auto& out = stage.outs.emplace_back();
  out.path = "d";
  out.file = "sub/d";
  out.hash = {"md5", "8d777f385d3dfec8815d20f7496026dc"};
  out.meta.size = 4;
  out.meta.isexec = true;
  CHECK(write_dvc_file(stage) ==
        "outs:\n- md5: 8d777f385d3dfec8815d20f7496026dc\n  size: 4\n  isexec: true\n  hash: md5\n  path: d\n");
  stage.desc = "about";
  stage.wdir = "sub/w";
  stage.frozen = true;
  stage.md5 = "0123";
  out.file = "sub/w/d";
  out.desc = "text";
  out.push = false;
  out.remote = "r";
  CHECK(write_dvc_file(stage) ==
        "desc: about\nmd5: '0123'\nwdir: w\nfrozen: true\nouts:\n- md5: 8d777f385d3dfec8815d20f7496026dc\n  size: 4\n"
        "  isexec: true\n  hash: md5\n  path: d\n  desc: text\n  remote: r\n  push: false\n");
}

TEST_CASE("an update keeps comments, order and what the user added") {
  const std::string old =
      "# about the data\n"
      "desc: mine  # really\n"
      "outs:\n"
      "# one\n"
      "- path: d  # where\n"
      "  md5: 8d777f385d3dfec8815d20f7496026dc   # hash\n"
      "  size: 4\n"
      "  hash: md5\n"
      "meta:\n"
      "  owner: me  # contact\n";
  auto stage = loaded(old);
  CHECK(write_dvc_file(stage, old) == old);
  stage.outs[0].hash.value = "aaaaaaaa5d3dfec8815d20f7496026dc";
  stage.outs[0].meta.size = 5;
  stage.outs[0].meta.isexec = true;
  CHECK(write_dvc_file(stage, old) ==
        "# about the data\n"
        "desc: mine  # really\n"
        "outs:\n"
        "# one\n"
        "- path: d  # where\n"
        "  md5: aaaaaaaa5d3dfec8815d20f7496026dc   # hash\n"
        "  size: 5\n"
        "  hash: md5\n"
        "  isexec: true\n"
        "meta:\n"
        "  owner: me  # contact\n");
}

TEST_CASE("an update normalises the rest as DVC does") {
  const std::string old = "outs:\n  - md5: \"8d777f385d3dfec8815d20f7496026dc\"\n    size: 4\n    hash: 'md5'\n    path: d\n";
  auto stage = loaded(old);
  stage.outs[0].meta.size = 6;
  CHECK(write_dvc_file(stage, old) == "outs:\n- md5: 8d777f385d3dfec8815d20f7496026dc\n  size: 6\n  hash: md5\n  path: d\n");
}

TEST_CASE("a file that becomes a folder, and a key that goes") {
  const std::string old = "outs:\n- md5: 8d777f385d3dfec8815d20f7496026dc\n  size: 4\n  isexec: true\n  hash: md5\n  path: d\n";
  auto stage = loaded(old);
  stage.outs[0].hash.value = "8d777f385d3dfec8815d20f7496026dc.dir";
  stage.outs[0].meta = {9, 2, false};
  CHECK(write_dvc_file(stage, old) ==
        "outs:\n- md5: 8d777f385d3dfec8815d20f7496026dc.dir\n  size: 9\n  hash: md5\n  path: d\n  nfiles: 2\n");
}

TEST_CASE("the md5 of imports is DVC's") {
  // Written by `dvc import-url` and `dvc import` of DVC 3.67.1 (the md5 line is what is computed here).
  const auto url = loaded(
      "md5: 47efdde01c288989ae73ebb55efafcf1\nfrozen: true\ndeps:\n- md5: b1946ac92492d2347c6235b4d2611184\n  size: 6\n  hash: md5\n"
      "  path: /tmp/p3/imp/src/x.txt\nouts:\n- md5: b1946ac92492d2347c6235b4d2611184\n  size: 6\n  hash: md5\n  path: x\n");
  CHECK(import_md5(url) == url.md5);
  const auto repo = loaded(
      "md5: f408f53be9541fe9e9b20f3ed1779f03\nfrozen: true\ndeps:\n- path: f\n  repo:\n    url: /tmp/p3/imp/src\n"
      "    rev_lock: 375e36c85ebc852502188435fcddf53548aff238\nouts:\n- md5: 6137cde4893c59f76f005a8123d8e8e6\n  size: 5\n  hash: md5\n"
      "  path: f\n");
  CHECK(import_md5(repo) == repo.md5);
  const auto without_data = loaded(
      "md5: c88ff957379168b3ae09e502b7352ac4\nfrozen: true\ndeps:\n- md5: b1946ac92492d2347c6235b4d2611184\n  size: 6\n  hash: md5\n"
      "  path: /tmp/p3/imp/src/x.txt\nouts:\n- hash: md5\n  path: y\n");
  CHECK(import_md5(without_data) == without_data.md5);
  CHECK(write_dvc_file(repo) == write_dvc_file(repo, write_dvc_file(repo)));
}
