#include <doctest/doctest.h>

#include "exporters/dvc_lock.h"
#include "text/yaml.h"

using namespace pivot;
using namespace pivot::exporters;

namespace {

model::LockEntry entry(std::string path, model::Hash hash, model::Meta meta = {}, Value extra = {}) {
  return {std::move(path), std::move(hash), meta, std::move(extra)};
}

}  // namespace

TEST_CASE("keys, lists and params stand in DVC's order") {
  model::StageRecord record;
  record.cmd = Value("x");
  record.deps = {entry("z", {"md5", "aa"}, {3, std::nullopt, true}), entry("a", {"md5-dos2unix", "bb"}, {4, 2, false})};
  record.params = {{"z.yaml", text::yaml::load("{q: 1, b: {z: 1, a: 2}}")}, {"params.yaml", text::yaml::load("{y: 1}")},
                   {"a.yaml", Value(Map{})}};
  record.outs = {entry("o", {"md5", ""})};
  CHECK(text::yaml::dump(lock_value(record)) ==
        "cmd: x\n"
        "deps:\n"
        "- path: a\n"
        "  md5: bb\n"
        "  size: 4\n"
        "  nfiles: 2\n"
        "- path: z\n"
        "  hash: md5\n"
        "  md5: aa\n"
        "  size: 3\n"
        "  isexec: true\n"
        "params:\n"
        "  params.yaml:\n"
        "    y: 1\n"
        "  a.yaml: {}\n"
        "  z.yaml:\n"
        "    b:\n"
        "      z: 1\n"
        "      a: 2\n"
        "    q: 1\n"
        "outs:\n"
        "- path: o\n"
        "  hash: md5\n");
}

TEST_CASE("what an entry carries comes behind the sizes; files stand for hash and sizes") {
  model::StageRecord record;
  record.cmd = Value("x");
  record.deps = {entry("https://x/y", {"checksum", "\"tag\""}, {3, {}, false}), entry("s3://b/k", {"etag", "e"}, {3, {}, false}, text::yaml::load("{version_id: v}"))};
  record.outs = {entry("d", {"md5", "aa.dir"}, {3, 2}, text::yaml::load("{files: [{relpath: a, md5: bbb}]}")),
                 entry("o", {"md5", "aa"}, {3, {}, false}, text::yaml::load("{cloud: {r: {etag: e}}}"))};
  CHECK(text::yaml::dump(lock_value(record)) ==
        "cmd: x\n"
        "deps:\n"
        "- path: https://x/y\n"
        "  hash: md5\n"
        "  checksum: '\"tag\"'\n"
        "  size: 3\n"
        "- path: s3://b/k\n"
        "  hash: md5\n"
        "  etag: e\n"
        "  size: 3\n"
        "  version_id: v\n"
        "outs:\n"
        "- path: d\n"
        "  hash: md5\n"
        "  files:\n"
        "  - relpath: a\n"
        "    md5: bbb\n"
        "- path: o\n"
        "  hash: md5\n"
        "  md5: aa\n"
        "  size: 3\n"
        "  cloud:\n"
        "    r:\n"
        "      etag: e\n");
}
