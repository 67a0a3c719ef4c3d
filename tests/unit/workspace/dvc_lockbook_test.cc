#include "workspace/dvc_lockbook.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cerrno>

#include "base/faulty_disk.h"
#include "scratch_folder.h"

using namespace pivot;
using workspace::DvcLockbook;

namespace {

constexpr std::string_view kLock =
    "schema: '2.0'\nstages:\n  a:\n    cmd: old a\n    outs:\n    - path: a\n      hash: md5\n      md5: b026324c6904b2a9cb4b88d6d61c81d1\n"
    "      size: 2\n  z:\n    cmd: old z\n";

model::Stage stage(const std::string& name) {
  model::Stage s;
  s.name = name;
  s.file = "dvc.yaml";
  return s;
}

model::StageRecord record(const std::string& cmd) {
  model::StageRecord r;
  r.cmd = Value(cmd);
  return r;
}

struct Repo : test::ScratchFolder {
  Repo() { write("dvc.lock", kLock); }
  std::string lock() const { return read("dvc.lock"); }
  DvcLockbook open(Disk& disk = real_disk()) const { return {disk, path(), "."}; }
  std::string journal() const {
    const auto folder = *this / ".dvc/tmp/pivot/journal";
    if (!real_disk().stat(folder)) return "";
    for (const auto& entry : real_disk().list(folder)) return cat(folder, "/", entry.name);
    return "";
  }
  /// The journal as a process left it that is dead now.
  void kill_writer() const {
    const auto text = *real_disk().read(journal());
    real_disk().write(journal(), replace_all(text, cat("pivot-journal 1 ", std::to_string(getpid())), "pivot-journal 1 999999999"));
  }
};

std::string command_of(DvcLockbook& book, const std::string& name) {
  const auto* found = book.find(stage(name));
  return found == nullptr ? "(none)" : found->cmd.as_string();
}

constexpr std::string_view kBoth = "schema: '2.0'\nstages:\n  a:\n    cmd: new a\n  z:\n    cmd: old z\n  b:\n    cmd: new b\n";

}  // namespace

TEST_CASE("a record is in the journal at once and in the lock when it is written") {
  const Repo repo;
  auto book = repo.open();
  CHECK(book.record(stage("a"), record("new a")).updated);
  CHECK(book.pending());
  CHECK(repo.lock() == kLock);
  CHECK_FALSE(repo.journal().empty());
  CHECK(book.record(stage("b"), record("new b")).updated);
  book.write(true);
  CHECK(repo.lock() == kBoth);
  CHECK(repo.journal().empty());
  CHECK_FALSE(book.pending());
  CHECK_FALSE(book.record(stage("b"), record("new b")).updated);
  CHECK_FALSE(book.pending());
}

TEST_CASE("the next command finishes what a killed one left in its journal") {
  const Repo repo;
  {
    auto book = repo.open();
    book.record(stage("a"), record("new a"));
    book.record(stage("b"), record("new b"));
  }
  repo.kill_writer();
  auto next = repo.open();
  CHECK(command_of(next, "a") == "new a");
  CHECK(repo.lock() == kBoth);
  CHECK(repo.journal().empty());
}

TEST_CASE("a journalled result of a stage that somebody recorded since is dropped") {
  const Repo repo;
  {
    auto book = repo.open();
    book.record(stage("a"), record("new a"));
    book.record(stage("b"), record("new b"));
  }
  repo.kill_writer();
  repo.write("dvc.lock", replace_all(std::string(kLock), "old a", "newer a"));
  auto next = repo.open();
  CHECK(command_of(next, "a") == "newer a");
  CHECK(command_of(next, "b") == "new b");
}

TEST_CASE("the journal of a living process is left to it") {
  const Repo repo;
  auto book = repo.open();
  book.record(stage("a"), record("new a"));
  auto other = repo.open();
  CHECK(command_of(other, "a") == "old a");
  CHECK_FALSE(repo.journal().empty());
}

TEST_CASE("what somebody else wrote meanwhile is taken in, ours on top") {
  const Repo repo;
  auto book = repo.open();
  book.record(stage("a"), record("new a"));
  repo.write("dvc.lock", replace_all(std::string(kLock), "cmd: old z", "cmd: theirs of z"));
  CHECK(book.refresh());
  CHECK_FALSE(book.refresh());
  CHECK(command_of(book, "z") == "theirs of z");
  CHECK(command_of(book, "a") == "new a");
  book.write(true);
  CHECK(repo.lock() == "schema: '2.0'\nstages:\n  a:\n    cmd: new a\n  z:\n    cmd: theirs of z\n");
}

TEST_CASE("when the Nth disk call fails the lock is the old or the new one, and trying again succeeds") {
  for (const bool stay_down : {false, true})
    for (int n = 1; n < 50; ++n) {
      CAPTURE(n);
      const Repo repo;
      FaultyDisk disk(real_disk(), n, ENOSPC, stay_down);
      {
        auto book = repo.open(disk);
        const auto work = [&] {
          book.record(stage("a"), record("new a"));
          book.record(stage("b"), record("new b"));
          book.write(true);
        };
        try {
          work();
        } catch (const DiskError&) {
          if (!stay_down) work();
        }
      }
      CHECK((repo.lock() == kLock || repo.lock() == kBoth));
      if (!stay_down || !disk.has_failed()) CHECK(repo.lock() == kBoth);
      if (!repo.journal().empty()) repo.kill_writer();
      auto next = repo.open();
      const auto a = command_of(next, "a");
      CHECK((a == "old a" || a == "new a"));
      CHECK(real_disk().list(repo.path()).size() <= 2);  // dvc.lock and .dvc: no temporary file
      if (!disk.has_failed()) break;
      REQUIRE(n < 49);
    }
}
