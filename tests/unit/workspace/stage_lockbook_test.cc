#include "workspace/stage_lockbook.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "base/faulty_disk.h"
#include "scratch_folder.h"

using namespace pivot;
using workspace::StageLockbook;

namespace {

constexpr const char* kFile = ".pivot/stages/a.lock";

model::Stage stage(const std::string& name) {
  model::Stage s;
  s.name = name;
  s.file = "pipeline.py";
  return s;
}

model::StageRecord record(const std::string& hash) {
  model::StageRecord r;
  r.code.push_back({"self:a", hash, {}});
  return r;
}

std::string text(const std::string& hash, int generation) {
  return cat("schema: 1\nstage: a\ncode:\n  self:a: ", hash, "\ngeneration: ", std::to_string(generation), "\n");
}

}  // namespace

TEST_CASE("a generation counts how often the record of a stage has changed") {
  const test::ScratchFolder repo;
  StageLockbook first(real_disk(), repo.path());
  first.record(stage("a"), record("00000000000000aa"));
  CHECK(repo.read(kFile) == text("00000000000000aa", 1));
  first.record(stage("a"), record("00000000000000aa"));
  CHECK(repo.read(kFile) == text("00000000000000aa", 1));
  StageLockbook later(real_disk(), repo.path());
  CHECK(later.generation(stage("a")) == 1);
  CHECK(later.generation(stage("b")) == 0);
  later.record(stage("a"), record("00000000000000bb"));
  CHECK(repo.read(kFile) == text("00000000000000bb", 2));
}

TEST_CASE("a lock names the generations of the stages that it was made from") {
  const test::ScratchFolder repo;
  StageLockbook book(real_disk(), repo.path());
  auto below = stage("b");
  below.deps.push_back({.path = "a.txt", .file = "a.txt"});
  below.deps.push_back({.path = "raw.txt", .file = "raw.txt"});
  const auto above = stage("a");
  book.producer = [&](const std::string& file) { return file == "a.txt" ? &above : nullptr; };
  book.record(above, record("00000000000000aa"));
  book.record(above, record("00000000000000bb"));
  book.record(below, record("00000000000000cc"));
  CHECK(repo.read(".pivot/stages/b.lock") == "schema: 1\nstage: b\ncode:\n  self:a: 00000000000000cc\ngeneration: 1\ndep_generations:\n  a.txt: 2\n");
}

TEST_CASE("a lock without a generation is not written anew for it") {
  const test::ScratchFolder repo;
  const std::string old = "schema: 1\nstage: a\ncode:\n  self:a: 00000000000000aa\n";
  repo.write(kFile, old);
  StageLockbook book(real_disk(), repo.path());
  book.record(stage("a"), record("00000000000000aa"));
  CHECK(repo.read(kFile) == old);
  book.record(stage("a"), record("00000000000000bb"));
  CHECK(repo.read(kFile) == text("00000000000000bb", 1));
}

TEST_CASE("when the disk is full the lock of a stage is the old or the new one") {
  for (int n = 1; n < 20; ++n) {
    CAPTURE(n);
    const test::ScratchFolder repo;
    StageLockbook(real_disk(), repo.path()).record(stage("a"), record("00000000000000aa"));
    FaultyDisk disk(real_disk(), n, ENOSPC);
    StageLockbook book(disk, repo.path());
    std::string said;
    try {
      book.record(stage("a"), record("00000000000000bb"));
    } catch (const DiskError& e) {
      said = e.message();
    }
    CHECK((said.empty() || said.find("No space left on device") != said.npos));
    CHECK(repo.read(kFile) == (said.empty() ? text("00000000000000bb", 2) : text("00000000000000aa", 1)));
    CHECK(real_disk().list(repo / ".pivot/stages").size() == 1);  // no temporary file
    StageLockbook(real_disk(), repo.path()).record(stage("a"), record("00000000000000cc"));
    CHECK(repo.read(kFile).find("00000000000000cc") != std::string::npos);
    if (!disk.has_failed()) break;
    REQUIRE(n < 19);
  }
}
