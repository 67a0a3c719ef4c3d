#include <doctest/doctest.h>

#include "../text/golden.h"
#include "exporters/dvc_lock.h"
#include "importers/dvc/dvc_importer.h"

using namespace pivot;
using namespace pivot::exporters;

namespace {

model::StageRecord record_of(const std::string& cmd) {
  model::StageRecord record;
  record.cmd = Value(cmd);
  return record;
}

/// A record with one map twice in its params: the emitter makes an anchor of it.
model::StageRecord shared_record() {
  auto record = record_of("x");
  Map map, shared;
  shared.set("k", Value(1));
  const Value value(std::move(shared));
  map.set("a", value);
  map.set("b", value);
  record.params.push_back({"params.yaml", Value(std::move(map))});
  return record;
}

/// Where we write differently from DVC, which keeps going in flow style, or keeps a number where a hash belongs.
bool is_known_difference(const std::string& name) {
  return name == "empty stages" || name == "flow everything" || name == "unquoted digits md5";
}

}  // namespace

TEST_CASE("golden locks: normalised and written anew as DVC does") {
  for (const auto& one : golden::cases("lock/cases.json")) {
    const auto& name = golden::text_of(one, "name");
    if (!one.as_map().find("error")->is_null()) continue;
    CAPTURE(name);
    const auto& text = golden::text_of(one, "text");
    DvcLockWriter writer(text);
    CHECK(writer.text() == golden::text_of(one, "keep"));
    const auto lock = importers::dvc::LockFile::parse(text, "dvc.lock");
    for (const auto stage : lock.names()) writer.set(std::string(stage), *lock.find(stage));
    if (is_known_difference(name)) continue;
    CHECK(writer.text() == golden::text_of(one, "fresh"));
  }
}

TEST_CASE("a new file starts with the schema; stages keep the order of their first write") {
  DvcLockWriter writer("");
  CHECK(writer.empty());
  CHECK(writer.set("b", record_of("one")));
  CHECK(writer.set("a", record_of("two")));
  CHECK(writer.set("b", record_of("three")));
  CHECK_FALSE(writer.set("b", record_of("three")));
  CHECK(writer.text() == "schema: '2.0'\nstages:\n  b:\n    cmd: three\n  a:\n    cmd: two\n");
  CHECK_FALSE(writer.empty());
}

TEST_CASE("an equal entry is no change, another one is replaced in its place") {
  const std::string text = "schema: '2.0'\nstages:\n  a:\n    cmd: x\n  b:\n    cmd: y\n  c:\n    cmd: z\n";
  DvcLockWriter writer(text);
  CHECK_FALSE(writer.set("b", record_of("y")));
  CHECK(writer.text() == text);
  CHECK(writer.set("b", record_of("new: y")));
  CHECK(writer.text() == "schema: '2.0'\nstages:\n  a:\n    cmd: x\n  b:\n    cmd: 'new: y'\n  c:\n    cmd: z\n");
}

TEST_CASE("stages are removed, also the last one") {
  DvcLockWriter writer("schema: '2.0'\nstages:\n  a:\n    cmd: x\n  b:\n    cmd: y\n");
  CHECK(writer.remove("a"));
  CHECK_FALSE(writer.remove("a"));
  CHECK(writer.text() == "schema: '2.0'\nstages:\n  b:\n    cmd: y\n");
  CHECK(writer.remove("b"));
  CHECK(writer.empty());
  CHECK(writer.set("a", record_of("again")));
  CHECK(writer.text() == "schema: '2.0'\nstages:\n  a:\n    cmd: again\n");
}

TEST_CASE("what stands behind the stages stays there") {
  DvcLockWriter writer("schema: '2.0'\nstages:\n  a:\n    cmd: x\ndatasets:\n- name: d\n");
  writer.set("b", record_of("y"));
  CHECK(writer.text() == "schema: '2.0'\nstages:\n  a:\n    cmd: x\n  b:\n    cmd: y\ndatasets:\n- name: d\n");
}

TEST_CASE("a file without stages gets them") {
  DvcLockWriter writer("schema: '2.0'\n");
  writer.set("b", record_of("y"));
  CHECK(writer.text() == "schema: '2.0'\nstages:\n  b:\n    cmd: y\n");
}

TEST_CASE("a lock by hand is normalised as a whole") {
  DvcLockWriter writer("schema: \"2.0\"\nstages:\n    a:\n        cmd: 'x'\n    b: {cmd: y}\n");
  writer.set("a", record_of("z"));
  CHECK(writer.text() == "schema: '2.0'\nstages:\n  a:\n    cmd: z\n  b: {cmd: y}\n");
}

TEST_CASE("anchors are numbered anew over the whole file") {
  DvcLockWriter writer("");
  writer.set("a", shared_record());
  writer.set("b", shared_record());
  const std::string a = "  a:\n    cmd: x\n    params:\n      params.yaml:\n        a: &id001\n          k: 1\n        b: *id001\n";
  const std::string b = "  b:\n    cmd: x\n    params:\n      params.yaml:\n        a: &id002\n          k: 1\n        b: *id002\n";
  CHECK(writer.text() == "schema: '2.0'\nstages:\n" + a + b);
  DvcLockWriter again(writer.text());
  CHECK(again.text() == writer.text());
  again.set("a", record_of("x"));
  CHECK(again.text() == "schema: '2.0'\nstages:\n  a:\n    cmd: x\n" + replace_all(b, "id002", "id001"));
}
